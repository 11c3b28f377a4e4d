import type { ApprovalPlan, ApprovalRequestBody } from "../../client/approval-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { looserFields } from "../../domain/policy-change.ts";
import { parseRestoreSource, type RestoreSource } from "../../domain/restore-source.ts";
import { type DatabaseRow, requireProtected } from "../databases/find-database.ts";
import { draftErasure } from "../erasure/draft-erasure.ts";
import { type PolicyState, readPolicy } from "../policies/read-policy.ts";
import { findRestore } from "../restores/get-restore.ts";
import { draftCutover } from "../restores/plan-cutover.ts";
import { askForPlan } from "../restores/plan-restore.ts";
import { findRestorePoint, resolveSource } from "../restores/resolve-source.ts";
import type { ApprovalDraft, ApprovalPayload } from "./approval-record.ts";

/** Resolves what is asked for and makes the plan that requester and approvers will read. */
export async function draftApproval(row: DatabaseRow, ask: ApprovalRequestBody): Promise<ApprovalDraft> {
  const policy = await readPolicy(metadata(), row.id);
  const { payload, plan } = await resolveAsk(row, ask, policy);
  const { id: databaseId, lastRestoreId } = row;
  return { databaseId, lastRestoreId, policyVersion: policy.version, reason: ask.reason, payload, plan };
}

async function resolveAsk(
  row: DatabaseRow,
  ask: ApprovalRequestBody,
  { rules: before }: PolicyState,
): Promise<{ payload: ApprovalPayload; plan: ApprovalPlan }> {
  const { kind } = ask;
  if (kind === "database.delete") return { payload: { kind }, plan: { kind } };
  if (kind === "history.erase") {
    const { beforeMs, includeBackups } = ask;
    return { payload: { kind, beforeMs, includeBackups }, plan: { kind, plan: await draftErasure(row, ask) } };
  }
  if (kind === "policy.change") {
    const after = ask.rules;
    return { payload: { kind, after }, plan: { kind, before, after, looser: looserFields(before, after) } };
  }
  if (kind === "restore.cutover") return resolveCutover(row, ask.previewId);
  requireProtected(row);
  const undoOf = "undoOf" in ask ? ask.undoOf : null;
  const source: RestoreSource =
    undoOf === null
      ? parseRestoreSource(ask as Parameters<typeof parseRestoreSource>[0])
      : { kind: "bookmark", bookmark: await findPreviousBookmark(row, undoOf) };
  const resolved = await resolveSource(row, source);
  const plan = await askForPlan(row, resolved);
  if (plan.commits === 0) {
    throw new LastgoodError("conflict", `${row.name} is in that state now: nothing would change.`, {
      hint: "Choose an earlier moment.",
    });
  }
  const { askedMs, bookmark, timeMs, backup } = resolved;
  const label = source.kind === "snapshot" ? (await findRestorePoint(metadata(), row, source.snapshotId)).label : null;
  return {
    payload: { kind, source, to: { bookmark, timeMs }, askedMs, undoOf, ...(backup && { backup }) },
    plan: { kind, source, askedMs, label, undoOf, plan, ...(backup && { backup: backup.key }) },
  };
}

/** The preview's state of now: what is written to it later is not part of what is approved. */
async function resolveCutover(project: DatabaseRow, previewId: string) {
  const found = await metadata().database.findFirst({
    where: { id: previewId.toLowerCase(), parentId: project.id, kind: "preview", deletedAtMs: null },
  });
  if (!found) {
    throw new LastgoodError("not_found", `${project.name} has no such preview.`, { hint: "List its previews." });
  }
  const { plan, base } = await draftCutover(project, found, null);
  const preview = { id: found.id, name: found.name };
  const { bookmark, timeMs } = plan.to;
  return {
    payload: { kind: "restore.cutover" as const, preview, to: { bookmark, timeMs } },
    plan: { kind: "restore.cutover" as const, preview, base, plan },
  };
}

async function findPreviousBookmark(row: DatabaseRow, restoreId: string): Promise<string> {
  const restore = await findRestore(metadata(), row, restoreId);
  if (restore.status === "completed" && restore.previousBookmark !== null) return restore.previousBookmark;
  throw new LastgoodError("conflict", "Only a completed restore can be undone.", {
    hint: "This one changed nothing, or has not ended yet.",
  });
}
