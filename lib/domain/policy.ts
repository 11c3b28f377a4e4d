import { z } from "zod";
import { ROLES, type Role } from "./actions.ts";
import { isPlainText } from "./names.ts";
import { policyHoursSchema } from "./policy-hours.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MOST_APPROVALS = 10;

/** Who restores in place by right. Whoever is below, down to members, may ask one of those who are not. */
export const RESTORE_ROLES = ["owner", "admin"] as const;
export type RestoreRole = (typeof RESTORE_ROLES)[number];

const patternSchema = z
  .string()
  .trim()
  .min(1, "A protected label has at least one character.")
  .refine((text) => [...text].length <= 80, "A protected label has at most 80 characters.")
  .refine(
    (text) => isPlainText(text) && !/[\t\r\n]/.test(text),
    "A protected label is one line of printable characters.",
  );

/** What a database asks of those who would change its past or lose its history. Clocks are milliseconds. */
export const policyRulesSchema = z.strictObject({
  restoreRole: z.enum(RESTORE_ROLES, { error: 'Who restores by right is "owner" or "admin".' }),
  /** How many others must approve; 0 asks nobody. */
  approvals: z
    .int("How many approve is a whole number.")
    .min(0, "How many approve is 0 or more.")
    .max(MOST_APPROVALS, `At most ${MOST_APPROVALS} approvals.`),
  /** User ids of those who may approve; null: every owner and admin. */
  approvers: z
    .array(z.uuid("An approver is given by the user's id."))
    .min(1, "Name at least one approver, or let every owner and admin approve.")
    .max(50, "At most 50 approvers.")
    .nullable()
    .transform((ids) => ids && [...new Set(ids.map((id) => id.toLowerCase()))].sort()),
  hours: policyHoursSchema.nullable(),
  protectedLabels: z
    .array(patternSchema)
    .max(20, "At most 20 protected labels.")
    .transform((patterns) => [...new Set(patterns)].sort()),
  leastWindowDays: z
    .int("The shortest window is a whole number of days.")
    .min(1, "The shortest window has at least one day.")
    .max(365, "The shortest window has at most 365 days.")
    .nullable(),
  approveWithinMs: z
    .int()
    .min(5 * MINUTE_MS, "The time to approve is 5 minutes at least.")
    .max(30 * DAY_MS, "The time to approve is 30 days at most."),
  runWithinMs: z
    .int()
    .min(5 * MINUTE_MS, "The time to run is 5 minutes at least.")
    .max(7 * DAY_MS, "The time to run is 7 days at most."),
});

export type PolicyRules = z.output<typeof policyRulesSchema>;
export type PolicyField = keyof PolicyRules;

/** What holds where nobody has set anything. */
export const DEFAULT_RULES: PolicyRules = {
  restoreRole: "admin",
  approvals: 0,
  approvers: null,
  hours: null,
  protectedLabels: [],
  leastWindowDays: null,
  approveWithinMs: DAY_MS,
  runWithinMs: HOUR_MS,
};

/** Whether the role restores in place by right, once approved where the policy asks for it. */
export function restoresByRight(rules: PolicyRules, role: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(rules.restoreRole);
}

/**
 * How many others must approve before somebody of this role restores in place, loosens the policy or deletes the
 * database. Whoever does not restore by right needs one at least.
 */
export function neededApprovals(rules: PolicyRules, role: Role): number {
  return restoresByRight(rules, role) ? rules.approvals : Math.max(1, rules.approvals);
}

/** Whether somebody may approve here: nobody can allow what they may not do themselves. */
export function mayApprove(rules: PolicyRules, person: { userId: string; role: Role }): boolean {
  if (person.role !== "owner" && person.role !== "admin") return false;
  return restoresByRight(rules, person.role) && (rules.approvers?.includes(person.userId) ?? true);
}

/** Whether a pattern, in which `*` stands for anything, is a label whatever its case. Takes no longer than both are long. */
export function matchesLabel(pattern: string, label: string): boolean {
  const [first = "", ...rest] = pattern.toLowerCase().split("*");
  const text = label.toLowerCase();
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The pattern that protects a label; null when none does. */
export function findProtectingPattern(rules: PolicyRules, label: string): string | null {
  return rules.protectedLabels.find((pattern) => matchesLabel(pattern, label)) ?? null;
}
