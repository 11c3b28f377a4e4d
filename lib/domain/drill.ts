import { z } from "zod";
import type { Bookmark } from "./bookmark.ts";
import { printableLineSchema } from "./names.ts";
import { cronSchema, zoneSchema } from "./schedule.ts";

/** Which moments a drill restores: the newest one, and one anywhere in the recovery window. */
export const DRILL_AIMS = ["latest", "random"] as const;
export type DrillAim = (typeof DRILL_AIMS)[number];
/** `skipped`: it came up and was not begun, since there was no room for a throwaway. */
export type DrillStatus = "queued" | "running" | "passed" | "failed" | "cancelled" | "skipped";
export type DrillTrigger = "manual" | "scheduled";

export const MOST_ASSERTIONS = 20;
export const LONGEST_ASSERTION = 4000;
/** Days that the throwaway of a failed drill is kept for whoever wants to look at it. */
export const EVIDENCE_DAYS = 3;

/** Something that has to hold in the restored state: one read-only query, whose first value in its first row is true. */
export const assertionSchema = z.strictObject({
  name: printableLineSchema("a name", 80),
  sql: z
    .string()
    .trim()
    .min(1, "Give a query, like SELECT count(*) > 0 FROM orders.")
    .max(LONGEST_ASSERTION, `A query of an assertion has at most ${LONGEST_ASSERTION} characters.`),
});
export type DrillAssertion = z.output<typeof assertionSchema>;

export const aimsSchema = z
  .array(z.enum(DRILL_AIMS, { error: 'A drill restores "latest", "random" or both.' }))
  .min(1, "A drill restores at least one moment.")
  .transform((aims) => DRILL_AIMS.filter((aim) => aims.includes(aim)));

export const assertionsSchema = z
  .array(assertionSchema)
  .max(MOST_ASSERTIONS, `A drill has at most ${MOST_ASSERTIONS} assertions.`)
  .refine(
    (all) => new Set(all.map(({ name }) => name)).size === all.length,
    "Two assertions have the same name; give each its own.",
  );

/** When a database is drilled by itself, and what has to hold. */
export const drillPlanDraftSchema = z.strictObject({
  active: z.boolean(),
  cron: cronSchema,
  zone: zoneSchema,
  aims: aimsSchema,
  assertions: assertionsSchema,
});
export type DrillPlanDraft = z.output<typeof drillPlanDraftSchema>;

/** What a check looked at, and how it ended. One that could not be made says why and proves nothing. */
export type DrillCheck = { check: string; outcome: "passed" | "failed" | "skipped"; text: string };
export type TableCount = { name: string; rows: number };
export type AssertionResult = {
  name: string;
  holds: boolean /** What came back, or what went wrong. */;
  found: string;
};

/** What an engine found out by restoring one state into a throwaway. */
export type DrillFindings = {
  bookmark: Bookmark;
  /** Unix milliseconds of its commit. */
  timeMs: number;
  sizeBytes: number;
  /** Milliseconds from the beginning until the restored state could be used. */
  recoveryMs: number;
  checks: DrillCheck[];
  tables: TableCount[];
  assertions: AssertionResult[];
  /** Absolute path of what was left to be looked at, because something did not hold; null: all is removed. */
  evidence: string | null;
};

/** The same as it is kept with the drill; `error`: it could not be restored at all. */
export type DrilledMoment = { aim: DrillAim } & (
  | (DrillFindings & { error: null })
  | { bookmark: string | null; timeMs: number | null; error: { code: string; message: string; hint: string | null } }
);

/** Whether everything that was looked at is as it has to be. A check that could not be made does not fail a drill. */
export function hasPassed({ checks, assertions }: Pick<DrillFindings, "checks" | "assertions">): boolean {
  return checks.every(({ outcome }) => outcome !== "failed") && assertions.every(({ holds }) => holds);
}

/** Whether a value that SQL gave is true: not NULL, not zero, not empty, not one of the words for false. */
export function isTrue(value: unknown): boolean {
  if (typeof value === "string") return !/^(|0|f|false|no|off)$/i.test(value.trim());
  return value !== null && value !== undefined && Boolean(value);
}

/** What a query of an assertion gave. `row`: its first, undefined where there was none. */
export function judgeAssertion(name: string, row: readonly unknown[] | undefined): AssertionResult {
  if (row === undefined) return { name, holds: false, found: "no row" };
  const [first] = row;
  return { name, holds: isTrue(first), found: first === null ? "NULL" : String(first).slice(0, 200) };
}
