import type { RestoreView } from "../../client/api-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { nameCopyOfTime } from "../../domain/preview.ts";
import type { RecoveryWindow } from "../../domain/recovery-window.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, toNameKey } from "../databases/find-database.ts";
import { type OfDatabase, readWindow } from "../history/read-history.ts";
import { requireRecoveryInTier } from "../namespaces/read-tier.ts";
import { authorise } from "../perform.ts";
import { getRestore } from "./get-restore.ts";
import { restoreInto } from "./restore-into.ts";

/**
 * Restores a time of a database into a lasting one of its own; nothing that is there is written. Without a name it is called
 * after the database and the time. Throws `forbidden` where the namespace's tier has no point-in-time recovery.
 */
export async function restoreCopy(
  ctx: CallContext,
  {
    timestampMs,
    name,
    ...of
  }: OfDatabase & {
    timestampMs: number;
    name?: string | undefined;
  },
): Promise<RestoreView> {
  const chosen = await authorise(ctx, "restore.new-database", of, async (db, principal) => {
    const row = await findDatabase(db, principal, of.database);
    await requireRecoveryInTier(db, row);
    return name ?? chooseName(db, row, timestampMs);
  });
  return restoreInto(ctx, {
    ...of,
    source: { kind: "timestamp", timestampMs },
    into: { kind: "new_database", name: chosen },
  });
}

/** The restore that `restoreCopy` began; any other one is `not_found`. */
export async function getRestoredCopy(ctx: CallContext, of: OfDatabase & { restoreId: string }): Promise<RestoreView> {
  const view = await getRestore(ctx, of);
  if (view.target === "new_database" && view.databaseId === of.database) return view;
  throw new LastgoodError("not_found", `${view.databaseName} has no such recovery into a new database.`, {
    hint: "Restores of other kinds are found under /v1/projects/{id}/restores.",
  });
}

/** The window from which `restoreCopy` takes a time. Throws as it does. */
export async function readCopyWindow(ctx: CallContext, of: OfDatabase): Promise<RecoveryWindow> {
  await authorise(ctx, "database.read", of, async (db, principal) =>
    requireRecoveryInTier(db, await findDatabase(db, principal, of.database)),
  );
  return readWindow(ctx, of);
}

async function chooseName(db: MetadataReader, { namespaceId, name }: DatabaseRow, timeMs: number): Promise<string> {
  const rows = await db.database.findMany({
    where: { namespaceId, nameKey: { not: null } },
    select: { nameKey: true },
  });
  const taken = new Set(rows.map(({ nameKey }) => nameKey));
  return nameCopyOfTime(name, timeMs, (wanted) => taken.has(toNameKey(wanted)));
}
