import type { BackupStatus } from "../../client/backup-types.ts";
import type { ScheduleRunView, ScheduleView } from "../../client/schedule-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { parseCron } from "../../domain/cron-expression.ts";
import { delayOf, type RunOutcome, type TimedSchedule } from "../../domain/schedule.ts";
import { nextRuns } from "../../domain/schedule-times.ts";
import type { ScheduleRow } from "./find-schedule.ts";

type RunRow = Prisma.ScheduleRunGetPayload<Record<string, never>>;

/** What deciding needs of a row. */
export function toTimedSchedule({ id, cron, zone, jitterSeconds, decidedToMs }: ScheduleRow): TimedSchedule {
  return { id, cron, zone, jitterSeconds, decidedToMs: Number(decidedToMs) };
}

/** Schedules as routes and pages show them, with what came of the last run of each. */
export async function toScheduleViews(
  db: MetadataReader,
  rows: readonly (ScheduleRow & { database: { id: string; name: string } })[],
  nowMs: number,
): Promise<ScheduleView[]> {
  const lastRows: RunRow[] = [];
  for (const { id } of rows) {
    const last = await db.scheduleRun.findFirst({ where: { scheduleId: id }, orderBy: { dueMs: "desc" } });
    if (last) lastRows.push(last);
  }
  const lastRuns = await toRunViews(db, lastRows);
  return rows.map((row) => {
    const index = lastRows.findIndex(({ scheduleId }) => scheduleId === row.id);
    return toScheduleView(row, lastRuns[index] ?? null, nowMs);
  });
}

/** One schedule, when what came of its last run is known. */
export function toScheduleView(
  row: ScheduleRow & { database: { id: string; name: string } },
  lastRun: ScheduleRunView | null,
  nowMs: number,
): ScheduleView {
  const [nextRunMs = null] = row.active ? nextRuns(parseCron(row.cron), row.zone, nowMs, 1) : [];
  return {
    id: row.id,
    database: { id: row.database.id, name: row.database.name },
    name: row.name,
    kind: row.kind as ScheduleView["kind"],
    cron: row.cron,
    zone: row.zone,
    active: row.active,
    retentionDays: row.retentionDays,
    keepAtMost: row.keepAtMost,
    jitterSeconds: row.jitterSeconds,
    version: row.version,
    delaySeconds: delayOf(row.id, row.jitterSeconds) / 1000,
    nextRunMs,
    lastRun,
    createdAtMs: toNumber(row.createdAtMs),
    updatedAtMs: toNumber(row.updatedAtMs),
    updatedBy: row.updatedBy,
  };
}

/** Runs with the backups that they made, in the order given. */
export async function toRunViews(db: MetadataReader, rows: readonly RunRow[]): Promise<ScheduleRunView[]> {
  const ids = rows.flatMap(({ backupId }) => backupId ?? []);
  const backups = ids.length === 0 ? [] : await db.backup.findMany({ where: { id: { in: ids } } });
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  return rows.map((row) => {
    const backup = row.backupId === null ? undefined : byId.get(row.backupId);
    return {
      id: row.id,
      dueMs: toNumber(row.dueMs),
      outcome: row.outcome as RunOutcome,
      because: row.because,
      decidedAtMs: toNumber(row.decidedAtMs),
      backup:
        backup === undefined
          ? null
          : {
              id: backup.id,
              key: backup.key,
              status: backup.status as BackupStatus,
              sizeBytes: toNumber(backup.sizeBytes),
              startedAtMs: toNumber(backup.startedAtMs),
              finishedAtMs: toNumber(backup.finishedAtMs),
              error: backup.errorMessage,
            },
    };
  });
}
