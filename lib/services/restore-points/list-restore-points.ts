import type { SnapshotView } from "../../client/api-types.ts";
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
  const { row, points } = await perform(ctx, "restore-point.list", { namespace }, async ({ db, principal }) => {
    const row = await findDatabase(db, principal, database);
    const points = await db.restorePoint.findMany({
      where: { databaseId: row.id },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
    });
    return { row, points };
  });
  if (points.length === 0) return [];
  const window = await askForWindow(row);
  return points.map((point) => toSnapshotView(point, window, row.windowDays));
}

async function askForWindow(database: DatabaseRow): Promise<RecoveryWindow | null> {
  try {
    return await askAgentOf(database, "window", { databaseId: database.id }, 5_000);
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}
