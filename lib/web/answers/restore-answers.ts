import { z } from "zod";
import type { PlanView, RestoreAnswer, RestoreView } from "../../client/api-types.ts";
import type { GiveBackPlanView } from "../../client/give-back-types.ts";
import type { CutoverPlanView, PreviewsView } from "../../client/preview-types.ts";
import type {
  GiveBackConflict,
  GiveBackNotice,
  GiveBackPlan,
  GiveBackSample,
  GiveBackSummary,
  GiveBackTablePlan,
} from "../../domain/give-back.ts";
import type { AroundOffer, HooksFound } from "../../domain/hooks.ts";
import type { RestorePlan } from "../../domain/restore.ts";
import type { RestoreCheck } from "../../domain/restore-check.ts";
import { answerOf, count, countOrNull, nextPage, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";
import {
  backupKind,
  checkFields,
  engine,
  failure,
  origin,
  plainState,
  progress,
  restoreSource,
  restoreStage,
  restoreTarget,
  rowValues,
  state,
  workStatus,
} from "./answer-shapes.ts";
import { previewAnswer } from "./database-answers.ts";
import { diffColumnAnswer } from "./history-answers.ts";

export const giveBackSummaryAnswer = answerOf<GiveBackSummary>()(
  z
    .strictObject({
      tables: z.array(z.strictObject({ name: text, inserted: count, setBack: count, removed: count, skipped: count })),
      rows: count.meta({ description: "Rows that were written." }),
      skipped: z.array(
        z.strictObject({
          kind: z.enum([
            "changed-since",
            "key-taken",
            "parent-missing",
            "still-referenced",
            "rule-broken",
            "table-refused",
          ]),
          table: text,
          rows: count,
          words: text,
        }),
      ),
    })
    .meta({ id: "GiveBackSummary" }),
);

export const restoreCheckAnswer = answerOf<RestoreCheck>()(
  z
    .strictObject({
      ...checkFields,
      durationMs: z.number(),
      text,
    })
    .meta({ id: "RestoreCheck" }),
);

export const restoreAnswer = answerOf<RestoreView>()(
  z
    .strictObject({
      id: text,
      databaseId: text,
      databaseName: text,
      engine,
      origin,
      target: restoreTarget,
      copy: z.strictObject({ id: textOrNull, name: text }).nullable().meta({
        description:
          "What was made or overwritten where that is not the database itself; its id is null once it is deleted.",
      }),
      preview: z
        .strictObject({ id: textOrNull, name: text })
        .nullable()
        .meta({ description: "Whose state a cutover took." }),
      ttlHours: countOrNull,
      source: restoreSource,
      secondCopy: textOrNull.meta({
        description:
          "The second copy that it was brought back from. Until its history is there, the moment may have no bookmark: an empty one.",
      }),
      backup: z.strictObject({ id: text, key: textOrNull, kind: backupKind, label: textOrNull }).nullable().meta({
        description:
          "The backup that its state came from, also by way of a label; its key is null once nothing is left of it.",
      }),
      preRestoreKey: textOrNull.meta({
        description: "The key of the backup that was made of what a document replaced.",
      }),
      status: workStatus,
      askedMs: timeOrNull,
      to: plainState,
      previous: plainState.nullable(),
      reached: plainState.nullable(),
      restoreBookmark: textOrNull,
      undoOf: textOrNull,
      undoneBy: textOrNull.meta({ description: "The restore that undid this one, if any." }),
      reason: textOrNull,
      requestedBy: textOrNull,
      approval: z
        .strictObject({ id: text, approvedBy: z.array(text) })
        .nullable()
        .meta({ description: "The request that others approved, where one was needed." }),
      fenceSeconds: countOrNull.meta({
        description: "Seconds for which writes of an attached database are held around it; null: not at all.",
      }),
      runHooks: z.boolean().meta({ description: "Whether the operator's hooks run before and after it." }),
      amcheck: z
        .boolean()
        .meta({ description: "Whether every table and index of a cluster was to be looked through as well." }),
      checks: z
        .array(restoreCheckAnswer)
        .meta({ description: "What was checked of the restored state so far, in that order." }),
      stage: restoreStage.nullable(),
      progress: progress.nullable(),
      cancellable: z.boolean(),
      timings: z
        .strictObject({
          plan: z.number().exactOptional(),
          fetch: z.number().exactOptional(),
          inspect: z.number().exactOptional(),
          keep: z.number().exactOptional(),
          prepare: z.number().exactOptional(),
          write: z.number().exactOptional(),
          "hook-before": z.number().exactOptional(),
          apply: z.number().exactOptional(),
          place: z.number().exactOptional(),
          check: z.number().exactOptional(),
          "hook-after": z.number().exactOptional(),
          hold: z.number().exactOptional(),
        })
        .meta({ description: "Milliseconds spent in each stage so far." }),
      lines: z
        .array(z.strictObject({ seq: count, timeMs: time, text: text }))
        .meta({ description: "What hooks and fence had to say, oldest first; only where there are any." }),
      pages: countOrNull,
      rows: giveBackSummaryAnswer
        .nullable()
        .meta({ description: "What was written, of a completed give-back of rows." }),
      error: failure.nullable(),
      createdAtMs: time,
      startedAtMs: timeOrNull,
      finishedAtMs: timeOrNull,
    })
    .meta({ id: "Restore" }),
);

export const restoreEndAnswer = answerOf<RestoreAnswer>()(
  z
    .strictObject({
      restoreId: text,
      status: workStatus,
      bookmark: text,
      previousBookmark: textOrNull,
    })
    .meta({ id: "RestoreEnd" }),
);

export const restorePlanAnswer = answerOf<RestorePlan>()(
  z
    .strictObject({
      databaseId: text,
      target: restoreTarget,
      to: state.meta({ description: "The state to go back to." }),
      from: state.meta({ description: "The state at planning time; a live database moves on." }),
      commits: countOrNull.meta({
        description:
          "Commits between `to` and `from`; zero: nothing would change; null: not known, as `to` is older than the window or holds tables alone.",
      }),
      pages: count.meta({ description: "Upper bound of pages that will be written, and the page size in bytes." }),
      pageSizeBytes: count,
      estimateMs: z.number().meta({ description: "Expected duration of the whole restore, milliseconds." }),
      way: z.enum(["backup", "rows", "append", "swap", "transfer", "copy"]).meta({
        description:
          "`copy`: into a file of its own, nothing that is there is written. `rows`: tables are replaced in one transaction.",
      }),
      leavesBehind: z
        .array(text)
        .meta({
          description:
            "What of the database as it is now does not come along, one sentence each; left out: nothing is known of that.",
        })
        .exactOptional(),
      digest: text.meta({ description: "Hex SHA-256 over database, source, target and the target's last restore." }),
    })
    .meta({ id: "RestorePlan" }),
);

export const hooksFoundAnswer = answerOf<HooksFound>()(
  z.strictObject({ before: z.boolean(), after: z.boolean(), problem: textOrNull }).meta({ id: "HooksFound" }),
);

export const aroundOfferAnswer = answerOf<AroundOffer>()(
  z
    .strictObject({
      mostFenceSeconds: countOrNull.meta({ description: "Null: writes cannot be held, or need not be." }),
      hooks: hooksFoundAnswer,
    })
    .meta({ id: "AroundOffer" }),
);

export const planAnswer = answerOf<PlanView>()(
  z
    .strictObject({ plan: restorePlanAnswer, askedMs: timeOrNull, around: aroundOfferAnswer.nullable() })
    .meta({ id: "Plan" }),
);

export const previewsAnswer = answerOf<PreviewsView>()(
  z.strictObject({ previews: z.array(previewAnswer), limit: count, next: nextPage }).meta({ id: "Previews" }),
);

export const cutoverPlanAnswer = answerOf<CutoverPlanView>()(
  z
    .strictObject({
      preview: previewAnswer,
      plan: restorePlanAnswer.meta({
        description:
          "`to` is the preview's newest state, `from` the project's; `pages` those that differ, `commits` the project's since `base`.",
      }),
      base: plainState.nullable().meta({
        description:
          "The project's state from which the preview was made: what the project wrote since would be lost, which is what `GET …/diff?from=<base.bookmark>&to=now` counts. Null once it is older than the window.",
      }),
      around: aroundOfferAnswer,
    })
    .meta({ id: "CutoverPlan" }),
);

export const giveBackSampleAnswer = answerOf<GiveBackSample>()(
  z
    .strictObject({
      key: text,
      kind: z.enum(["removed", "changed"]),
      now: rowValues,
      past: rowValues,
    })
    .meta({ id: "GiveBackSample" }),
);

export const giveBackTablePlanAnswer = answerOf<GiveBackTablePlan>()(
  z
    .strictObject({
      name: text,
      inserted: count.meta({
        description: "Rows that are missing now and will be there. Of an undo: that were set back by being taken away.",
      }),
      setBack: count.meta({ description: "Rows that are there now and get their former values." }),
      removed: count.meta({ description: "Undo only: rows that are taken away again." }),
      unchanged: count.meta({ description: "Chosen, and just as they were: nothing to do." }),
      unknown: count.meta({ description: "Keys that name no row at that moment." }),
      inConflict: count.meta({
        description: "Left out because of a conflict, as far as the plan knows; counted in none of the above.",
      }),
      neededBy: z.array(text).meta({ description: "They come along because rows of these tables refer to them." }),
      columns: z.array(diffColumnAnswer),
      samples: z.array(giveBackSampleAnswer).meta({ description: "The first few rows." }),
    })
    .meta({ id: "GiveBackTablePlan" }),
);

export const giveBackConflictAnswer = answerOf<GiveBackConflict>()(
  z
    .strictObject({
      kind: z.enum([
        "changed-since",
        "key-taken",
        "parent-missing",
        "still-referenced",
        "rule-broken",
        "table-refused",
      ]),
      table: text,
      rows: count.meta({
        description: "How many rows; of `table-refused` all chosen ones, 0 where that is not known.",
      }),
      words: text.meta({ description: "One sentence for people that names index, table or rule." }),
      solvedByParents: count.meta({
        description: 'Of `parent-missing`: how many of the rows would be well with `include: ["parents"]`.',
      }),
      keys: z.array(text).meta({ description: "Keys of the first few." }),
    })
    .meta({ id: "GiveBackConflict" }),
);

export const giveBackNoticeAnswer = answerOf<GiveBackNotice>()(
  z
    .strictObject({
      kind: z.enum([
        "table-made-again",
        "column-gone",
        "column-new",
        "triggers",
        "checked-later",
        "foreign-key-broken",
      ]),
      table: text,
      names: z.array(text).meta({ description: "Columns, triggers, indexes." }),
      words: text,
    })
    .meta({ id: "GiveBackNotice" }),
);

export const giveBackPlanAnswer = answerOf<GiveBackPlan>()(
  z
    .strictObject({
      databaseId: text,
      from: state.meta({ description: "The state that the rows come from." }),
      tables: z.array(giveBackTablePlanAnswer),
      rows: count.meta({ description: "Rows that will be written, of all tables; without those in conflict." }),
      conflicts: z.array(giveBackConflictAnswer),
      notices: z.array(giveBackNoticeAnswer),
      missingParents: z.array(z.strictObject({ table: text, rows: count })).meta({
        description:
          'Rows of other tables that `include: ["parents"]` would bring along; empty once they are included.',
      }),
      estimateMs: z.number(),
      digest: text.meta({
        description: "Hex SHA-256 over what was chosen and over every row as it is now and as it will be.",
      }),
    })
    .meta({ id: "GiveBackPlan" }),
);

export const giveBackOfferAnswer = answerOf<GiveBackPlanView>()(
  z
    .strictObject({
      plan: giveBackPlanAnswer,
      askedMs: timeOrNull.meta({ description: "What was asked for; null when a bookmark was." }),
      allowed: z.enum(["yes", "ask", "hours", "forbidden"]).meta({
        description:
          "Whether the caller may run it now: `ask`: the database's policy lets nobody change existing rows alone, only missing ones can be given back (a restore in place can be requested); `hours`: not at this hour; `forbidden`: may read only.",
      }),
    })
    .meta({ id: "GiveBackOffer" }),
);
