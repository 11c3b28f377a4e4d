import { expect, test } from "vitest";
import {
  type BoundFacts,
  countApprovals,
  type GivenVerdict,
  judgeRequest,
  type RequestFacts,
} from "../../lib/domain/approval.ts";
import { DEFAULT_RULES } from "../../lib/domain/policy.ts";
import { digestRequest } from "../../lib/services/approvals/approval-record.ts";

const digest = "d".repeat(64);
const request: RequestFacts = {
  status: "open",
  because: null,
  digest,
  policyVersion: 1,
  needed: 1,
  requestedBy: "max",
  requestedByName: "max@acme.example",
  approveUntilMs: 1_000,
  runUntilMs: null,
};
const approved: RequestFacts = { ...request, status: "approved", runUntilMs: 2_000 };
const ada: GivenVerdict = { userId: "ada", name: "ada@acme.example", verdict: "approve", digest };
const bound: BoundFacts = {
  isDatabaseThere: true,
  digest,
  rules: { ...DEFAULT_RULES, approvals: 1 },
  policyVersion: 1,
  people: [
    { userId: "ada", role: "owner" },
    { userId: "max", role: "admin" },
  ],
  mayAsk: true,
};
const judge = (facts: RequestFacts, over: Partial<BoundFacts> = {}, nowMs = 500) =>
  judgeRequest(facts, [ada], { ...bound, ...over }, nowMs);

test("a request stands as long as nothing it is bound to has changed", () => {
  expect(judge(request)).toEqual({ status: "open", because: null });
  expect(judge(approved)).toEqual({ status: "approved", because: null });
});

test("each clock ends it at its last millisecond, and only its own", () => {
  expect(judge(request, {}, 999).status).toBe("open");
  expect(judge(request, {}, 1_000).status).toBe("expired");
  expect(judge(approved, {}, 1_999).status).toBe("approved");
  expect(judge(approved, {}, 2_000)).toMatchObject({ status: "expired", because: expect.stringContaining("not run") });
});

test.each<[string, Partial<BoundFacts>, string]>([
  ["the database was deleted", { isDatabaseThere: false }, "deleted"],
  ["the requester lost the right", { mayAsk: false }, "max@acme.example may no longer ask"],
  ["the label is gone", { digest: null }, "label"],
  ["the policy was changed", { policyVersion: 2, digest: "e" }, "policy"],
  ["the database was restored since", { digest: "e" }, "restored since"],
])("it is void when %s", (_, over, because) => {
  for (const facts of [request, approved]) {
    expect(judge(facts, over)).toMatchObject({ status: "void", because: expect.stringContaining(because) });
  }
});

test.each<[string, Partial<BoundFacts>]>([
  ["was removed", { people: [{ userId: "max", role: "admin" }] }],
  [
    "was demoted",
    {
      people: [
        { userId: "ada", role: "member" },
        { userId: "max", role: "admin" },
      ],
    },
  ],
  ["was taken off the list", { rules: { ...DEFAULT_RULES, approvers: ["eve"] } }],
])("an approved request is void once its approver %s", (_, over) => {
  expect(judge(approved, over)).toEqual({ status: "void", because: "ada@acme.example may no longer approve." });
});

test("an approval counts for its very digest alone, and never the requester's own", () => {
  const count = (verdicts: GivenVerdict[]) => countApprovals(request, verdicts, bound).length;
  expect(count([ada])).toBe(1);
  expect(count([{ ...ada, digest: "e" }])).toBe(0);
  expect(count([{ ...ada, verdict: "refuse" }])).toBe(0);
  expect(count([{ ...ada, userId: "max" }])).toBe(0);
});

test("a demoted requester needs what their role needs now", () => {
  const owners = { ...DEFAULT_RULES, approvals: 0, restoreRole: "admin" as const };
  const over = { rules: owners, people: [{ userId: "max", role: "member" as const }] };
  expect(judgeRequest({ ...approved, needed: 0 }, [], { ...bound, ...over }, 500).status).toBe("void");
});

test("what has ended stays ended, whatever happens afterwards", () => {
  for (const status of ["used", "refused", "expired", "void", "withdrawn"] as const) {
    expect(judge({ ...request, status, because: "so it was" }, { isDatabaseThere: false }, 9_999)).toEqual({
      status,
      because: "so it was",
    });
  }
});

test("an erasure's digest binds its moment and whether backups go as well", () => {
  const facts = { databaseId: "db", policyVersion: 1, lastRestoreId: null };
  const digestOf = (beforeMs: number, includeBackups: boolean) =>
    digestRequest({ kind: "history.erase", beforeMs, includeBackups }, facts);
  const digests = [digestOf(1, false), digestOf(2, false), digestOf(1, true)];
  expect(new Set(digests).size).toBe(3);
  expect(digestOf(1, false)).toBe(digests[0]);
});
