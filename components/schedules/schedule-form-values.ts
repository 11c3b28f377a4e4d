import type { ScheduleView } from "../../lib/client/schedule-types.ts";
import { CRON_FIELDS, type CronExpression, type CronField, parseCron } from "../../lib/domain/cron-expression.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { type ScheduleDraft, scheduleDraftSchema } from "../../lib/domain/schedule.ts";

/** A schedule as the editor's fields hold it. */
export type ScheduleFormValues = {
  name: string;
  kind: ScheduleDraft["kind"];
  /** In the order of `CRON_FIELDS`. */
  fields: readonly string[];
  zone: string;
  /** Empty: no limit. */
  retentionDays: string;
  keepAtMost: string;
  jitterSeconds: number;
};

export const NEW_SCHEDULE: ScheduleFormValues = {
  name: "Nightly backup",
  kind: "physical",
  fields: ["30", "2", "*", "*", "*"],
  zone: "UTC",
  retentionDays: "30",
  keepAtMost: "40",
  jitterSeconds: 0,
};

export function toFormValues(view: ScheduleView): ScheduleFormValues {
  return {
    name: view.name,
    kind: view.kind,
    fields: view.cron.split(" "),
    zone: view.zone,
    retentionDays: view.retentionDays === null ? "" : String(view.retentionDays),
    keepAtMost: view.keepAtMost === null ? "" : String(view.keepAtMost),
    jitterSeconds: view.jitterSeconds,
  };
}

export type ReadCron =
  | { ok: true; cron: CronExpression }
  /** `field` is null where it is about the whole. */
  | { ok: false; field: CronField | null; cause: string; hint: string };

/** What the five fields mean, or which of them is wrong and why. */
export function readCron(fields: readonly string[]): ReadCron {
  const empty = fields.findIndex((text) => text.trim() === "");
  if (empty !== -1) {
    const field = CRON_FIELDS[empty] ?? "minute";
    return { ok: false, field, cause: `The ${field} is empty.`, hint: "* stands for every one." };
  }
  try {
    return { ok: true, cron: parseCron(fields.map((text) => text.trim()).join(" ")) };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    const { cronField, hint = "" } = error.details;
    const field = CRON_FIELDS.find((name) => name === cronField) ?? null;
    return { ok: false, field, cause: error.message, hint };
  }
}

const toLimit = (text: string) => (text.trim() === "" ? null : Number(text));

/** The schedule that the fields stand for, or what is wrong with which of them. */
export function readDraft(
  values: ScheduleFormValues,
  active: boolean,
): { draft: ScheduleDraft | null; errors: Partial<Record<keyof ScheduleDraft, string>> } {
  const parsed = scheduleDraftSchema.safeParse({
    name: values.name,
    kind: values.kind,
    cron: values.fields.join(" "),
    zone: values.zone,
    active,
    retentionDays: toLimit(values.retentionDays),
    keepAtMost: toLimit(values.keepAtMost),
    jitterSeconds: values.jitterSeconds,
  });
  if (parsed.success) return { draft: parsed.data, errors: {} };
  const errors: Partial<Record<keyof ScheduleDraft, string>> = {};
  for (const { path, message } of parsed.error.issues) errors[path[0] as keyof ScheduleDraft] ??= message;
  return { draft: null, errors };
}

/** What of a schedule the fields would make another. */
export function changeOf(before: ScheduleView, after: ScheduleDraft): Partial<ScheduleDraft> {
  const keys = Object.keys(after) as (keyof ScheduleDraft)[];
  return Object.fromEntries(keys.filter((key) => before[key] !== after[key]).map((key) => [key, after[key]]));
}
