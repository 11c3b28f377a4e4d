import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { RetainedBackup, RetentionRules } from "../../domain/retention.ts";

/** What retention needs to know of one database, and what people want to know of each backup. */
export type Retained = {
  backups: (RetainedBackup & { key: string | null; label: string | null; sizeBytes: number; pins: string[] })[];
  rules: RetentionRules;
};

/** Its complete backups that were not deleted, what is pinned to them or reads them now, and its limits. */
export async function readRetained(
  db: MetadataReader,
  { id: databaseId, maxBackups }: { id: string; maxBackups: number | null },
): Promise<Retained> {
  const rows = await db.backup.findMany({ where: { databaseId, status: "completed", deletedAtMs: null } });
  const points = await db.restorePoint.findMany({
    where: { databaseId, kind: "backup" },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    select: { label: true, backupKey: true },
  });
  const reading = await db.restore.findMany({
    where: { openKey: { not: null }, backupId: { not: null } },
    select: { backupId: true },
  });
  const schedules = await db.schedule.findMany({
    where: { databaseId, deletedAtMs: null, keepAtMost: { not: null } },
    select: { id: true, keepAtMost: true },
  });
  const isRead = new Set(reading.map(({ backupId }) => backupId));
  return {
    backups: rows.map((row) => {
      const pins = points.filter(({ backupKey }) => row.key !== null && backupKey === row.key);
      return {
        id: row.id,
        key: row.key,
        label: row.label,
        kind: row.kind,
        trigger: row.trigger,
        scheduleId: row.scheduleId,
        sizeBytes: Number(row.sizeBytes ?? 0n),
        createdAtMs: toNumber(row.createdAtMs),
        expiresAtMs: toNumber(row.expiresAtMs),
        isPinned: pins.length > 0,
        isBeingRestored: isRead.has(row.id),
        isDamaged: row.damage !== null,
        pins: pins.map(({ label }) => label),
      };
    }),
    rules: {
      maxBackups,
      keepAtMost: Object.fromEntries(schedules.map(({ id, keepAtMost }) => [id, keepAtMost ?? 0])),
    },
  };
}
