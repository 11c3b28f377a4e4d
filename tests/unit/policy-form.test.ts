import { expect, test } from "vitest";
import { policyFormSchema, toFormValues, toRules } from "../../components/policies/policy-form-values.ts";
import { formatDays, formatHours, policySentences } from "../../components/policies/policy-words.ts";
import { DEFAULT_RULES, type PolicyRules } from "../../lib/domain/policy.ts";

const strict: PolicyRules = {
  restoreRole: "owner",
  approvals: 2,
  approvers: ["3f0e1a52-0000-4000-8000-00000000000a"],
  hours: { zone: "Europe/Berlin", days: [1, 2, 3, 4, 5], fromMinute: 570, toMinute: 1440 },
  protectedLabels: ["golden", "release *"],
  leastWindowDays: 14,
  approveWithinMs: 1_800_000,
  runWithinMs: 900_000,
};

test("the form's fields stand for exactly the rules they were made from", () => {
  for (const rules of [DEFAULT_RULES, strict]) {
    const values = toFormValues(rules);
    expect(policyFormSchema.safeParse(values).success).toBe(true);
    expect(toRules(values)).toEqual(rules);
  }
});

test("a field that cannot be is refused by its own name", () => {
  const refusedFields = (over: object) => {
    const parsed = policyFormSchema.safeParse({ ...toFormValues(strict), ...over });
    return parsed.success ? [] : [...new Set(parsed.error.issues.map(({ path }) => path[0]))];
  };
  expect(refusedFields({ approvals: "11" })).toEqual(["approvals"]);
  expect(refusedFields({ approvers: [] })).toEqual(["approvers"]);
  expect(refusedFields({ zone: "Mars/Base" })).toEqual(["zone"]);
  expect(refusedFields({ days: [] })).toEqual(["zone"]);
  expect(refusedFields({ leastWindowDays: "400" })).toEqual(["leastWindowDays"]);
  expect(refusedFields({ approveHours: "0" })).toEqual(["approveHours"]);
  expect(refusedFields({ runHours: "many" })).toEqual(["runHours"]);
});

test("hours and days are written as one says them", () => {
  expect(formatHours(strict.hours)).toBe("Mon to Fri, 09:30 to 24:00 Berlin");
  expect(formatDays([6, 7])).toBe("Sat, Sun");
  expect(formatDays([1, 2, 3, 4, 5, 6, 7])).toBe("every day");
  expect(formatHours(null)).toBe("at any hour");
});

test("the sentences say who must ask whom", () => {
  expect(policySentences(DEFAULT_RULES)[0]).toBe(
    "Owners and admins restore directly. Members ask, and an owner or admin must allow it.",
  );
  expect(policySentences(strict)[0]).toBe(
    "Everybody asks before a restore, owners too: 2 other people must approve, out of those named here. Whoever asks never counts.",
  );
});
