import { z } from "zod";
import type { BackupsView, BackupView } from "../../client/backup-types.ts";
import type { RetentionPlanView, RetentionView } from "../../client/retention-types.ts";
import type { ScheduleDetail, ScheduleRunView, ScheduleView } from "../../client/schedule-types.ts";
import type { BucketView, StoreView } from "../../client/store-types.ts";
import type { BlockBackup } from "../../services/backup-block/to-block-backup.ts";
import { answerOf, count, countOrNull, nextPage, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";
import { backupKind, backupTrigger, failure, named, runOutcome, stagedProgress, workStatus } from "./answer-shapes.ts";

export const backupAnswer = answerOf<BackupView>()(
  z
    .strictObject({
      id: text,
      databaseId: text,
      key: textOrNull.meta({
        description: "What restores, downloads and restore points name it by; null until it is complete.",
      }),
      kind: backupKind,
      label: textOrNull,
      trigger: backupTrigger,
      schedule: named.nullable(),
      status: workStatus,
      progress: stagedProgress.nullable().meta({ description: "While it runs: the share that is done, in bytes." }),
      bookmark: textOrNull.meta({ description: "The state that it holds; null until that is known." }),
      timeMs: timeOrNull,
      fileName: textOrNull,
      sizeBytes: countOrNull.meta({
        description: "Stored bytes, and those of the database or document that they hold.",
      }),
      rawBytes: countOrNull,
      sha256: textOrNull,
      tables: countOrNull,
      rows: countOrNull,
      encrypted: z.boolean(),
      place: z
        .union([z.strictObject({ kind: z.literal("disk") }), z.strictObject({ kind: z.literal("s3"), bucket: text })])
        .meta({ description: "`disk`: on the agent's own disk, beside the database that it is a copy of." }),
      verifiedAtMs: timeOrNull,
      damage: textOrNull.meta({ description: "Why it cannot be restored; null where nothing is known to be wrong." }),
      restoredAtMs: timeOrNull,
      pins: z
        .array(z.strictObject({ id: text, label: text }))
        .meta({ description: "Labels pinned to it; retention keeps it for as long as there is one." }),
      expiresAtMs: timeOrNull.meta({ description: "When retention deletes it; null: never, or not by age." }),
      error: failure.nullable(),
      createdAtMs: time,
      createdByName: textOrNull,
      finishedAtMs: timeOrNull,
      deleted: z
        .strictObject({ atMs: time, because: textOrNull, purgeAfterMs: time })
        .nullable()
        .meta({ description: "Deleted, and until when that can be taken back." }),
    })
    .meta({ id: "Backup" }),
);

export const backupsAnswer = answerOf<BackupsView>()(
  z.strictObject({ backups: z.array(backupAnswer), next: nextPage }).meta({ id: "Backups" }),
);

/** A backup that retention has judged, and why it did so. */
const judgedBackup = <Reason extends string>(because: readonly Reason[]) =>
  z.strictObject({
    id: text,
    key: textOrNull,
    label: textOrNull,
    kind: text,
    createdAtMs: time,
    sizeBytes: count,
    because: z.enum(because),
    pins: z.array(text).meta({ description: "Labels that are pinned to it." }),
  });
const deletedBackup = judgedBackup(["retention_days", "max_backups", "keep_at_most", "max_pre_restore"]);

export const retentionPlanAnswer = answerOf<RetentionPlanView>()(
  z
    .strictObject({
      deletions: z.array(deletedBackup).meta({ description: "What the next run deletes, oldest first." }),
      later: z.array(deletedBackup).meta({ description: "What runs after it delete: one deletes so many at most." }),
      kept: z
        .array(judgedBackup(["pre_restore", "pinned", "being_restored", "last_good", "within_limits"]))
        .meta({ description: "Newest first." }),
      freedBytes: count.meta({ description: "Stored bytes of all that would go." }),
      digest: text.meta({
        description: "Names what would go: a change that deletes is saved only with what was shown.",
      }),
    })
    .meta({ id: "RetentionPlan" }),
);

export const retentionAnswer = answerOf<RetentionView>()(
  z.strictObject({ maxBackups: countOrNull, plan: retentionPlanAnswer }).meta({ id: "Retention" }),
);

export const scheduleRunAnswer = answerOf<ScheduleRunView>()(
  z
    .strictObject({
      id: text,
      dueMs: time,
      outcome: runOutcome,
      because: textOrNull.meta({ description: "For people, where it did not start on time." }),
      decidedAtMs: time,
      backup: z
        .strictObject({
          id: text,
          key: textOrNull,
          status: workStatus,
          sizeBytes: countOrNull,
          startedAtMs: timeOrNull,
          finishedAtMs: timeOrNull,
          error: textOrNull,
        })
        .nullable()
        .meta({ description: "The backup that it made; null where it made none, or it is gone." }),
    })
    .meta({ id: "ScheduleRun" }),
);

export const scheduleAnswer = answerOf<ScheduleView>()(
  z
    .strictObject({
      name: text,
      kind: backupKind,
      cron: text,
      zone: text,
      active: z.boolean(),
      retentionDays: countOrNull.meta({ description: "Null: never deleted by age." }),
      keepAtMost: countOrNull.meta({ description: "Null: as many as there are." }),
      jitterSeconds: count,
      id: text,
      database: named,
      version: count.meta({ description: "Of the schedule as it was read; a change names it." }),
      delaySeconds: count.meta({ description: "Seconds that each of its runs begins after it is due." }),
      nextRunMs: timeOrNull.meta({ description: "When it is due next; null while it is paused." }),
      lastRun: scheduleRunAnswer.nullable(),
      createdAtMs: time,
      updatedAtMs: time,
      updatedBy: textOrNull,
    })
    .meta({ id: "Schedule" }),
);

export const scheduleDetailAnswer = answerOf<ScheduleDetail>()(
  scheduleAnswer
    .extend({
      runs: z.array(scheduleRunAnswer).meta({ description: "The newest fifty, newest first." }),
      lastBackup: z.strictObject({ sizeBytes: count, tookMs: z.number() }).nullable().meta({
        description:
          "The newest complete backup of this kind of the database, by which the size of others is guessed; null while there is none.",
      }),
    })
    .meta({ id: "ScheduleDetail" }),
);

export const bucketAnswer = answerOf<BucketView>()(
  z
    .strictObject({
      id: text,
      endpoint: text.meta({ description: "Empty: AWS itself." }),
      region: text,
      bucket: text,
      prefix: text.meta({ description: "What every key begins with; empty or ending with a slash." }),
      pathStyle: z.boolean(),
      accessKeyId: text,
      createdAtMs: time,
      createdByName: textOrNull,
      backups: count.meta({ description: "How many backups lie there." }),
    })
    .meta({ id: "Bucket" }),
);

export const storeAnswer = answerOf<StoreView>()(
  z
    .strictObject({
      bucket: bucketAnswer.nullable().meta({ description: "What takes new backups; null: the agent's own disk." }),
      former: z.array(bucketAnswer).meta({ description: "Those that no longer do, and still hold some." }),
      backupsOnDisk: count,
      sealing: z.strictObject({ isOn: z.boolean(), problem: textOrNull }).nullable().meta({
        description:
          "Whether new backups are sealed with a key of the operator; null: the agent does not answer. `problem`: why they cannot be.",
      }),
    })
    .meta({ id: "Store" }),
);

export const blockBackupAnswer = answerOf<BlockBackup>()(
  z
    .strictObject({
      id: text,
      fileName: text,
      schema: text,
      status: z.enum(["failed", "running", "completed", "restored"]),
      sizeBytes: countOrNull.meta({ description: "Of the document, in bytes; null until it is written." }),
      tableCount: countOrNull,
      rowCount: countOrNull,
      trigger: backupTrigger,
      createdBy: textOrNull,
      cron: textOrNull.meta({ description: "The expression that it ran by." }),
      error: textOrNull,
      startedAtMs: time,
      finishedAtMs: timeOrNull,
      restoredAtMs: timeOrNull,
    })
    .meta({ id: "BlockBackup" }),
);

export const blockRestored = z
  .strictObject({
    id: text,
    status: z.enum(["restored", "running"]),
    restoreId: text,
    bookmark: textOrNull,
    previousBookmark: textOrNull,
  })
  .meta({ id: "BlockRestored" });
