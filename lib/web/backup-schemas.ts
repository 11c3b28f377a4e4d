import { z } from "zod";
import type { BackupView } from "../client/backup-types.ts";
import { labelSchema } from "../domain/names.ts";

/** What our routes of backups take, and what those under `/v1` answer: snake case, times as RFC 3339. */
const kindSchema = z.enum(["physical", "portable"], { error: 'The kind is "physical" or "portable".' });

export const backupBodySchema = z.strictObject({
  kind: kindSchema.default("physical"),
  label: labelSchema.optional(),
  excludeTables: z.array(z.string().min(1).max(200)).max(1000).optional(),
  schema: z.string().min(1).max(200).optional(),
});

export const v1BackupBodySchema = z.strictObject({
  kind: kindSchema.default("physical"),
  label: labelSchema.optional(),
});

const toTimestamp = (timeMs: number | null) => (timeMs === null ? null : new Date(timeMs).toISOString());

/** A backup as `/v1` answers it; `key` is null until it is complete. */
export function toV1Backup(backup: BackupView) {
  const { progress, error } = backup;
  return {
    id: backup.id,
    project_id: backup.databaseId,
    key: backup.key,
    label: backup.label,
    kind: backup.kind,
    status: backup.status,
    trigger: backup.trigger,
    bookmark: backup.bookmark,
    /** Of the state that it holds. */
    taken_at: toTimestamp(backup.timeMs),
    size_bytes: backup.sizeBytes,
    raw_bytes: backup.rawBytes,
    sha256: backup.sha256,
    tables: backup.tables,
    rows: backup.rows,
    encrypted: backup.encrypted,
    progress: progress && { stage: progress.stage, done: progress.done, total: progress.total },
    verified_at: toTimestamp(backup.verifiedAtMs),
    expires_at: toTimestamp(backup.expiresAtMs),
    deleted_at: toTimestamp(backup.deleted?.atMs ?? null),
    error: error && { code: error.code, message: error.message, hint: error.hint },
    created_at: toTimestamp(backup.createdAtMs),
    finished_at: toTimestamp(backup.finishedAtMs),
  };
}
