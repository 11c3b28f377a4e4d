import type { PolicyView } from "../../lib/client/approval-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatZone } from "../../lib/client/format-time.ts";
import type { PolicyField, PolicyRules } from "../../lib/domain/policy.ts";
import type { PolicyHours } from "../../lib/domain/policy-hours.ts";

export const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const two = (value: number) => String(value).padStart(2, "0");

/** What each rule is called on pages. */
export const FIELD_WORDS: Record<PolicyField, string> = {
  restoreRole: "Who restores by right",
  approvals: "Approvals by others",
  approvers: "Who may approve",
  hours: "Hours in which a restore may begin",
  protectedLabels: "Protected labels",
  leastWindowDays: "Shortest recovery window",
  approveWithinMs: "Time to approve",
  runWithinMs: "Time to run once approved",
};

/** The time of a day that many minutes after midnight: `09:30`, `24:00`. */
export const formatMinute = (minute: number) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

/** Days as one says them: `Mon to Fri`, `Sat, Sun`, `every day`. */
export function formatDays(days: readonly number[]): string {
  if (days.length === 7) return "every day";
  const [first = 1] = days;
  const inARow = days.every((day, index) => day === first + index);
  const names = days.map((day) => DAYS[day - 1] ?? "");
  return inARow && days.length > 2 ? `${names[0]} to ${names.at(-1)}` : names.join(", ");
}

export function formatHours(hours: PolicyHours | null): string {
  if (hours === null) return "at any hour";
  const span = `${formatMinute(hours.fromMinute)} to ${formatMinute(hours.toMinute)}`;
  return `${formatDays(hours.days)}, ${span} ${formatZone(hours.zone)}`;
}

/** A rule's value in words. */
export function describeRule(field: PolicyField, rules: PolicyRules, people: PolicyView["people"]): string {
  const name = (userId: string) => people.find((one) => one.userId === userId)?.name ?? "somebody who left";
  switch (field) {
    case "restoreRole":
      return rules.restoreRole === "owner" ? "owners" : "owners and admins";
    case "approvals":
      return rules.approvals === 0 ? "none" : String(rules.approvals);
    case "approvers":
      return rules.approvers === null ? "everybody who restores by right" : rules.approvers.map(name).join(", ");
    case "hours":
      return formatHours(rules.hours);
    case "protectedLabels":
      return rules.protectedLabels.length === 0 ? "none" : rules.protectedLabels.join(", ");
    case "leastWindowDays":
      return rules.leastWindowDays === null ? "none" : formatCount(rules.leastWindowDays, "day");
    case "approveWithinMs":
    case "runWithinMs":
      return formatDuration(rules[field]);
  }
}

/** What a policy means, in sentences for whoever reads the page. */
export function policySentences(rules: PolicyRules): string[] {
  const right = rules.restoreRole === "owner" ? "Owners" : "Owners and admins";
  const below = rules.restoreRole === "owner" ? "Admins and members" : "Members";
  const atLeast = Math.max(1, rules.approvals);
  const others = (count: number) => (count === 1 ? "one other person" : `${count} other people`);
  const who =
    rules.approvers === null ? (rules.restoreRole === "owner" ? "an owner" : "an owner or admin") : "those named here";
  return [
    rules.approvals === 0
      ? `${right} restore directly. ${below} ask, and ${who} must allow it.`
      : `Everybody asks before a restore, owners too: ${others(rules.approvals)} must approve, out of ${
          rules.approvers === null ? (rules.restoreRole === "owner" ? "the owners" : "the owners and admins") : who
        }. Whoever asks never counts.`,
    `A request waits ${formatDuration(rules.approveWithinMs)} for approval; once approved it may be run within ${formatDuration(rules.runWithinMs)}, once.`,
    rules.hours === null ? "A restore may begin at any hour." : `A restore begins ${formatHours(rules.hours)} only.`,
    ...(rules.protectedLabels.length === 0 ? [] : [`Nobody deletes the labels ${rules.protectedLabels.join(", ")}.`]),
    ...(rules.leastWindowDays === null
      ? []
      : [`The recovery window stays at ${formatCount(rules.leastWindowDays, "day")} or more.`]),
    rules.approvals === 0 && rules.restoreRole === "admin"
      ? "Owners and admins change this policy and delete the database directly."
      : `A looser policy, or deleting the database, needs ${others(atLeast)} as well. Asking for more holds at once.`,
  ];
}
