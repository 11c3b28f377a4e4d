import { z } from "zod";
import type { SnapshotView } from "../client/api-types.ts";
import { LastgoodError } from "../domain/errors.ts";
import { labelSchema } from "../domain/names.ts";
import { parseTimestampText } from "../domain/parse-timestamp.ts";
import type { PinnedTo } from "../services/restore-points/create-restore-point.ts";

/** What `/v1/projects/{id}/restore-points` takes and answers: snake case, times as RFC 3339. */
export const v1RestorePointSchema = z.strictObject({
  label: labelSchema,
  kind: z.enum(["pitr", "backup"], { error: 'kind is "pitr" or "backup".' }).default("pitr"),
  backup_key: z.string().min(1).max(200).optional(),
  restore_time: z.string().max(64).optional(),
});

/** What the label is pinned to: a backup, a moment, or now. What fits the other kind alone is `invalid_input`. */
export function toPinnedTo({ kind, backup_key, restore_time }: z.output<typeof v1RestorePointSchema>): PinnedTo {
  if (kind === "backup") {
    if (restore_time !== undefined) throw noMeaning("restore_time", kind);
    if (backup_key !== undefined) return { kind, backupKey: backup_key };
    throw new LastgoodError("invalid_input", "Which backup is the label pinned to?", {
      field: "backup_key",
      hint: "Give backup_key, or leave kind out to pin the present state.",
    });
  }
  if (backup_key !== undefined) throw noMeaning("backup_key", kind);
  return { kind, timestampMs: restore_time === undefined ? null : parseTimestampText(restore_time, "restore_time") };
}

function noMeaning(field: string, kind: string): LastgoodError {
  return new LastgoodError("invalid_input", `${field} has no meaning for the kind ${kind}.`, {
    field,
    hint: "Leave it out, or choose the other kind.",
  });
}

const toTime = (timeMs: number | null) => (timeMs === null ? null : new Date(timeMs).toISOString());

/** A restore point as `/v1` answers it. */
export function toV1RestorePoint(projectId: string, view: SnapshotView) {
  return {
    id: view.id,
    project_id: projectId,
    label: view.label,
    kind: view.kind,
    backup_key: view.backupKey,
    restore_time: toTime(view.timeMs),
    bookmark: view.bookmark,
    recoverable: view.recoverable,
    created_by: view.createdBy,
    created_at: toTime(view.createdAtMs),
  };
}
