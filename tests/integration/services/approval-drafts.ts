import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import { type Bookmark, formatBookmark } from "../../../lib/domain/bookmark.ts";
import type { PolicyRules } from "../../../lib/domain/policy.ts";
import type { RestorePlan } from "../../../lib/domain/restore.ts";
import type { RestoreSource } from "../../../lib/domain/restore-source.ts";
import {
  type ApprovalDraft,
  type ApprovalPayload,
  digestRequest,
} from "../../../lib/services/approvals/approval-record.ts";
import { readPolicy, toPolicyColumns } from "../../../lib/services/policies/read-policy.ts";
import type { RestoreDraft } from "../../../lib/services/restores/create-restore.ts";

/*
 * What an agent would have answered, for tests in which none runs: requests and restores as they are about to be written
 * down. Everything behind that is the real thing.
 */

export const bookmarkOf = (txid: number): Bookmark =>
  formatBookmark({ txid, historyTag: "ab".repeat(8), recordTag: "cd".repeat(8) });
export const stateOf = (txid: number) => ({ bookmark: bookmarkOf(txid), timeMs: 1_795_000_000_000 + txid });

export function planOf(databaseId: string, txid: number): RestorePlan {
  return {
    databaseId,
    target: "project",
    to: stateOf(txid),
    from: stateOf(txid + 5),
    commits: 5,
    pages: 3,
    pageSizeBytes: 4096,
    estimateMs: 10,
    way: "append",
    digest: "d".repeat(64),
  };
}

export function restorePayload(
  txid: number,
  source?: RestoreSource,
): Extract<ApprovalPayload, { kind: "restore.project" }> {
  const to = stateOf(txid);
  return {
    kind: "restore.project",
    source: source ?? { kind: "bookmark", bookmark: to.bookmark },
    to,
    askedMs: null,
    undoOf: null,
  };
}

async function draftOf(databaseId: string, payload: ApprovalPayload, plan: ApprovalDraft["plan"]) {
  const { lastRestoreId } = await metadata().database.findUniqueOrThrow({ where: { id: databaseId } });
  const { version: policyVersion } = await readPolicy(metadata(), databaseId);
  return { databaseId, lastRestoreId, policyVersion, reason: "DELETE without WHERE", payload, plan };
}

/** A request for a restore to a commit. */
export function restoreRequest(databaseId: string, txid = 5, source?: RestoreSource): Promise<ApprovalDraft> {
  const payload = restorePayload(txid, source);
  const { kind, askedMs, undoOf } = payload;
  const plan = { kind, source: payload.source, askedMs, label: null, undoOf, plan: planOf(databaseId, txid) };
  return draftOf(databaseId, payload, plan);
}

/** A request for another policy. */
export function policyRequest(databaseId: string, before: PolicyRules, after: PolicyRules): Promise<ApprovalDraft> {
  const kind = "policy.change";
  return draftOf(databaseId, { kind, after }, { kind, before, after, looser: [] });
}

/** A restore with everything that an agent is asked for. */
export async function restoreDraft(databaseId: string, txid = 5, undoOf: string | null = null): Promise<RestoreDraft> {
  return {
    database: await metadata().database.findUniqueOrThrow({ where: { id: databaseId } }),
    sourceKind: undoOf === null ? "bookmark" : "undo",
    resolved: { ...stateOf(txid), askedMs: null, restorePointId: null, backup: null },
    plan: planOf(databaseId, txid),
    undoOf,
    reason: null,
  };
}

/** Sets a policy as it would stand there after its first change. */
export async function putPolicy(databaseId: string, rules: PolicyRules): Promise<void> {
  const columns = { ...toPolicyColumns(rules), updatedAtMs: 1n, updatedBy: "test" };
  await metadata().policy.upsert({
    where: { databaseId },
    create: { databaseId, ...columns, version: 1 },
    update: { ...columns, version: { increment: 1 } },
  });
}

/** A request of somebody that others can still decide on, straight into the metadata. */
export async function addRequest(namespaceId: string, databaseId: string, requestedBy: string): Promise<string> {
  const id = randomUUID();
  const draft = await restoreRequest(databaseId);
  const { payload, plan, reason, policyVersion, lastRestoreId } = draft;
  await metadata().approvalRequest.create({
    data: {
      id,
      namespaceId,
      databaseId,
      kind: payload.kind,
      payload: JSON.stringify(payload),
      plan: JSON.stringify(plan),
      digest: digestRequest(payload, { databaseId, policyVersion, lastRestoreId }),
      policyVersion,
      reason,
      status: "open",
      needed: 1,
      requestedBy,
      requestedByName: "somebody",
      createdAtMs: BigInt(Date.now()),
      approveUntilMs: BigInt(Date.now() + 3_600_000),
    },
  });
  return id;
}
