import { randomUUID } from "node:crypto";
import type { ApprovalView } from "../../client/approval-types.ts";
import { isUniqueViolation, type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { countApprovals } from "../../domain/approval.ts";
import type { ErasurePlan } from "../../domain/erasure.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { writeDeletion } from "../databases/delete-database.ts";
import { type DatabaseRow, findDatabase, requireConfirmation, requireProtected } from "../databases/find-database.ts";
import { writeErasure } from "../erasure/create-erasure.ts";
import { draftErasure } from "../erasure/draft-erasure.ts";
import type { Principal } from "../find-principal.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { authorise, perform, requireScope } from "../perform.ts";
import { requireHours } from "../policies/require-allowed.ts";
import { writePolicy } from "../policies/set-policy.ts";
import { NOTHING_AROUND } from "../restores/around-restore.ts";
import { writeCutover } from "../restores/create-cutover.ts";
import { type RestoreDraft, requireSamePlan, restoreConflict, writeRestore } from "../restores/create-restore.ts";
import { type CutoverDraft, draftCutover } from "../restores/plan-cutover.ts";
import { askForPlan } from "../restores/plan-restore.ts";
import { type ResolvedSource, resolveBackup, resolveSource } from "../restores/resolve-source.ts";
import { type ApprovalPayload, type ApprovalRow, readPayload, toRequestFacts, toVerdicts } from "./approval-record.ts";
import { findApproval, requireRequester } from "./find-approval.ts";
import { readApproval } from "./get-approval.ts";
import { type JudgedApproval, judgeApproval } from "./judge-approval.ts";
import { requireLive, staleDigest } from "./require-live.ts";
import { settleOne } from "./settle-approvals.ts";

export type RunApprovalInput = {
  namespace: string;
  approvalId: string;
  /** Of the request as it was read. */
  digest: string;
  /** The database's name as a person typed it. */
  confirmName?: string | undefined;
  /** The digest of the plan that was shown at the run. */
  planDigest?: string | undefined;
};

/**
 * Does what others have approved, once. Everything is checked again, in the transaction that uses the approval up: who
 * asks, who approved, policy, hours, clocks, digest. Throws `conflict` for a request that has ended, naming what an
 * earlier run of it started.
 */
export async function runApproval(ctx: CallContext, input: RunApprovalInput): Promise<ApprovalView> {
  const { namespace, approvalId, digest, confirmName, planDigest } = input;
  const { row, database, principal } = await authorise(ctx, "approval.run", { namespace }, async (db, principal) => {
    const row = await findApproval(db, principal, approvalId);
    requireRequester(principal, row);
    requireScopesOf(principal, readPayload(row));
    return { row, principal, database: row.database };
  });
  requireRunnable(await settleOne(ctx, row), digest);
  requireConfirmation(database, confirmName);
  await requireConfirmed(ctx);
  const payload = readPayload(row);
  const draft = payload.kind === "restore.project" ? await draftRestore(row, payload, planDigest) : null;
  const cutover = payload.kind === "restore.cutover" ? await draftApprovedCutover(row, payload, planDigest) : null;
  const erasure = payload.kind === "history.erase" ? await draftErasure(row.database, payload) : null;
  await spendApproval(ctx, namespace, { approvalId: row.id, digest, draft, cutover, erasure });
  await wakeAgent(database);
  return readApproval(principal, row.id);
}

/** Where a token runs it: the scope of what is run, and for what overwrites the project that of overwriting. */
function requireScopesOf(principal: Principal, { kind }: ApprovalPayload): void {
  requireScope(principal, kind);
  if (kind === "restore.cutover") requireScope(principal, "restore.project");
}

/** The plan of this moment, for exactly the preview's state that was approved. */
async function draftApprovedCutover(
  { database }: ApprovalRow,
  { preview: { id }, to }: Extract<ApprovalPayload, { kind: "restore.cutover" }>,
  planDigest: string | undefined,
): Promise<CutoverDraft> {
  const preview = await metadata().database.findFirst({ where: { id, parentId: database.id, deletedAtMs: null } });
  if (!preview) throw staleDigest();
  const draft = await draftCutover(database, preview, to.bookmark);
  requireSamePlan(draft.plan, planDigest);
  return draft;
}

/** The plan of this moment: a live database has moved on since the request. */
async function draftRestore(
  { database, reason }: ApprovalRow,
  payload: Extract<ApprovalPayload, { kind: "restore.project" }>,
  planDigest: string | undefined,
): Promise<RestoreDraft> {
  requireProtected(database);
  const resolved = await resolveApproved(database, payload);
  const plan = await askForPlan(database, resolved);
  requireSamePlan(plan, planDigest);
  const { source, askedMs, undoOf } = payload;
  return {
    database,
    sourceKind: undoOf === null ? source.kind : "undo",
    resolved: { ...resolved, askedMs, restorePointId: source.kind === "snapshot" ? source.snapshotId : null },
    plan,
    undoOf,
    reason,
  };
}

/** Exactly what was approved: a moment of the history, or the very backup. */
async function resolveApproved(
  database: DatabaseRow,
  { to, backup }: Extract<ApprovalPayload, { kind: "restore.project" }>,
): Promise<ResolvedSource> {
  if (!backup) return resolveSource(database, { kind: "bookmark", bookmark: to.bookmark });
  const resolved = await resolveBackup(metadata(), database, backup.id);
  if (resolved.backup.sha256 !== backup.sha256) throw staleDigest();
  return resolved;
}

type SpentApproval = {
  approvalId: string;
  digest: string;
  draft: RestoreDraft | null;
  cutover?: CutoverDraft | null;
  erasure?: ErasurePlan | null;
};

/**
 * Uses an approval up and writes what it allows, in one transaction: of any number of attempts at once one does, the
 * others are `conflict`. Where a restore is open already nothing is used up.
 * @param draft of a restore; null for what needs no agent
 */
export async function spendApproval(
  ctx: CallContext,
  namespace: string,
  { approvalId, digest, draft, cutover = null, erasure = null }: SpentApproval,
): Promise<void> {
  await perform(ctx, "approval.run", { namespace }, async ({ db, principal, note }) => {
    const row = await findApproval(db, principal, approvalId);
    const facts = { databaseId: row.databaseId, kind: row.kind, digest: row.digest };
    note({ kind: "approval", id: row.id }, facts);
    requireRequester(principal, row);
    const payload = readPayload(row);
    requireScopesOf(principal, payload);
    await requireConfirmed(ctx, db);
    const judged = await judgeApproval(db, row);
    requireRunnable(judged, digest);
    const restoreId = draft || cutover ? randomUUID() : null;
    const { count } = await db.approvalRequest.updateMany({
      where: { id: row.id, version: row.version, status: "approved" },
      data: { status: "used", restoreId, endedAtMs: nowMs(), openKey: null, version: { increment: 1 } },
    });
    if (count !== 1) throw new LastgoodError("conflict", "It changed just now.", { hint: "Look at it again." });
    const approvedBy = countApprovals(toRequestFacts(row), toVerdicts(row), judged.bound).map(({ name }) => name);
    note(null, { ...facts, approvedBy, ...(restoreId !== null && { restoreId }) });
    const started = await writeAllowed(db, principal, judged, { payload, draft, cutover, erasure, restoreId });
    await writeAuditEntry(db, ctx, {
      action: payload.kind,
      outcome: "done",
      namespaceId: row.namespaceId,
      actorName: principal.name,
      target: started.target,
      detail: { ...started.detail, databaseId: row.databaseId, approvalId: row.id, approvedBy },
    });
  }).catch((error: unknown) => {
    const written = draft?.database ?? cutover?.project;
    throw written && isUniqueViolation(error) ? restoreConflict(written) : error;
  });
}

type Allowed = Required<Pick<SpentApproval, "draft" | "cutover" | "erasure">> & {
  payload: ApprovalPayload;
  restoreId: string | null;
};

async function writeAllowed(
  tx: MetadataTransaction,
  principal: Principal,
  { row, bound: { policy } }: JudgedApproval,
  { payload, draft, cutover, erasure, restoreId }: Allowed,
): Promise<{ target: { kind: string; id: string }; detail: Record<string, unknown> }> {
  const database: DatabaseRow = await findDatabase(tx, principal, row.databaseId);
  if (payload.kind === "policy.change") {
    const { after: rules } = payload;
    await writePolicy(tx, principal, { databaseId: database.id, rules, version: policy.version });
    return { target: { kind: "database", id: database.id }, detail: { before: policy.rules, after: rules } };
  }
  if (payload.kind === "database.delete") {
    await writeDeletion(tx, principal, database);
    return { target: { kind: "database", id: database.id }, detail: { name: database.name } };
  }
  if (payload.kind === "history.erase") {
    if (!erasure) throw staleDigest();
    const written = await writeErasure(tx, principal, database, {
      plan: erasure,
      reason: row.reason,
      approvalId: row.id,
    });
    const { beforeMs, includeBackups } = payload;
    return { target: { kind: "erasure", id: written.id }, detail: { name: database.name, beforeMs, includeBackups } };
  }
  if (payload.kind === "restore.cutover") {
    if (!cutover || restoreId === null || cutover.plan.to.bookmark !== payload.to.bookmark) throw staleDigest();
    requireHours(policy.rules, Number(nowMs()));
    const rest = { reason: row.reason, approvalId: row.id };
    await writeCutover(tx, principal, restoreId, cutover, { ...rest, around: NOTHING_AROUND });
    return {
      target: { kind: "restore", id: restoreId },
      detail: { to: payload.to.bookmark, previewId: payload.preview.id },
    };
  }
  if (!draft || restoreId === null || draft.resolved.bookmark !== payload.to.bookmark) throw staleDigest();
  requireHours(policy.rules, Number(nowMs()));
  await writeRestore(tx, principal, restoreId, draft, row.id);
  return { target: { kind: "restore", id: restoreId }, detail: { to: payload.to.bookmark } };
}

/** Refuses whatever is not approved, approved for something else, or over. */
function requireRunnable(judged: JudgedApproval, digest: string): void {
  requireLive(judged);
  const { row, judgement } = judged;
  if (digest !== row.digest) throw staleDigest();
  if (judgement.status === "approved") return;
  throw new LastgoodError("approval_required", "This request has not been approved yet.", {
    hint: "Wait until enough others have approved it.",
    approval: { id: row.id, status: judgement.status },
  });
}
