import { z } from "zod";
import type { CommitsView, DensityView, SnapshotView } from "../../client/api-types.ts";
import type { CommitMark, CommitMarks } from "../../domain/commit-mark.ts";
import type {
  DatabaseDiff,
  DiffColumn,
  DiffMoment,
  DiffRow,
  DiffRows,
  SchemaDiff,
  TableDiff,
} from "../../domain/diff.ts";
import type { ResolvedMoment } from "../../domain/moment.ts";
import type { CommitSummary, Gap, RecoveryWindow, Span } from "../../domain/recovery-window.ts";
import { answerOf, bookmark, count, countOrNull, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";
import { labelKind, progress, rowChange, rowValues, state } from "./answer-shapes.ts";

export const resolvedMomentAnswer = answerOf<ResolvedMoment>()(
  z
    .strictObject({
      bookmark: bookmark,
      txid: count,
      timeMs: time.meta({ description: "When the commit was captured, Unix milliseconds." }),
      askedMs: timeOrNull.meta({ description: "What was asked for, Unix milliseconds; null when a bookmark was." }),
      pages: count,
    })
    .meta({ id: "ResolvedMoment" }),
);

export const spanAnswer = answerOf<Span>()(z.strictObject({ fromMs: time, toMs: time }).meta({ id: "Span" }));

export const gapAnswer = answerOf<Gap>()(
  z.strictObject({ fromMs: time, toMs: time, reason: text }).meta({ id: "Gap" }),
);

export const recoveryWindowAnswer = answerOf<RecoveryWindow>()(
  z
    .strictObject({
      spans: z.array(spanAnswer).meta({
        description:
          "Oldest first, never overlapping; between two of them lies a gap. Empty while nothing is captured yet.",
      }),
      gaps: z.array(gapAnswer),
      suspect: z.array(gapAnswer),
      damaged: z.array(gapAnswer).meta({
        description:
          "What was captured there is stored damaged: its commits cannot be read. At most one, since nothing within is reached.",
      }),
      oldest: state
        .nullable()
        .meta({ description: "The oldest and newest restorable states; null while nothing is captured yet." }),
      newest: state.nullable(),
      capturedThroughMs: timeOrNull.meta({ description: "Every commit up to this moment is in the history." }),
      windowDays: count.meta({ description: "Days that the database's policy promises, 1 to 365." }),
    })
    .meta({ id: "RecoveryWindow" }),
);

export const densityAnswer = answerOf<DensityView>()(
  z
    .strictObject({ buckets: z.array(z.strictObject({ fromMs: time, toMs: time, commits: count, pages: count })) })
    .meta({ id: "Density" }),
);

export const commitSummaryAnswer = answerOf<CommitSummary>()(
  z
    .strictObject({ bookmark: bookmark, txid: count, timeMs: time, pages: count, bytes: count })
    .meta({ id: "CommitSummary" }),
);

export const commitsAnswer = answerOf<CommitsView>()(
  z.strictObject({ commits: z.array(commitSummaryAnswer) }).meta({ id: "Commits" }),
);

export const snapshotAnswer = answerOf<SnapshotView>()(
  z
    .strictObject({
      id: text,
      label: text,
      kind: labelKind,
      bookmark: textOrNull,
      backupKey: textOrNull.meta({ description: "Of kind `backup`: the backup that it is pinned to." }),
      timeMs: timeOrNull.meta({ description: "The moment it is pinned to." }),
      createdAtMs: time,
      createdBy: textOrNull,
      recoverable: z.boolean().meta({ description: "False once the moment left the window, or the backup is gone." }),
    })
    .meta({ id: "Snapshot" }),
);

export const commitMarkAnswer = answerOf<CommitMark>()(
  z
    .strictObject({
      id: text,
      kind: z.enum(["schema", "delete"]),
      timeMs: time,
      bookmark: bookmark.meta({ description: "The commit itself, after which it had happened." }),
      txid: count,
      before: state
        .nullable()
        .meta({ description: "The state just before it; null where the history begins with it." }),
      words: text.meta({ description: "As SQL would say it: `DELETE 80,346 rows`, `ALTER TABLE invoices`." }),
      table: textOrNull.meta({ description: "The table that it is about, if it is about one." }),
      rows: countOrNull.meta({ description: "Rows that went; null where none did, or nobody knows." }),
      commits: count.meta({ description: "How many commits in a row it is about; 1: its own alone." }),
      throughMs: time.meta({ description: "When the last of them was committed." }),
      exact: z.boolean().meta({ description: "False while words and rows are only what the sizes of pages tell." }),
    })
    .meta({ id: "CommitMark" }),
);

export const commitMarksAnswer = answerOf<CommitMarks>()(
  z
    .strictObject({
      marks: z.array(commitMarkAnswer),
      leftOut: count.meta({ description: "How many there are besides, smaller ones, which were left out." }),
      readThroughMs: timeOrNull.meta({
        description: "The history has been read for marks up to this time; null: not at all yet.",
      }),
      isReading: z
        .boolean()
        .meta({ description: "True while more of it is being read, or marks are being counted exactly: ask again." }),
    })
    .meta({ id: "CommitMarks" }),
);

export const diffMomentAnswer = answerOf<DiffMoment>()(
  z.strictObject({ bookmark: bookmark, timeMs: time, txid: count }).meta({ id: "DiffMoment" }),
);

export const tableDiffAnswer = answerOf<TableDiff>()(
  z
    .strictObject({
      name: text,
      added: count.meta({ description: "Rows of `to` that `from` lacks." }),
      removed: count.meta({ description: "Rows of `from` that `to` lacks." }),
      changed: count.meta({
        description: "Rows that both have under the same key, with other values in the columns that both tables have.",
      }),
      exact: z
        .boolean()
        .meta({ description: "False while they are still being counted, and where the table was not compared." }),
      how: z.enum(["full", "pages", "not-compared"]).meta({
        description: "How it was found: from the pages that changed, by comparing all of the table, or not at all.",
      }),
      reason: textOrNull.meta({
        description: "Why all of it had to be compared, or nothing could be; otherwise null. Words for people.",
      }),
    })
    .meta({ id: "TableDiff" }),
);

export const schemaDiffAnswer = answerOf<SchemaDiff>()(
  z
    .strictObject({
      kind: z.enum(["table", "index", "view", "trigger"]),
      name: text,
      table: text.meta({ description: "The table it belongs to; of a table or a view its own name." }),
      change: rowChange,
      before: textOrNull,
      after: textOrNull,
    })
    .meta({ id: "SchemaDiff" }),
);

export const databaseDiffAnswer = answerOf<DatabaseDiff>()(
  z
    .strictObject({
      from: diffMomentAnswer,
      to: diffMomentAnswer,
      state: z
        .enum(["complete", "counting"])
        .meta({ description: "`counting`: not finished yet; ask again for the rest." }),
      progress: progress
        .nullable()
        .meta({ description: "In pages to be looked at; null once it is complete, or while nothing is known yet." }),
      tables: z.array(tableDiffAnswer).meta({
        description:
          "Those that differ, and those that were not compared; by name. While counting those of which something is known.",
      }),
      sameTables: z.array(text).meta({ description: "Names of the tables whose rows are the same in both." }),
      schema: z.array(schemaDiffAnswer),
      durationMs: z.number().meta({ description: "Spent on it so far, milliseconds." }),
    })
    .meta({ id: "DatabaseDiff" }),
);

export const diffColumnAnswer = answerOf<DiffColumn>()(
  z.strictObject({ name: text, type: text, key: z.boolean() }).meta({ id: "DiffColumn" }),
);

export const diffRowAnswer = answerOf<DiffRow>()(
  z
    .strictObject({
      key: text,
      kind: rowChange,
      before: rowValues,
      after: rowValues,
    })
    .meta({ id: "DiffRow" }),
);

export const diffRowsAnswer = answerOf<DiffRows>()(
  z
    .strictObject({ columns: z.array(diffColumnAnswer), rows: z.array(diffRowAnswer), next: textOrNull })
    .meta({ id: "DiffRows" }),
);
