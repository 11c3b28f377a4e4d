import type { SnapshotView } from "../../client/api-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RecoveryWindow } from "../../domain/recovery-window.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase } from "../databases/find-database.ts";
import { NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { toSnapshotView } from "./to-snapshot-view.ts";

/** Labels a page, unless fewer are asked for. */
export const LABELS_A_PAGE = 1000;

/** The newest labels of a database, newest first. Those that left the window stay listed and say so. */
export async function listRestorePoints(
  ctx: CallContext,
  of: { namespace: string; database: string },
): Promise<SnapshotView[]> {
  return (await pageRestorePoints(ctx, of)).snapshots;
}

/** A page of a database's labels, newest first; `next` is what `after` takes for the one after it; `only` asks for one of them by its id. */
export async function pageRestorePoints(
  ctx: CallContext,
  {
    namespace,
    database,
    after,
    limit = LABELS_A_PAGE,
    only,
  }: { namespace: string; database: string; only?: string } & PageInput,
): Promise<{ snapshots: SnapshotView[]; next: string | null }> {
  const { row, points, next, usableBackups } = await perform(
    ctx,
    "restore-point.list",
    { namespace },
    async ({ db, principal }) => {
      const row = await findDatabase(db, principal, database);
      const page = openPage(["labels", row.id], { after, limit }, NEWEST_FIRST);
      const found = await db.restorePoint.findMany({
        where: { databaseId: row.id, ...(only !== undefined && { id: only }), AND: [page.behind] },
        orderBy: page.orderBy,
        take: page.take,
      });
      const { rows: points, next } = page.close(found);
      return { row, points, next, usableBackups: await findUsableKeys(db, row.id, points) };
    },
  );
  if (points.length === 0) return { snapshots: [], next };
  const known = { window: await askForWindow(row), windowDays: row.windowDays, usableBackups };
  return { snapshots: points.map((point) => toSnapshotView(point, known)), next };
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
