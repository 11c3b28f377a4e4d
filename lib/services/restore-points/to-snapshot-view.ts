import type { SnapshotView } from "../../client/api-types.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import type { RecoveryWindow } from "../../domain/recovery-window.ts";

type Row = Prisma.RestorePointGetPayload<Record<string, never>>;
const DAY_MS = 86_400_000;

/**
 * A restore point as routes show it. While the window is unknown (null) its age alone says whether it is recoverable.
 * @param windowDays 1 to 365
 */
export function toSnapshotView(row: Row, window: RecoveryWindow | null, windowDays: number): SnapshotView {
  return {
    id: row.id,
    label: row.label,
    kind: row.kind as SnapshotView["kind"],
    bookmark: row.bookmark,
    timeMs: toNumber(row.timeMs),
    createdAtMs: toNumber(row.createdAtMs),
    createdBy: row.createdBy,
    recoverable: isRecoverable(row, window, windowDays),
  };
}

function isRecoverable(row: Row, window: RecoveryWindow | null, windowDays: number): boolean {
  if (row.bookmark === null || row.timeMs === null) return false;
  if (window === null) return Number(row.timeMs) >= Date.now() - windowDays * DAY_MS;
  if (window.oldest === null) return false;
  return row.bookmark >= window.oldest.bookmark;
}
