import type { RestoreView } from "../../client/api-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import { requireHome } from "../agents/require-home.ts";
import type { CallContext } from "../call-context.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { stopRestore } from "../restores/cancel-restore.ts";
import { readRestore } from "../restores/create-restore.ts";
import { RESTORES_A_PAGE } from "../restores/get-restore.ts";
import { RESTORE_INCLUDE, toRestoreViews } from "../restores/to-restore-view.ts";

export type OfCopyRestore = { namespace: string; restoreId: string };

const ofNamespace = (namespaceId: string) => ({ copyId: { not: null }, database: { namespaceId } });

/** A page of what was brought back from second copies, or is being, newest first; also what did not come to an end, whose database is gone. */
export function pageCopyRestores(
  ctx: CallContext,
  { namespace, after, limit = RESTORES_A_PAGE }: { namespace: string } & PageInput,
): Promise<{ restores: RestoreView[]; next: string | null }> {
  return perform(ctx, "copy.list", { namespace }, async ({ db, principal }) => {
    await requireHome(db, principal, "Second copies");
    const page = openPage(["copy-restores", principal.namespace.id], { after, limit }, NEWEST_FIRST);
    const found = await db.restore.findMany({
      where: { AND: [ofNamespace(principal.namespace.id), page.behind] },
      include: RESTORE_INCLUDE,
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { restores: await toRestoreViews(db, rows), next };
  });
}

/** How one of them stands. Throws `not_found`. */
export function getCopyRestore(ctx: CallContext, { namespace, restoreId }: OfCopyRestore): Promise<RestoreView> {
  return perform(ctx, "copy.list", { namespace }, async ({ db, principal }) => {
    await requireHome(db, principal, "Second copies");
    const [view] = await toRestoreViews(db, [await findOne(db, principal.namespace.id, restoreId)]);
    if (!view) throw new Error("a restore that exists has a view");
    return view;
  });
}

/** Asks one of them to stop, as `cancelRestore` does: nothing of it stays. */
export async function cancelCopyRestore(
  ctx: CallContext,
  { namespace, restoreId }: OfCopyRestore,
): Promise<RestoreView> {
  const asked = await perform(ctx, "copy.bring-back", { namespace }, async ({ db, principal, note }) => {
    await requireHome(db, principal, "Second copies");
    const restore = await findOne(db, principal.namespace.id, restoreId);
    note({ kind: "restore", id: restore.id }, { databaseId: restore.databaseId, before: restore.status, cancel: true });
    return stopRestore(db, ctx, restore, principal.name);
  });
  if (asked) await wakeAgent(asked);
  return readRestore(restoreId.toLowerCase());
}

async function findOne(db: MetadataReader, namespaceId: string, restoreId: string) {
  const row = isUuid(restoreId)
    ? await db.restore.findFirst({
        where: { AND: [{ id: restoreId.toLowerCase() }, ofNamespace(namespaceId)] },
        include: RESTORE_INCLUDE,
      })
    : null;
  if (row) return row;
  throw new LastgoodError("not_found", "Nothing was brought back from a copy under this id.", {
    hint: "List what was brought back.",
  });
}
