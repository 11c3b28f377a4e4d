import type { ApprovalView } from "../../client/approval-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { nowMs, toNumber } from "../../db/epoch-ms.ts";
import { roleMay } from "../../domain/actions.ts";
import { type ApprovalKind, countApprovals, isLive, neededNow } from "../../domain/approval.ts";
import { mayApprove } from "../../domain/policy.ts";
import { beginOf } from "../../domain/policy-hours.ts";
import type { Principal } from "../find-principal.ts";
import { readPlan, toRequestFacts, toVerdicts } from "./approval-record.ts";
import type { JudgedApproval } from "./judge-approval.ts";

/** Requests as routes and pages show them to the caller, in the order given, each as it stands now. */
export async function toApprovalViews(
  db: MetadataReader,
  principal: Principal,
  judged: readonly JudgedApproval[],
): Promise<ApprovalView[]> {
  const replacements = await db.approvalRequest.findMany({
    where: { replaces: { in: judged.map(({ row }) => row.id) } },
    select: { id: true, replaces: true },
  });
  const replacedBy = new Map(replacements.map(({ id, replaces }) => [replaces, id]));
  return judged.map((one) => toView(principal, one, replacedBy.get(one.row.id) ?? null));
}

function toView(
  principal: Principal,
  { row, judgement, bound }: JudgedApproval,
  replacedBy: string | null,
): ApprovalView {
  const facts = toRequestFacts(row);
  const now = Number(nowMs());
  const live = isLive(judgement.status);
  // Whoever may approve by now says nothing about a request that has ended: what was given then stands.
  const verdicts = toVerdicts(row);
  const counting = live ? countApprovals(facts, verdicts, bound) : verdicts.filter((one) => one.verdict === "approve");
  const counted = new Set(counting.map(({ userId }) => userId));
  const isMine = row.requestedBy === principal.userId;
  const mayJudge = live && !isMine && roleMay(principal.role, "approval.decide") && mayApprove(bound.rules, principal);
  const mine = row.decisions.find(({ userId }) => userId === principal.userId);
  return {
    id: row.id,
    kind: row.kind as ApprovalKind,
    databaseId: row.databaseId,
    databaseName: row.database.name,
    status: judgement.status,
    because: judgement.because,
    reason: row.reason,
    requestedBy: row.requestedByName,
    isMine,
    needed: live ? neededNow(facts, bound) : row.needed,
    approved: counted.size,
    decisions: [...row.decisions]
      .sort((a, b) => Number(a.timeMs - b.timeMs))
      .map(({ userId, userName, verdict, comment, timeMs }) => ({
        by: userName,
        isMine: userId === principal.userId,
        verdict: verdict as "approve" | "refuse",
        comment,
        timeMs: toNumber(timeMs),
        counts: verdict === "refuse" || counted.has(userId),
      })),
    mayApprove: mayJudge && judgement.status === "open" && mine === undefined,
    mayRefuse: mayJudge,
    mayRun: judgement.status === "approved" && isMine,
    plan: readPlan(row),
    digest: row.digest,
    createdAtMs: toNumber(row.createdAtMs),
    approveUntilMs: toNumber(row.approveUntilMs),
    approvedAtMs: toNumber(row.approvedAtMs),
    runUntilMs: toNumber(row.runUntilMs),
    endedAtMs: toNumber(row.endedAtMs),
    ...beginOf(bound.rules.hours, now),
    replaces: row.replaces,
    replacedBy,
    restoreId: row.restoreId,
  };
}
