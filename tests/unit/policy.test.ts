import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ROLES } from "../../lib/domain/actions.ts";
import {
  DEFAULT_RULES,
  matchesLabel,
  mayApprove,
  neededApprovals,
  type PolicyRules,
  policyRulesSchema,
} from "../../lib/domain/policy.ts";
import { changedFields, looserFields } from "../../lib/domain/policy-change.ts";
import { mayBeginAt, nextBegin, type PolicyHours } from "../../lib/domain/policy-hours.ts";

const ids = ["3f0e1a52-0000-4000-8000-00000000000a", "3f0e1a52-0000-4000-8000-00000000000b"] as const;
const workdays: PolicyHours = { zone: "Europe/Berlin", days: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 17 * 60 };
const at = (text: string) => Date.parse(text);

const hoursArbitrary = fc
  .record({
    zone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York"),
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }).map((days) => days.sort()),
    fromMinute: fc.integer({ min: 0, max: 1439 }),
    toMinute: fc.integer({ min: 0, max: 1440 }),
  })
  .filter(({ fromMinute, toMinute }) => fromMinute !== toMinute);

/** The second policy in each field in which it is no looser than the first. */
function takeNoLooser(a: PolicyRules, other: PolicyRules): PolicyRules {
  const looser = looserFields(a, other);
  const kept = Object.fromEntries(Object.entries(a).filter(([field]) => looser.some((one) => one === field)));
  return { ...other, ...kept };
}

const rulesArbitrary: fc.Arbitrary<PolicyRules> = fc.record({
  restoreRole: fc.constantFrom("owner" as const, "admin" as const),
  approvals: fc.integer({ min: 0, max: 3 }),
  approvers: fc.option(fc.subarray([...ids], { minLength: 1 })),
  hours: fc.option(hoursArbitrary),
  protectedLabels: fc.subarray(["release *", "release 1", "*"]),
  leastWindowDays: fc.option(fc.integer({ min: 1, max: 365 })),
  approveWithinMs: fc.integer({ min: 300_000, max: 86_400_000 }),
  runWithinMs: fc.integer({ min: 300_000, max: 86_400_000 }),
});

describe("who may, and how many must", () => {
  test("whoever restores by right needs what the policy asks for, everybody else one at least", () => {
    expect(ROLES.map((role) => neededApprovals(DEFAULT_RULES, role))).toEqual([0, 0, 1, 1]);
    const owners: PolicyRules = { ...DEFAULT_RULES, restoreRole: "owner", approvals: 2 };
    expect(ROLES.map((role) => neededApprovals(owners, role))).toEqual([2, 2, 2, 2]);
    expect(neededApprovals({ ...owners, approvals: 0 }, "admin")).toBe(1);
  });

  test("nobody approves what they may not do themselves, nor whom the policy does not name", () => {
    const may = (rules: PolicyRules) => ROLES.map((role) => mayApprove(rules, { userId: ids[0], role }));
    expect(may(DEFAULT_RULES)).toEqual([true, true, false, false]);
    expect(may({ ...DEFAULT_RULES, restoreRole: "owner" })).toEqual([true, false, false, false]);
    expect(may({ ...DEFAULT_RULES, approvers: [ids[1]] })).toEqual([false, false, false, false]);
    expect(may({ ...DEFAULT_RULES, approvers: [...ids] })).toEqual([true, true, false, false]);
  });
});

describe("hours", () => {
  test("follow the clock on the wall, in summer and in winter", () => {
    expect(mayBeginAt(workdays, at("2026-11-20T08:00:00Z"))).toBe(true);
    expect(mayBeginAt(workdays, at("2026-11-20T07:59:59Z"))).toBe(false);
    expect(mayBeginAt(workdays, at("2026-07-17T07:00:00Z"))).toBe(true);
    expect(mayBeginAt(workdays, at("2026-07-17T15:00:00Z"))).toBe(false);
    expect(mayBeginAt(workdays, at("2026-11-21T10:00:00Z"))).toBe(false);
  });

  test("that pass midnight belong to the day on which they began", () => {
    const night: PolicyHours = { zone: "UTC", days: [5], fromMinute: 22 * 60, toMinute: 2 * 60 };
    expect(mayBeginAt(night, at("2026-11-20T22:00:00Z"))).toBe(true);
    expect(mayBeginAt(night, at("2026-11-21T01:59:00Z"))).toBe(true);
    expect(mayBeginAt(night, at("2026-11-21T02:00:00Z"))).toBe(false);
    expect(mayBeginAt(night, at("2026-11-20T01:00:00Z"))).toBe(false);
  });

  test("count an hour twice that happens twice, and begin after the leap where their start is skipped", () => {
    const early: PolicyHours = { zone: "Europe/Berlin", days: [7], fromMinute: 150, toMinute: 240 };
    expect(mayBeginAt(early, at("2026-10-25T00:30:00Z"))).toBe(true);
    expect(mayBeginAt(early, at("2026-10-25T01:00:00Z"))).toBe(false);
    expect(mayBeginAt(early, at("2026-10-25T01:30:00Z"))).toBe(true);
    expect(nextBegin(early, at("2026-03-29T00:00:00Z"))).toBe(at("2026-03-29T01:00:00Z"));
  });

  test("name the next moment at which a restore may begin, and none before it may", () => {
    expect(nextBegin(workdays, at("2026-11-20T17:00:00Z"))).toBe(at("2026-11-23T08:00:00Z"));
    fc.assert(
      fc.property(hoursArbitrary, fc.integer({ min: at("2026-01-01"), max: at("2027-01-01") }), (hours, ms) => {
        const next = nextBegin(hours, ms);
        if (next === null) return !mayBeginAt(hours, ms);
        for (let probe = 0; probe < 40; probe++) {
          const before = ms + Math.floor(((next - ms) * probe) / 40);
          if (before < next && mayBeginAt(hours, before)) return false;
        }
        return mayBeginAt(hours, next) && next >= ms;
      }),
    );
  });
});

describe("protected labels", () => {
  test("are compared whatever their case, with * for anything", () => {
    expect(matchesLabel("release *", "Release 4.2")).toBe(true);
    expect(matchesLabel("release *", "prerelease 4")).toBe(false);
    expect(matchesLabel("*golden*", "the Golden one")).toBe(true);
    expect(matchesLabel("a*b*b", "ab")).toBe(false);
    expect(matchesLabel("a.c", "abc")).toBe(false);
    expect(matchesLabel("before", "before")).toBe(true);
  });

  test("agree with the plain definition of a pattern", () => {
    const matches = (pattern: string, text: string): boolean =>
      pattern === ""
        ? text === ""
        : pattern[0] === "*"
          ? matches(pattern.slice(1), text) || (text !== "" && matches(pattern, text.slice(1)))
          : pattern[0] === text[0] && matches(pattern.slice(1), text.slice(1));
    const text = (letters: string[]) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 });
    fc.assert(
      fc.property(text(["a", "b", "*"]), text(["a", "b"]), (pattern, label) => {
        expect(matchesLabel(pattern, label)).toBe(matches(pattern, label));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what is looser", () => {
  const changed = (over: Partial<PolicyRules>) => ({ ...strict, ...over });
  const strict: PolicyRules = {
    restoreRole: "owner",
    approvals: 2,
    approvers: [ids[0]],
    hours: workdays,
    protectedLabels: ["release *"],
    leastWindowDays: 14,
    approveWithinMs: 3_600_000,
    runWithinMs: 3_600_000,
  };

  test.each<[keyof PolicyRules, Partial<PolicyRules>]>([
    ["restoreRole", { restoreRole: "admin" }],
    ["approvals", { approvals: 1 }],
    ["approvers", { approvers: null }],
    ["approvers", { approvers: [...ids] }],
    ["approvers", { approvers: [ids[1]] }],
    ["hours", { hours: null }],
    ["hours", { hours: { ...workdays, toMinute: 18 * 60 } }],
    ["hours", { hours: { ...workdays, zone: "UTC" } }],
    ["hours", { hours: { ...workdays, days: [1, 2, 3, 4, 5, 6] } }],
    ["protectedLabels", { protectedLabels: [] }],
    ["protectedLabels", { protectedLabels: ["release 1*"] }],
    ["leastWindowDays", { leastWindowDays: 13 }],
    ["leastWindowDays", { leastWindowDays: null }],
    ["approveWithinMs", { approveWithinMs: 3_600_001 }],
    ["runWithinMs", { runWithinMs: 3_600_001 }],
  ])("%s: %j", (field, over) => {
    expect(looserFields(strict, changed(over))).toEqual([field]);
    expect(looserFields(changed(over), strict)).toEqual(
      field === "approvers" && over.approvers?.[0] === ids[1] && over.approvers.length === 1
        ? ["approvers"]
        : "hours" in over && over.hours?.zone === "UTC"
          ? ["hours"]
          : [],
    );
  });

  test("a wider pattern protects no less", () => {
    expect(looserFields(strict, changed({ protectedLabels: ["rel*"] }))).toEqual([]);
    expect(looserFields(strict, changed({ protectedLabels: ["*"] }))).toEqual([]);
  });

  test("a change that is no looser allows nothing more", () => {
    const label = fc.constantFrom("release 1", "release 2", "other");
    fc.assert(
      fc.property(
        rulesArbitrary,
        rulesArbitrary,
        fc.integer({ min: 0, max: 7 * 24 * 60 - 1 }),
        label,
        (a, other, m, text) => {
          const b = takeNoLooser(a, other);
          expect(looserFields(a, b)).toEqual([]);
          const ms = at("2026-11-16T00:00:00Z") + m * 60_000;
          const guards = (rules: PolicyRules) => rules.protectedLabels.some((pattern) => matchesLabel(pattern, text));
          for (const role of ROLES) {
            expect(neededApprovals(b, role)).toBeGreaterThanOrEqual(neededApprovals(a, role));
            for (const userId of ids) {
              if (mayApprove(b, { userId, role })) expect(mayApprove(a, { userId, role })).toBe(true);
            }
          }
          if (mayBeginAt(b.hours, ms)) expect(mayBeginAt(a.hours, ms)).toBe(true);
          if (guards(a)) expect(guards(b)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a policy differs from itself in nothing", () => {
    fc.assert(
      fc.property(rulesArbitrary, (rules) => {
        expect(looserFields(rules, rules)).toEqual([]);
        expect(changedFields(rules, rules)).toEqual([]);
      }),
    );
  });
});

test("a policy that nobody could have meant is refused", () => {
  const refused = (over: Record<string, unknown>) => policyRulesSchema.safeParse({ ...DEFAULT_RULES, ...over }).success;
  expect(refused({})).toBe(true);
  for (const over of [
    { approvals: -1 },
    { approvals: 1.5 },
    { approvers: [] },
    { approvers: ["ada"] },
    { restoreRole: "member" },
    { hours: { ...workdays, zone: "Mars/Base" } },
    { hours: { ...workdays, toMinute: workdays.fromMinute } },
    { leastWindowDays: 0 },
    { runWithinMs: 0 },
    { protectedLabels: ["release \u202e*"] },
    { surprise: true },
  ]) {
    expect(refused(over), JSON.stringify(over)).toBe(false);
  }
});
