import type { SnapshotView } from "../../client/api-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RecoveryWindow } from "../../domain/recovery-window.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { toSnapshotView } from "./to-snapshot-view.ts";

/** A database's labels, newest first. Those that left the window stay listed and say so. */
export async function listRestorePoints(
  ctx: CallContext,
  { namespace, database }: { namespace: string; database: string },
): Promise<SnapshotView[]> {
  const { row, points, usableBackups } = await perform(
    ctx,
    "restore-point.list",
    { namespace },
    async ({ db, principal }) => {
      const row = await findDatabase(db, principal, database);
      const points = await db.restorePoint.findMany({
        where: { databaseId: row.id },
        orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      });
      return { row, points, usableBackups: await findUsableKeys(db, row.id, points) };
    },
  );
  if (points.length === 0) return [];
  const known = { window: await askForWindow(row), windowDays: row.windowDays, usableBackups };
  return points.map((point) => toSnapshotView(point, known));
}

/** Which of the backups that labels are pinned to can be restored. */
async function findUsableKeys(
  db: MetadataReader,
  databaseId: string,
  points: readonly { backupKey: string | null }[],
): Promise<Set<string>> {
  const keys = points.flatMap(({ backupKey }) => backupKey ?? []);
  if (keys.length === 0) return new Set();
  const found = await db.backup.findMany({
    where: { databaseId, key: { in: keys }, status: "completed", deletedAtMs: null, damage: null },
    select: { key: true },
  });
  return new Set(found.flatMap(({ key }) => key ?? []));
}

async function askForWindow(database: DatabaseRow): Promise<RecoveryWindow | null> {
  try {
    return await askAgentOf(database, "window", { databaseId: database.id }, 5_000);
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}
