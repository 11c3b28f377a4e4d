import { askAgent } from "../../agent/client.ts";
import type { SnapshotView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RecoveryWindow } from "../../domain/recovery-window.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
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
  const window = await askForWindow(row.id);
  return points.map((point) => toSnapshotView(point, window, row.windowDays));
}

async function askForWindow(databaseId: string): Promise<RecoveryWindow | null> {
  try {
    return await askAgent("window", { databaseId }, 5_000);
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}
