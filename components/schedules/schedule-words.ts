import type { ScheduleRunView, ScheduleView } from "../../lib/client/schedule-types.ts";
import { parseCron } from "../../lib/domain/cron-expression.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { describeSchedule } from "../../lib/domain/schedule-words.ts";

export const scheduleHref = ({ database, id }: { database: { name: string }; id: string }) =>
  `/schedules/${encodeURIComponent(database.name)}/${id}`;

export const KIND_WORDS: Readonly<Record<ScheduleView["kind"], string>> = {
  physical: "Backup",
  portable: "Portable document",
};

/** When a schedule runs, in a sentence; one that another version wrote and this one cannot read says so. */
export function whenWords({ cron, zone }: { cron: string; zone: string }): string {
  try {
    return describeSchedule(parseCron(cron), zone);
  } catch (error) {
    if (error instanceof LastgoodError) return `${cron}, ${zone}`;
    throw error;
  }
}

/** How long its backups stay, as a list shows it: `30 days, 40 at most`. */
export function keptWords({ retentionDays, keepAtMost }: Pick<ScheduleView, "retentionDays" | "keepAtMost">): string {
  const days = retentionDays === null ? null : `${retentionDays} ${retentionDays === 1 ? "day" : "days"}`;
  if (keepAtMost === null) return days ?? "all of them";
  return days === null ? `the newest ${keepAtMost}` : `${days}, ${keepAtMost} at most`;
}

export type OutcomeTone = "ok" | "warn" | "danger" | "plain";

/** What came of a run, in a word or two, with the tone of it. */
export function outcomeOf({ outcome, backup }: ScheduleRunView): { words: string; tone: OutcomeTone } {
  if (outcome === "missed") return { words: "missed", tone: "danger" };
  if (outcome === "skipped") return { words: "skipped", tone: "warn" };
  const late = outcome === "caught_up" ? ", caught up" : "";
  switch (backup?.status) {
    case "completed":
      return { words: `completed${late}`, tone: "ok" };
    case "failed":
      return { words: "failed", tone: "danger" };
    case "cancelled":
      return { words: "cancelled", tone: "warn" };
    case "queued":
    case "running":
      return { words: `running${late}`, tone: "plain" };
    case undefined:
      return { words: "its backup is gone", tone: "plain" };
  }
}
