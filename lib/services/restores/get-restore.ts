import type { RestoreView } from "../../client/api-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase } from "../databases/find-database.ts";
import { NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { RESTORE_INCLUDE, toRestoreViews } from "./to-restore-view.ts";

/** Restores a page, unless fewer are asked for. */
export const RESTORES_A_PAGE = 100;

/** The restores of a database: of its own states, and those that made or overwrote it. */
function ledgerOf({ id }: DatabaseRow) {
  return { OR: [{ databaseId: id }, { targetDatabaseId: id }] };
}

/** Finds a restore of this database; another database's is `not_found`. */
export async function findRestore(db: MetadataReader, database: DatabaseRow, restoreId: string) {
  const row = isUuid(restoreId)
    ? await db.restore.findFirst({
        where: { AND: [{ id: restoreId.toLowerCase() }, ledgerOf(database)] },
        include: RESTORE_INCLUDE,
      })
    : null;
  if (!row) {
    throw new LastgoodError("not_found", `${database.name} has no such restore.`, { hint: "List its restores." });
  }
  return row;
}

/** One restore of a database. */
export function getRestore(
  ctx: CallContext,
  { namespace, database, restoreId }: { namespace: string; database: string; restoreId: string },
): Promise<RestoreView> {
  return perform(ctx, "restore.read", { namespace }, async ({ db, principal }) => {
    const row = await findRestore(db, await findDatabase(db, principal, database), restoreId);
    const [view] = await toRestoreViews(db, [row]);
    if (!view) throw new Error("a restore that exists has a view");
    return view;
  });
}

/** The latest hundred restores of a database, newest first. */
export async function listRestores(
  ctx: CallContext,
  of: { namespace: string; database: string },
): Promise<RestoreView[]> {
  return (await pageRestores(ctx, of)).restores;
}

/** A page of a database's restores, newest first; `next` is what `after` takes for the one after it. */
export function pageRestores(
  ctx: CallContext,
  { namespace, database, after, limit = RESTORES_A_PAGE }: { namespace: string; database: string } & PageInput,
): Promise<{ restores: RestoreView[]; next: string | null }> {
  return perform(ctx, "restore.read", { namespace }, async ({ db, principal }) => {
    const row = await findDatabase(db, principal, database);
    const page = openPage(["restores", row.id], { after, limit }, NEWEST_FIRST);
    const found = await db.restore.findMany({
      where: { AND: [ledgerOf(row), page.behind] },
      include: RESTORE_INCLUDE,
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { restores: await toRestoreViews(db, rows), next };
  });
}
