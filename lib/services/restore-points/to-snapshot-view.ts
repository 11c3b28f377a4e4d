import type { SnapshotView } from "../../client/api-types.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import type { RecoveryWindow } from "../../domain/recovery-window.ts";

type Row = Prisma.RestorePointGetPayload<Record<string, never>>;
const DAY_MS = 86_400_000;

/** What says whether a restore point is recoverable. */
export type Recoverability = {
  /** While it is unknown (null) the point's age alone says so. */
  window: RecoveryWindow | null;
  /** 1 to 365. */
  windowDays: number;
  /** Keys of backups that can be restored. */
  usableBackups: ReadonlySet<string>;
};

/** A restore point as routes show it. */
export function toSnapshotView(row: Row, known: Recoverability): SnapshotView {
  return {
    id: row.id,
    label: row.label,
    kind: row.kind as SnapshotView["kind"],
    bookmark: row.bookmark,
    backupKey: row.backupKey,
    timeMs: toNumber(row.timeMs),
    createdAtMs: toNumber(row.createdAtMs),
    createdBy: row.createdBy,
    recoverable: isRecoverable(row, known),
  };
}

function isRecoverable(row: Row, { window, windowDays, usableBackups }: Recoverability): boolean {
  if (row.kind === "backup") return row.backupKey !== null && usableBackups.has(row.backupKey);
  if (row.bookmark === null || row.timeMs === null) return false;
  if (window === null) return Number(row.timeMs) >= Date.now() - windowDays * DAY_MS;
  if (window.oldest === null) return false;
  return row.bookmark >= window.oldest.bookmark;
}
