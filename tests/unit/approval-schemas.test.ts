import { expect, test } from "vitest";
import { approvalRequestSchema, decisionSchema, toApprovalRequest } from "../../lib/web/approval-schemas.ts";

const ask = (over: object) =>
  approvalRequestSchema.safeParse({ kind: "restore.project", reason: "why", timestamp: 1_795_000_000_000, ...over });

test("a reason is there, and hides nothing from those who decide by it", () => {
  expect(ask({}).success).toBe(true);
  expect(ask({ reason: "two\nlines" }).success).toBe(true);
  for (const reason of ["", "  ", "x".repeat(501), "safe \u202eelif", "nul \u0000", "zero\u200bwidth"]) {
    expect(ask({ reason }).success, JSON.stringify(reason)).toBe(false);
  }
});

test("a request names exactly one thing, and nothing beside it", () => {
  expect(ask({ surprise: 1 }).success).toBe(false);
  expect(approvalRequestSchema.safeParse({ kind: "namespace.delete", reason: "why" }).success).toBe(false);
  const both = ask({ undoOf: "r" });
  if (!both.success) throw both.error;
  expect(() => toApprovalRequest(both.data)).toThrow(/Several moments/);
});

test("operators of a query language are no text", () => {
  expect(decisionSchema.safeParse({ verdict: "approve", digest: { startsWith: "" } }).success).toBe(false);
  expect(decisionSchema.safeParse({ verdict: { not: "refuse" }, digest: "d" }).success).toBe(false);
  expect(decisionSchema.safeParse({ verdict: "approve" }).success).toBe(false);
});
