import type { BackupKind, BackupStatus, BackupTrigger, BackupView } from "../../client/backup-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import { toStoredError } from "../restores/to-restore-view.ts";
import type { BackupRow } from "./find-backup.ts";

type JobRow = { id: string; stage: string | null; progressDone: bigint; progressTotal: bigint };

/** Backups as routes and pages show them, in the order given: with progress, schedules and what is pinned to them. */
export async function toBackupViews(db: MetadataReader, rows: BackupRow[]): Promise<BackupView[]> {
  const jobs = await readJobs(db, rows);
  const schedules = await readSchedules(db, rows);
  const pins = await readPins(db, rows);
  return rows.map((row) => toView(row, jobs.get(row.jobId ?? "") ?? null, schedules, pins));
}

/** One backup; see `toBackupViews`. */
export async function toBackupView(db: MetadataReader, row: BackupRow): Promise<BackupView> {
  const [view] = await toBackupViews(db, [row]);
  if (!view) throw new Error("a backup that exists has a view");
  return view;
}

async function readJobs(db: MetadataReader, rows: BackupRow[]): Promise<Map<string, JobRow>> {
  const ids = rows.flatMap(({ status, jobId }) => (status === "running" && jobId !== null ? [jobId] : []));
  if (ids.length === 0) return new Map();
  const jobs = await db.job.findMany({ where: { id: { in: ids } } });
  return new Map(jobs.map((job) => [job.id, job]));
}

/** Names of schedules, deleted ones too. */
async function readSchedules(db: MetadataReader, rows: BackupRow[]): Promise<Map<string, string>> {
  const ids = rows.flatMap(({ scheduleId }) => scheduleId ?? []);
  if (ids.length === 0) return new Map();
  const found = await db.schedule.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  return new Map(found.map(({ id, name }) => [id, name]));
}

/** By key, the labels that are pinned to a backup. */
async function readPins(db: MetadataReader, rows: BackupRow[]): Promise<Map<string, BackupView["pins"]>> {
  const keys = rows.flatMap(({ key }) => key ?? []);
  const pins = new Map<string, BackupView["pins"]>();
  if (keys.length === 0) return pins;
  const found = await db.restorePoint.findMany({
    where: { kind: "backup", backupKey: { in: keys }, databaseId: { in: rows.map(({ databaseId }) => databaseId) } },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    select: { id: true, label: true, backupKey: true },
  });
  for (const { id, label, backupKey } of found) {
    if (backupKey !== null) pins.set(backupKey, [...(pins.get(backupKey) ?? []), { id, label }]);
  }
  return pins;
}

function toView(
  row: BackupRow,
  job: JobRow | null,
  schedules: ReadonlyMap<string, string>,
  pins: ReadonlyMap<string, BackupView["pins"]>,
): BackupView {
  const { scheduleId, deletedAtMs, purgeAfterMs } = row;
  return {
    id: row.id,
    databaseId: row.databaseId,
    key: row.key,
    kind: row.kind as BackupKind,
    label: row.label,
    trigger: row.trigger as BackupTrigger,
    schedule: scheduleId === null ? null : { id: scheduleId, name: schedules.get(scheduleId) ?? "" },
    status: row.status as BackupStatus,
    progress:
      job?.stage && job.progressTotal > 0n
        ? { stage: job.stage, done: Number(job.progressDone), total: Number(job.progressTotal) }
        : null,
    bookmark: row.bookmark,
    timeMs: toNumber(row.timeMs),
    fileName: row.fileName,
    sizeBytes: toNumber(row.sizeBytes),
    rawBytes: toNumber(row.rawBytes),
    sha256: row.sha256,
    tables: row.tables,
    rows: toNumber(row.rows),
    encrypted: row.encrypted,
    place: row.store === null ? { kind: "disk" } : { kind: "s3", bucket: row.store.bucket },
    verifiedAtMs: toNumber(row.verifiedAtMs),
    damage: row.damage,
    restoredAtMs: toNumber(row.restoredAtMs),
    pins: [...(pins.get(row.key ?? "") ?? [])],
    expiresAtMs: toNumber(row.expiresAtMs),
    error: toStoredError(row),
    createdAtMs: toNumber(row.createdAtMs),
    createdByName: row.createdByName,
    finishedAtMs: toNumber(row.finishedAtMs),
    deleted:
      deletedAtMs === null
        ? null
        : { atMs: Number(deletedAtMs), because: row.deletedBecause, purgeAfterMs: Number(purgeAfterMs ?? deletedAtMs) },
  };
}
