import { z } from "zod";
import { RESTORE_STAGES } from "../../domain/restore-stages.ts";
import { bookmark, count, text, textOrNull, time } from "./answer-schema.ts";

/*
 * Shapes that several answers hold. What has a name of its own in the document stands where its answer does; these are written
 * into each of them.
 */

export const engine = z.enum(["sqlite", "postgres"]);
export const origin = z.enum(["hosted", "attached"]);
export const databaseState = z.enum(["preparing", "active", "restoring", "failed", "deleted", "purging", "purged"]);
export const backupKind = z.enum(["physical", "portable"]);
export const backupTrigger = z.enum(["manual", "scheduled", "pre_restore"]);
export const workStatus = z.enum(["failed", "running", "queued", "completed", "cancelled"]);
export const runOutcome = z.enum(["started", "caught_up", "missed", "skipped"]);
export const labelKind = z.enum(["pitr", "backup"]);
export const rowChange = z.enum(["added", "removed", "changed"]);
export const restoreTarget = z.enum(["project", "preview", "new_preview", "new_database", "rows", "cutover"]);
export const restoreSource = z.enum(["preview", "backup", "bookmark", "timestamp", "snapshot", "undo", "second_copy"]);
export const restoreStage = z.enum(RESTORE_STAGES);

/** What went wrong, for people and programs. */
export const failure = z.strictObject({ code: text, message: text, hint: textOrNull });
export const progress = z.strictObject({ done: count, total: count });
export const stagedProgress = z.strictObject({ stage: text, done: count, total: count });
/** A state of a database; `plainState` where only its text is known. */
export const state = z.strictObject({ bookmark, timeMs: time });
export const plainState = z.strictObject({ bookmark: text, timeMs: time });
export const named = z.strictObject({ id: text, name: text });
/** Something that may be gone for good; then it has no name any more. */
export const namedOrGone = z.strictObject({ id: text, name: textOrNull });
/** Which databases something is good for. */
export const covered = z.union([z.literal("all"), z.array(namedOrGone)]);

/** What was looked at in a restored state; `/v1` writes the time another way. */
export const checkFields = {
  check: z.enum(["manifest", "commit", "indexes", "pages", "content"]),
  outcome: z.enum(["passed", "failed", "skipped"]),
  read: z.strictObject({ count, unit: z.enum(["file", "page", "relation"]) }).nullable(),
};

/** The values of a row, column by column, as JSON can hold them; null: there is no row. */
export const rowValues = z
  .array(
    z
      .union([
        text,
        count,
        z.strictObject({ integer: text }),
        z.strictObject({ real: text }),
        z.strictObject({ blob: text, bytes: count }),
        z.strictObject({ text: text, chars: count }),
      ])
      .nullable(),
  )
  .nullable();
