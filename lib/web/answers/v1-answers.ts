import { z } from "zod";
import type { toV1Backup } from "../backup-schemas.ts";
import type { toV1Pitr, toV1PitrStatus, toV1Window } from "../v1-pitr-schemas.ts";
import type { toV1Region } from "../v1-region-schemas.ts";
import type { toV1RestorePoint } from "../v1-restore-point-schemas.ts";
import type { toV1Restore } from "../v1-restore-schemas.ts";
import type { toV1Schedule } from "../v1-schedule-schemas.ts";
import { answerOf, countOrNull, text, textOrNull } from "./answer-schema.ts";
import {
  backupKind,
  backupTrigger,
  checkFields,
  engine,
  failure,
  labelKind,
  progress,
  restoreSource,
  restoreStage,
  restoreTarget,
  runOutcome,
  stagedProgress,
  workStatus,
} from "./answer-shapes.ts";

export const v1BackupAnswer = answerOf<ReturnType<typeof toV1Backup>>()(
  z
    .strictObject({
      id: text,
      project_id: text,
      key: textOrNull,
      label: textOrNull,
      kind: backupKind,
      status: workStatus,
      trigger: backupTrigger,
      bookmark: textOrNull,
      taken_at: textOrNull.meta({ description: "Of the state that it holds." }),
      size_bytes: countOrNull,
      raw_bytes: countOrNull,
      sha256: textOrNull,
      tables: countOrNull,
      rows: countOrNull,
      encrypted: z.boolean(),
      progress: stagedProgress.nullable(),
      verified_at: textOrNull,
      expires_at: textOrNull,
      deleted_at: textOrNull,
      error: failure.nullable(),
      created_at: textOrNull,
      finished_at: textOrNull,
    })
    .meta({ id: "V1Backup" }),
);

export const v1RestoreAnswer = answerOf<ReturnType<typeof toV1Restore>>()(
  z
    .strictObject({
      id: text,
      project_id: text,
      status: workStatus,
      source: restoreSource,
      backup_key: textOrNull,
      pre_restore_backup_key: textOrNull,
      target_kind: restoreTarget,
      preview_id: textOrNull,
      preview_name: textOrNull,
      target_database_id: textOrNull,
      target_database_name: textOrNull,
      ttl_hours: countOrNull,
      restore_time: textOrNull,
      bookmark: text,
      previous_bookmark: textOrNull,
      stage: restoreStage.nullable(),
      progress: progress.nullable(),
      checks: z.array(
        z.strictObject({
          ...checkFields,
          duration_ms: z.number(),
          text,
        }),
      ),
      reason: textOrNull,
      requested_by: textOrNull,
      error: failure.nullable(),
      created_at: textOrNull,
      started_at: textOrNull,
      finished_at: textOrNull,
    })
    .meta({ id: "V1Restore" }),
);

export const v1RestorePointAnswer = answerOf<ReturnType<typeof toV1RestorePoint>>()(
  z
    .strictObject({
      id: text,
      project_id: text,
      label: text,
      kind: labelKind,
      backup_key: textOrNull,
      restore_time: textOrNull,
      bookmark: textOrNull,
      recoverable: z.boolean(),
      created_by: textOrNull,
      created_at: textOrNull,
    })
    .meta({ id: "V1RestorePoint" }),
);

export const v1ScheduleAnswer = answerOf<ReturnType<typeof toV1Schedule>>()(
  z
    .strictObject({
      id: text,
      project_id: text,
      hour: countOrNull,
      minute: countOrNull,
      active: z.boolean(),
      retention_days: countOrNull,
      cron: text,
      zone: text,
      kind: backupKind,
      next_run_at: textOrNull,
      last_run_at: textOrNull,
      last_outcome: runOutcome.nullable(),
      updated_at: textOrNull,
    })
    .meta({ id: "V1Schedule" }),
);

export const v1PitrAnswer = answerOf<ReturnType<typeof toV1Pitr>>()(
  z
    .strictObject({
      id: text,
      database_id: text,
      target_time: text,
      target_database_name: textOrNull,
      status: z.enum(["failed", "completed", "in_progress"]),
      created_at: text,
    })
    .meta({ id: "V1Pitr" }),
);

export const v1PitrStatusAnswer = answerOf<ReturnType<typeof toV1PitrStatus>>()(
  z
    .strictObject({
      error: failure.exactOptional(),
      id: text,
      status: z.enum(["failed", "completed", "in_progress"]),
      restored_database_id: textOrNull,
      target_time: text,
      completed_at: textOrNull,
    })
    .meta({ id: "V1PitrStatus" }),
);

export const v1WindowAnswer = answerOf<ReturnType<typeof toV1Window>>()(
  z.strictObject({ earliest_recovery_time: text, latest_recovery_time: text }).meta({ id: "V1Window" }),
);

export const v1RegionAnswer = answerOf<ReturnType<typeof toV1Region>>()(
  z
    .strictObject({
      id: text,
      name: text,
      engines: z.array(engine),
      pitr_available: z.boolean(),
    })
    .meta({ id: "V1Region" }),
);
