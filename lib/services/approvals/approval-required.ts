import { type MetadataReader, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { roleMay } from "../../domain/actions.ts";
import type { ApprovalKind } from "../../domain/approval.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { neededApprovals, type PolicyRules, restoresByRight } from "../../domain/policy.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, mayWrite } from "../databases/find-database.ts";
import { findPrincipal, type Principal } from "../find-principal.ts";
import { readPolicy } from "../policies/read-policy.ts";
import { requireHours } from "../policies/require-allowed.ts";

const WORDS: Record<ApprovalKind, (name: string) => string> = {
  "restore.project": (name) => `Restoring ${name}`,
  "restore.cutover": (name) => `Cutting ${name} over to a preview`,
  "policy.change": (name) => `A looser policy of ${name}`,
  "database.delete": (name) => `Deleting ${name}`,
  "history.erase": (name) => `Erasing history of ${name}`,
};

/** The refusal that names the way to an approval; nothing has been queued. */
export function approvalRequired(principal: Principal, row: DatabaseRow, kind: ApprovalKind, rules: PolicyRules) {
  const needed = neededApprovals(rules, principal.role);
  const namespace = encodeURIComponent(principal.namespace.slug);
  const route = `/api/namespaces/${namespace}/databases/${row.id}/approvals`;
  const others = needed === 1 ? "one other person" : `${needed} other people`;
  return new LastgoodError("approval_required", `${WORDS[kind](row.name)} must be approved by ${others}.`, {
    hint: `Request an approval on the database's pages, or with POST ${route}; nothing was started.`,
    approval: { kind, needed, method: "POST", route },
  });
}

/** Refuses what the policy lets nobody do alone. Within a transaction that then does it. */
export async function requireNoApproval(
  db: MetadataReader,
  principal: Principal,
  row: DatabaseRow,
  kind: ApprovalKind,
): Promise<void> {
  const { rules } = await readPolicy(db, row.id);
  if (neededApprovals(rules, principal.role) > 0) throw approvalRequired(principal, row, kind, rules);
}

/** A restore as far as its undoing is concerned. */
export type UndoneRestore = {
  id: string;
  undoOf: string | null;
  finishedAtMs: bigint | null;
  requestedBy: string | null;
};

/**
 * Refuses a restore in place that the policy wants approved, or not at this hour. One way is always open: the newest
 * restore can be undone for as long as an approval may wait to be run, by whoever ran it and by all who restore by right.
 */
export async function requireDirectRestore(
  db: MetadataReader,
  principal: Principal,
  row: DatabaseRow,
  undone: UndoneRestore | null,
): Promise<void> {
  // What is done to a preview is undone like any restore, and nobody's production.
  if (row.kind === "preview") return;
  const { rules } = await readPolicy(db, row.id);
  const now = Number(nowMs());
  const byRight = roleMay(principal.role, "restore.project");
  if (undone && isFreeUndo(undone, row, rules, now)) {
    if (undone.requestedBy === principal.userId) return;
    if (byRight && restoresByRight(rules, principal.role)) return;
  }
  if (!byRight || neededApprovals(rules, principal.role) > 0) {
    throw approvalRequired(principal, row, "restore.project", rules);
  }
  requireHours(rules, now);
}

/** Refuses a cutover that the policy wants approved, or not at this hour: it overwrites the project as a restore does. */
export async function requireDirectCutover(db: MetadataReader, principal: Principal, row: DatabaseRow): Promise<void> {
  await requireNoApproval(db, principal, row, "restore.cutover");
  const { rules } = await readPolicy(db, row.id);
  requireHours(rules, Number(nowMs()));
}

/** Going back is the safety net of what was approved; going forth again is a restore of its own. */
export function isFreeUndo(undone: UndoneRestore, row: DatabaseRow, rules: PolicyRules, now: number): boolean {
  if (undone.undoOf !== null || undone.finishedAtMs === null || row.lastRestoreId !== undone.id) return false;
  return now < Number(undone.finishedAtMs) + rules.runWithinMs;
}

/**
 * Runs a restore in place; to a member, whose role does not include it, the refusal names the way to an approval. To
 * everybody else it stays what it was.
 */
export async function offeringApproval<T>(
  ctx: CallContext,
  { namespace, database }: { namespace: string; database: string },
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "forbidden") throw error;
    throw (await findOffer(ctx, namespace, database, error)) ?? error;
  }
}

async function findOffer(ctx: CallContext, namespace: string, database: string, refusal: LastgoodError) {
  try {
    const principal = await findPrincipal(metadata(), ctx, namespace);
    const { role, scopes } = principal;
    const mayAsk = roleMay(role, "approval.request") && !roleMay(role, "restore.project");
    if (!mayAsk || (scopes !== "all" && !scopes.includes("restore.project"))) return null;
    const row = await findDatabase(metadata(), principal, database);
    if (!(await mayWrite(metadata(), principal, row))) return null;
    const { rules } = await readPolicy(metadata(), row.id);
    return approvalRequired(principal, row, "restore.project", rules);
  } catch (error) {
    // Whatever hides the database from them, the first refusal was right.
    if (error instanceof LastgoodError) return refusal;
    throw error;
  }
}
