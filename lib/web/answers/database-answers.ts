import { z } from "zod";
import type {
  DatabaseDetail,
  DatabaseView,
  DeletedDatabaseView,
  JobView,
  NamespaceView,
  PreflightView,
  UploadView,
} from "../../client/api-types.ts";
import type { PreviewView } from "../../client/preview-types.ts";
import { ROLES } from "../../domain/actions.ts";
import type { CaptureStatus } from "../../domain/capture.ts";
import type { ClusterHealth } from "../../domain/cluster-health.ts";
import { answerOf, bookmark, count, countOrNull, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";
import { databaseState, engine, failure, origin, progress, workStatus } from "./answer-shapes.ts";

export const clusterHealthAnswer = answerOf<ClusterHealth>()(
  z
    .strictObject({
      databaseId: text,
      server: z.enum(["starting", "stopped", "running", "unreachable"]),
      serverVersion: countOrNull.meta({ description: "Major version; null while it is not known." }),
      mode: z.enum(["full", "limited"]).meta({
        description: "`limited`: without the distribution's client programs, nothing can be looked into or verified.",
      }),
      receiver: z.enum(["streaming", "catching_up", "down"]),
      lagBytes: countOrNull.meta({
        description:
          "What would be lost if the server's machine died now: not yet received bytes, and for how long that has been so.",
      }),
      lagMs: timeOrNull,
      slot: z.strictObject({
        name: text,
        walStatus: z
          .enum(["reserved", "extended", "unreserved", "lost"])
          .nullable()
          .meta({ description: "PostgreSQL's `wal_status`; null: there is no slot." }),
        safeBytes: countOrNull.meta({
          description: "Bytes that may still be written before the slot could be lost; null: no limit.",
        }),
      }),
      diskFreeBytes: countOrNull.meta({ description: "Of the disk with the history." }),
      archiveBytes: countOrNull,
      zeroLoss: z.enum(["off", "on", "lifted"]).meta({
        description: "`lifted`: it is asked for, and commits do not wait now, since the receiver could not keep up.",
      }),
      liftedSinceMs: timeOrNull,
      lastBase: z.strictObject({ timeMs: time, sizeBytes: count }).nullable(),
      problem: z.strictObject({ cause: text, remedy: text }).nullable(),
    })
    .meta({ id: "ClusterHealth" }),
);

export const captureStatusAnswer = answerOf<CaptureStatus>()(
  z
    .strictObject({
      databaseId: text,
      state: z.enum(["starting", "base", "protected", "stopped"]),
      progress: progress.nullable().meta({ description: "Bytes copied and to copy while in `base`." }),
      problem: z
        .strictObject({
          cause: text,
          remedy: text,
          isFileMissing: z
            .literal(true)
            .meta({ description: "What is captured is not there any more, and a restore in place makes it anew." })
            .exactOptional(),
        })
        .nullable(),
      last: z.strictObject({ bookmark: bookmark, timeMs: time, txid: count }).nullable(),
      capturedThroughMs: timeOrNull.meta({
        description: "Every commit up to this moment is in the history, Unix milliseconds.",
      }),
      spare: z
        .boolean()
        .meta({ description: "True while both keepers hold the log: then no crash of any one process makes a gap." }),
      databaseBytes: countOrNull,
      historyBytes: countOrNull,
      cluster: clusterHealthAnswer
        .meta({ description: "Of a PostgreSQL cluster: how its protection stands." })
        .exactOptional(),
    })
    .meta({ id: "CaptureStatus" }),
);

export const databaseAnswer = answerOf<DatabaseView>()(
  z
    .strictObject({
      id: text,
      name: text,
      namespace: text,
      engine,
      origin,
      kind: z.enum(["project", "preview"]),
      region: text,
      path: textOrNull.meta({ description: "Absolute path; null for those who may not change the database." }),
      windowDays: count,
      nextWindow: z.strictObject({ days: count, atMs: time }).nullable().meta({
        description:
          "A shorter window that was asked for: it drops history, so it counts only from then on, and can be taken back till then.",
      }),
      state: databaseState,
      problem: textOrNull.meta({ description: "Why it could not be protected, while `failed`." }),
      createdAtMs: time,
      mayWrite: z
        .boolean()
        .meta({ description: "False for a member whose write right to this database was withdrawn." }),
      capture: captureStatusAnswer
        .nullable()
        .meta({ description: "Null when the agent does not answer; the page then says so." }),
      lastRestoreId: textOrNull,
      zeroLoss: z.boolean().meta({
        description:
          "PostgreSQL only: whether commits are to wait until they were received; what is so now says `capture`.",
      }),
      serverVersion: countOrNull.meta({
        description: "PostgreSQL only: its major version; null while it is not known.",
      }),
      preview: z
        .strictObject({
          parentId: text,
          parentName: textOrNull,
          parentOrigin: origin.nullable(),
          expiresAtMs: timeOrNull,
          sourceTimeMs: timeOrNull,
        })
        .nullable()
        .meta({
          description:
            "Of a preview: its project, the end of its life, and the project's moment that it was made from. Null for a project.",
        }),
    })
    .meta({ id: "Database" }),
);

export const databaseDetailAnswer = answerOf<DatabaseDetail>()(
  databaseAnswer
    .extend({
      connectionString: textOrNull.meta({
        description:
          "How applications connect to a hosted cluster; null for what nobody connects to, and for those who may not read it.",
      }),
    })
    .meta({ id: "DatabaseDetail" }),
);

export const jobAnswer = answerOf<JobView>()(
  z
    .strictObject({
      id: text,
      kind: text,
      databaseId: textOrNull,
      status: workStatus,
      stage: textOrNull,
      progress: progress.nullable(),
      error: failure.nullable(),
      lines: z.array(z.strictObject({ timeMs: time, text: text })),
      createdAtMs: time,
      startedAtMs: timeOrNull,
      finishedAtMs: timeOrNull,
    })
    .meta({ id: "Job" }),
);

export const deletedDatabaseAnswer = answerOf<DeletedDatabaseView>()(
  z
    .strictObject({
      id: text,
      name: text,
      origin,
      createdAtMs: time,
      deletedAtMs: time,
      deletedBy: textOrNull,
      purgeAfterMs: time.meta({ description: "From then on it cannot be brought back." }),
      state: z
        .enum(["purging", "kept"])
        .meta({ description: "`purging`: it is too late, its history is being removed." }),
      isNameTaken: z.boolean().meta({ description: "Another database has its name by now." }),
    })
    .meta({ id: "DeletedDatabase" }),
);

export const preflightAnswer = answerOf<PreflightView>()(
  z
    .strictObject({
      path: text,
      ok: z.boolean(),
      refusals: z.array(z.strictObject({ code: text, cause: text, remedy: text })),
      warnings: z.array(z.strictObject({ code: text, cause: text, remedy: text })),
      sizeBytes: countOrNull,
      pageSizeBytes: countOrNull,
      journalMode: textOrNull,
      tables: countOrNull,
    })
    .meta({ id: "Preflight" }),
);

export const uploadAnswer = answerOf<UploadView>()(
  z.strictObject({ uploadId: text, sizeBytes: count, sha256: text }).meta({ id: "Upload" }),
);

export const namespaceAnswer = answerOf<NamespaceView>()(
  z.strictObject({ id: text, slug: text, name: text, role: z.enum(ROLES) }).meta({ id: "Namespace" }),
);

export const previewAnswer = answerOf<PreviewView>()(
  z
    .strictObject({
      id: text,
      name: text,
      parentId: text,
      parentName: textOrNull.meta({ description: "Null once the project was deleted." }),
      state: databaseState,
      problem: textOrNull.meta({ description: "Why it could not be made, while `failed`." }),
      createdAtMs: time,
      createdBy: textOrNull,
      expiresAtMs: timeOrNull.meta({ description: "When it is deleted by itself; null while it is being made." }),
      sourceTimeMs: timeOrNull.meta({
        description: "The state of the project that it was made from, or that it was last overwritten with.",
      }),
      sourceBookmark: textOrNull,
      restoreId: textOrNull.meta({
        description: "The restore that made it or last overwrote it, and one that is under way now.",
      }),
      openRestoreId: textOrNull,
      databaseBytes: countOrNull,
    })
    .meta({ id: "Preview" }),
);

export const rotated = z.strictObject({ connectionString: text }).meta({ id: "ConnectionString" });

/** What SQL answers, in the form of D1's API; numbers beyond 2^53 stand as they are. */
export const sqlAnswer = z
  .array(
    z.strictObject({
      results: z.array(z.record(z.string(), z.unknown())),
      success: z.literal(true),
      meta: z.looseObject({ duration: z.number().meta({ description: "Milliseconds." }) }),
    }),
  )
  .meta({ id: "SqlAnswer" });
