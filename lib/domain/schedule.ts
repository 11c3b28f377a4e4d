import { z } from "zod";
import { parseCron } from "./cron-expression.ts";
import { LastgoodError } from "./errors.ts";
import { printableLineSchema } from "./names.ts";
import { runsBetween } from "./schedule-times.ts";
import { isKnownZone } from "./zoned-time.ts";

export const MOST_KEPT_DAYS = 365;
export const MOST_KEPT_BACKUPS = 1000;
export const MOST_JITTER_SECONDS = 3600;
/** A run that begins later than this after it was due was caught up, and says so. */
export const ON_TIME_MS = 5 * 60_000;
/** Of one decision no more than so many runs are written down one by one; those before them are told in one row. */
export const MOST_MISSED_ROWS = 500;

/** Five-field cron that `parseCron` understands, with single spaces; its refusal is this one's. */
export const cronSchema = z.string().transform((text, context) => {
  try {
    parseCron(text);
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    context.addIssue({ code: "custom", message: `${error.message} ${error.details.hint ?? ""}`.trim() });
    return z.NEVER;
  }
  return text.trim().split(/\s+/).join(" ");
});

export const zoneSchema = z
  .string()
  .trim()
  .max(64, "This is no time zone.")
  .refine(isKnownZone, "Nobody knows this time zone; give one like Europe/Berlin or UTC.");

export const retentionDaysSchema = z
  .int("Backups are kept for a whole number of days.")
  .min(1, "Backups are kept for at least one day.")
  .max(MOST_KEPT_DAYS, `Backups are kept for at most ${MOST_KEPT_DAYS} days.`);

export const keepAtMostSchema = z
  .int("Give a whole number of backups.")
  .min(1, "At least one backup is kept.")
  .max(MOST_KEPT_BACKUPS, `At most ${MOST_KEPT_BACKUPS} backups of a schedule are kept.`);

/** What a schedule is; `kind` is the kind of backup that it makes. */
export const scheduleDraftSchema = z.strictObject({
  name: printableLineSchema("a name", 60),
  kind: z.enum(["physical", "portable"], { error: 'A schedule makes "physical" or "portable" backups.' }),
  cron: cronSchema,
  zone: zoneSchema,
  active: z.boolean(),
  /** Null: never deleted by age. */
  retentionDays: retentionDaysSchema.nullable(),
  /** Null: as many as there are. */
  keepAtMost: keepAtMostSchema.nullable(),
  jitterSeconds: z
    .int("Give a whole number of seconds.")
    .min(0, "A run cannot begin before it is due.")
    .max(MOST_JITTER_SECONDS, `A run begins at most ${MOST_JITTER_SECONDS} seconds late.`),
});
export type ScheduleDraft = z.output<typeof scheduleDraftSchema>;

/** How a run that was due came out; see `ScheduleRun`. */
export type RunOutcome = "started" | "caught_up" | "missed" | "skipped";

/**
 * How long after it is due each run of a schedule begins: the same for all of its runs and anything else for another schedule,
 * so that what is due at once does not begin at once. FNV-1a over the id. Milliseconds.
 */
export function delayOf(scheduleId: string, jitterSeconds: number): number {
  let hash = 0x811c9dc5;
  for (const character of scheduleId) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (hash % (jitterSeconds + 1)) * 1000;
}

export type TimedSchedule = { id: string; cron: string; zone: string; jitterSeconds: number; decidedToMs: number };

/**
 * The runs of a schedule that have come due since it was last decided on, oldest first; empty while there is none. Unix
 * milliseconds.
 */
export function dueRuns({ id, cron, zone, jitterSeconds, decidedToMs }: TimedSchedule, nowMs: number): number[] {
  const upToMs = nowMs - delayOf(id, jitterSeconds);
  return upToMs <= decidedToMs ? [] : runsBetween(parseCron(cron), zone, { afterMs: decidedToMs, upToMs });
}

/** Whether the run at `dueMs` is a late one. */
export function isLate(schedule: Pick<TimedSchedule, "id" | "jitterSeconds">, dueMs: number, nowMs: number): boolean {
  return nowMs - dueMs - delayOf(schedule.id, schedule.jitterSeconds) > ON_TIME_MS;
}

/**
 * Where deciding goes on after the clock was put back: not before what was decided on lies more than this ahead. Small steps back
 * are what every clock does.
 */
export const CLOCK_SLACK_MS = 2 * 60_000;

/** The time of a schedule that runs once every day by UTC; null for any other. */
export function dailyTimeOf(cron: string, zone: string): { hour: number; minute: number } | null {
  const [, minute, hour] = /^(\d{1,2}) (\d{1,2}) \* \* \*$/.exec(cron) ?? [];
  return minute === undefined || hour === undefined || zone !== "UTC"
    ? null
    : { hour: Number(hour), minute: Number(minute) };
}

type Kept = Pick<ScheduleDraft, "retentionDays" | "keepAtMost">;

/** Whether a schedule keeps its backups for a shorter time than before, or fewer of them: what that deletes is shown first. */
export function keepsLess(before: Kept, after: Kept): boolean {
  const isLess = (was: number | null, is: number | null) => is !== null && (was === null || is < was);
  return isLess(before.retentionDays, after.retentionDays) || isLess(before.keepAtMost, after.keepAtMost);
}
