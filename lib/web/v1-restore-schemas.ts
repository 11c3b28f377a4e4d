import { z } from "zod";
import type { RestoreView } from "../client/api-types.ts";
import { LastgoodError } from "../domain/errors.ts";
import { databaseNameSchema, remarkSchema } from "../domain/names.ts";
import { parseTimestampText } from "../domain/parse-timestamp.ts";
import { ttlHoursSchema } from "../domain/preview.ts";
import type { RestoreCheck } from "../domain/restore-check.ts";
import type { RestoreSource } from "../domain/restore-source.ts";
import { parseRestoreTarget, type RestoreInto } from "../domain/restore-target.ts";
import { checksFields } from "./api-schemas.ts";

/** What `/v1/projects/{id}/restores` and `/v1/projects/{id}/cutover` take and answer: snake case, times as RFC 3339. */
const idSchema = z.string().min(1).max(64);

/** Ours as well: why, for the ledger; and the digest of the plan that was shown, for which alone it then runs. */
const ownFields = { reason: remarkSchema.optional(), plan_digest: z.string().max(128).optional() };

export const v1RestoreSchema = z.strictObject({
  backup_key: z.string().min(1).max(200).optional(),
  restore_time: z.string().max(64).optional(),
  restore_point_id: idSchema.optional(),
  /** Ours: one committed state. */
  bookmark: z.string().min(1).max(128).optional(),
  target_kind: z
    .enum(["new_preview", "preview", "new_database", "project"], {
      error: 'target_kind is "new_preview", "preview", "new_database" or "project".',
    })
    .default("new_preview"),
  preview_name: databaseNameSchema.optional(),
  /** Of a new_database. */
  target_database_name: databaseNameSchema.optional(),
  preview_id: idSchema.optional(),
  ttl_hours: ttlHoursSchema.optional(),
  confirm_project_overwrite: z.boolean().optional(),
  ...ownFields,
  ...checksFields,
});

export const v1CutoverSchema = z.strictObject({
  preview_id: idSchema,
  confirm_project_overwrite: z.boolean().optional(),
  ...ownFields,
});

type V1Restore = z.output<typeof v1RestoreSchema>;
const NAMES = { target: "target_kind", name: "preview_name", previewId: "preview_id", ttlHours: "ttl_hours" };

/** Exactly one source. */
export function toV1Source({ backup_key, restore_time, restore_point_id, bookmark }: V1Restore): RestoreSource {
  const given = Object.entries({ backup_key, restore_time, restore_point_id, bookmark }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length !== 1) {
    const cause =
      given.length === 0
        ? "No source was given."
        : `Several sources were given: ${given.map(([name]) => name).join(", ")}.`;
    throw new LastgoodError("invalid_input", cause, {
      field: given[1]?.[0] ?? "restore_time",
      hint: "Give exactly one of backup_key, restore_time, restore_point_id or bookmark.",
    });
  }
  if (restore_time !== undefined)
    return { kind: "timestamp", timestampMs: parseTimestampText(restore_time, "restore_time") };
  if (bookmark !== undefined) return { kind: "bookmark", bookmark };
  if (restore_point_id !== undefined) return { kind: "snapshot", snapshotId: restore_point_id };
  return { kind: "backup", backupKey: backup_key ?? "" };
}

/** Our own names of what callers of `/v1` know by others. */
const V1_FIELDS: Readonly<Record<string, string>> = {
  backupKey: "backup_key",
  planDigest: "plan_digest",
  snapshotId: "restore_point_id",
  timestamp: "restore_time",
};

/** Does something for a caller of `/v1`: a refusal names the field that this caller gave. */
export async function namingV1Fields<Done>(work: () => Promise<Done>): Promise<Done> {
  try {
    return await work();
  } catch (error) {
    const field = error instanceof LastgoodError ? V1_FIELDS[error.details.field ?? ""] : undefined;
    if (!(error instanceof LastgoodError) || field === undefined) throw error;
    throw new LastgoodError(error.code, error.message, { ...error.details, field }, { cause: error });
  }
}

/** Where it goes; null: over the project, which must be confirmed. */
export function toV1Target(body: V1Restore): RestoreInto | null {
  const { target_kind: target, preview_name, target_database_name, preview_id: previewId, ttl_hours: ttlHours } = body;
  const isDatabase = target === "new_database";
  const other = isDatabase ? preview_name : target_database_name;
  if (other !== undefined) {
    const field = isDatabase ? "preview_name" : "target_database_name";
    throw new LastgoodError("invalid_input", `${field} has no meaning for the target_kind ${target}.`, {
      field,
      hint: "Leave it out, or choose another target_kind.",
    });
  }
  const name = isDatabase ? target_database_name : preview_name;
  const into = parseRestoreTarget({ target, name, previewId, ttlHours }, NAMES);
  if (into === null) requireOverwriteConfirmed(body);
  return into;
}

/** Refuses to overwrite a project that was not named as such on purpose. */
export function requireOverwriteConfirmed({
  confirm_project_overwrite,
}: {
  confirm_project_overwrite?: boolean | undefined;
}): void {
  if (confirm_project_overwrite === true) return;
  throw new LastgoodError("confirmation_mismatch", "This overwrites the project, and was not confirmed.", {
    field: "confirm_project_overwrite",
    hint: "Send confirm_project_overwrite: true, or restore into a preview.",
  });
}

const toTime = (timeMs: number | null) => (timeMs === null ? null : new Date(timeMs).toISOString());

const toV1Check = ({ check, outcome, read, durationMs, text }: RestoreCheck) => ({
  check,
  outcome,
  read,
  duration_ms: durationMs,
  text,
});

/** A restore as `/v1` answers it. */
export function toV1Restore(view: RestoreView) {
  const database = view.target === "new_database" ? view.copy : null;
  const preview = view.target === "cutover" ? view.preview : database ? null : view.copy;
  return {
    id: view.id,
    project_id: view.databaseId,
    status: view.status,
    source: view.source,
    backup_key: view.backup?.key ?? null,
    pre_restore_backup_key: view.preRestoreKey,
    target_kind: view.target,
    preview_id: preview?.id ?? null,
    preview_name: preview?.name ?? null,
    target_database_id: database?.id ?? null,
    target_database_name: database?.name ?? null,
    ttl_hours: view.ttlHours,
    restore_time: toTime(view.to.timeMs),
    bookmark: view.reached?.bookmark ?? view.to.bookmark,
    previous_bookmark: view.previous?.bookmark ?? null,
    stage: view.stage,
    progress: view.progress,
    checks: view.checks.map(toV1Check),
    reason: view.reason,
    requested_by: view.requestedBy,
    error: view.error,
    created_at: toTime(view.createdAtMs),
    started_at: toTime(view.startedAtMs),
    finished_at: toTime(view.finishedAtMs),
  };
}
