import { randomUUID } from "node:crypto";
import type { SnapshotView } from "../../client/api-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireProtected, requireWritable } from "../databases/find-database.ts";
import { resolveTimestamp } from "../history/resolve-timestamp.ts";
import { authorise, perform } from "../perform.ts";
import { resolveBackup } from "../restores/resolve-source.ts";
import { toSnapshotView } from "./to-snapshot-view.ts";

/** What a label is pinned to. Left out, it is the newest committed state. */
export type PinnedTo = { kind: "pitr"; timestampMs: number | null } | { kind: "backup"; backupKey: string };
const NOW: PinnedTo = { kind: "pitr", timestampMs: null };

/**
 * "Snapshot now": pins a label to the newest committed state, after everything acknowledged so far was captured; or to an earlier
 * moment of the window, or to a backup, which retention then keeps. Throws the engine's refusals of a moment, and `not_found` for
 * another database's backup.
 * @param input `label` as `labelSchema` made it
 */
export async function createRestorePoint(
  ctx: CallContext,
  { namespace, database, label, to = NOW }: { namespace: string; database: string; label: string; to?: PinnedTo },
): Promise<SnapshotView> {
  const row = await authorise(ctx, "restore-point.create", { namespace }, async (db, principal) => {
    const found = await findDatabase(db, principal, database);
    await requireWritable(db, principal, found);
    return found;
  });
  if (to.kind === "pitr") requireProtected(row);
  const moment = to.kind === "pitr" ? await findMoment(row, to.timestampMs) : null;
  const id = randomUUID();
  const point = await perform(ctx, "restore-point.create", { namespace }, async ({ db, principal, note }) => {
    const found = await findDatabase(db, principal, row.id);
    await requireWritable(db, principal, found);
    const { id: databaseId } = found;
    const backup = to.kind === "backup" ? await resolveBackup(db, found, to.backupKey) : null;
    const backupKey = backup?.backup.key ?? null;
    const { bookmark, timeMs } = moment ?? backup ?? unpinned();
    const pinned = { bookmark, ...(backupKey !== null && { backup: backupKey }) };
    note({ kind: "restore-point", id }, { databaseId, label, ...pinned });
    return db.restorePoint.create({
      data: {
        id,
        databaseId,
        label,
        kind: to.kind,
        bookmark,
        timeMs: BigInt(timeMs),
        backupKey,
        createdAtMs: nowMs(),
        createdBy: principal.name,
      },
    });
  });
  const isThere = new Set(point.backupKey === null ? [] : [point.backupKey]);
  return toSnapshotView(point, { window: null, windowDays: row.windowDays, usableBackups: isThere });
}

function findMoment(row: DatabaseRow, timestampMs: number | null): Promise<{ bookmark: string; timeMs: number }> {
  if (timestampMs === null) return askAgentOf(row, "current", { databaseId: row.id });
  return resolveTimestamp(row, timestampMs);
}

function unpinned(): never {
  throw new Error("assumption violated: a label is pinned to a moment or to a backup");
}
