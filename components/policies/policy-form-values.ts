import { z } from "zod";
import { type PolicyRules, policyRulesSchema } from "../../lib/domain/policy.ts";

/** The rules as the form's fields hold them: texts, and switches for what may be absent. */
export const policyFormSchema = z
  .object({
    restoreRole: z.enum(["owner", "admin"]),
    approvals: z.string().regex(/^\d{1,2}$/, "Give a whole number, 0 for none."),
    namesApprovers: z.boolean(),
    approvers: z.array(z.string()),
    limitsHours: z.boolean(),
    zone: z.string(),
    days: z.array(z.string()),
    from: z.string(),
    to: z.string(),
    protectedLabels: z.string(),
    leastWindowDays: z.string().regex(/^\d{0,3}$/, "Give a whole number of days, or nothing."),
    approveHours: z.string().regex(/^\d{1,4}(\.\d{1,2})?$/, "Give hours, 0.5 for half an hour."),
    runHours: z.string().regex(/^\d{1,4}(\.\d{1,2})?$/, "Give hours, 0.5 for half an hour."),
  })
  .superRefine((values, context) => {
    const parsed = policyRulesSchema.safeParse(toDraft(values));
    for (const { path, message } of parsed.success ? [] : parsed.error.issues) {
      context.addIssue({ code: "custom", path: [FIELDS[String(path[0])] ?? "approvals"], message });
    }
  });

export type PolicyFormValues = {
  restoreRole: "owner" | "admin";
  approvals: string;
  namesApprovers: boolean;
  approvers: string[];
  limitsHours: boolean;
  zone: string;
  days: string[];
  from: string;
  to: string;
  protectedLabels: string;
  leastWindowDays: string;
  approveHours: string;
  runHours: string;
};

const FIELDS: Record<string, keyof PolicyFormValues> = {
  approvals: "approvals",
  approvers: "approvers",
  hours: "zone",
  protectedLabels: "protectedLabels",
  leastWindowDays: "leastWindowDays",
  approveWithinMs: "approveHours",
  runWithinMs: "runHours",
};
const HOUR_MS = 3_600_000;
const two = (value: number) => String(value).padStart(2, "0");
const toText = (minute: number) => `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`;

/** Minutes after midnight of `09:30`; an end at midnight is the day's end. */
function toMinute(text: string, isEnd: boolean): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  const minute = hours * 60 + minutes;
  return isEnd && minute === 0 ? 1440 : minute;
}

function toDraft(values: PolicyFormValues): unknown {
  return {
    restoreRole: values.restoreRole,
    approvals: Number(values.approvals),
    approvers: values.namesApprovers ? values.approvers : null,
    hours: values.limitsHours
      ? {
          zone: values.zone.trim(),
          days: values.days.map(Number),
          fromMinute: toMinute(values.from, false),
          toMinute: toMinute(values.to, true),
        }
      : null,
    protectedLabels: values.protectedLabels
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
    leastWindowDays: values.leastWindowDays === "" ? null : Number(values.leastWindowDays),
    approveWithinMs: Math.round(Number(values.approveHours) * HOUR_MS),
    runWithinMs: Math.round(Number(values.runHours) * HOUR_MS),
  };
}

/** The rules that the fields stand for; throws where `policyFormSchema` would refuse them. */
export const toRules = (values: PolicyFormValues): PolicyRules => policyRulesSchema.parse(toDraft(values));

const toHours = (ms: number) => String(Math.round((ms / HOUR_MS) * 100) / 100);

/** The fields as they stand for some rules. */
export function toFormValues(rules: PolicyRules): PolicyFormValues {
  const { hours } = rules;
  return {
    restoreRole: rules.restoreRole,
    approvals: String(rules.approvals),
    namesApprovers: rules.approvers !== null,
    approvers: [...(rules.approvers ?? [])],
    limitsHours: hours !== null,
    zone: hours?.zone ?? "UTC",
    days: (hours?.days ?? [1, 2, 3, 4, 5]).map(String),
    from: toText(hours?.fromMinute ?? 540),
    to: toText(hours?.toMinute ?? 1020),
    protectedLabels: rules.protectedLabels.join("\n"),
    leastWindowDays: rules.leastWindowDays === null ? "" : String(rules.leastWindowDays),
    approveHours: toHours(rules.approveWithinMs),
    runHours: toHours(rules.runWithinMs),
  };
}
