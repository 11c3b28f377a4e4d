import type { ApprovalsView, ApprovalView } from "../../client/approval-types.ts";
import { metadata } from "../../db/client.ts";
import { isLive } from "../../domain/approval.ts";
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../find-principal.ts";
import { perform } from "../perform.ts";
import { APPROVAL_INCLUDE } from "./approval-record.ts";
import { approvalsVisibleTo, findApproval } from "./find-approval.ts";
import { judgeApproval, judgeApprovals } from "./judge-approval.ts";
import { settleApprovals } from "./settle-approvals.ts";
import { toApprovalViews } from "./to-approval-view.ts";

const LIVE_LIMIT = 200;
const ENDED_LIMIT = 50;

/** Which requests to list: those that still may be run, those that have ended, or both. */
export const APPROVAL_FILTERS = ["live", "ended", "all"] as const;
export type ApprovalFilter = (typeof APPROVAL_FILTERS)[number];

/** One request as it stands now. */
export async function getApproval(
  ctx: CallContext,
  { namespace, approvalId }: { namespace: string; approvalId: string },
): Promise<ApprovalView> {
  const { judged, view } = await perform(ctx, "approval.read", { namespace }, async ({ db, principal }) => {
    const judged = await judgeApproval(db, await findApproval(db, principal, approvalId));
    const [view] = await toApprovalViews(db, principal, [judged]);
    return { judged, view };
  });
  await settleApprovals(ctx, [judged]);
  if (!view) throw new Error("a request that exists has a view");
  return view;
}

/** The namespace's inbox: those that are live first, then those that have ended, newest first; at most 250. */
export async function listApprovals(
  ctx: CallContext,
  { namespace, filter = "all" }: { namespace: string; filter?: ApprovalFilter },
): Promise<ApprovalsView> {
  const { judged, views } = await perform(ctx, "approval.read", { namespace }, async ({ db, principal }) => {
    const judged = await judgeApprovals(db, await findRows(principal));
    return { judged, views: await toApprovalViews(db, principal, judged) };
  });
  await settleApprovals(ctx, judged);
  const live = views.filter(({ status }) => isLive(status));
  const ended = views.filter(({ status }) => !isLive(status)).sort((a, b) => b.createdAtMs - a.createdAtMs);
  return {
    approvals: filter === "live" ? live : filter === "ended" ? ended : [...live, ...ended],
    waiting: live.filter(({ mayApprove, mayRun }) => mayApprove || mayRun).length,
  };
}

async function findRows(principal: Principal) {
  const query = { include: APPROVAL_INCLUDE, orderBy: [{ createdAtMs: "desc" as const }, { id: "desc" as const }] };
  const status = { in: ["open", "approved"] };
  const live = await metadata().approvalRequest.findMany({
    ...query,
    where: { ...approvalsVisibleTo(principal), status },
    take: LIVE_LIMIT,
  });
  const ended = await metadata().approvalRequest.findMany({
    ...query,
    where: { ...approvalsVisibleTo(principal), NOT: { status } },
    take: ENDED_LIMIT,
  });
  return [...live, ...ended];
}

/** One request as it stands, for whoever was authorised already. */
export async function readApproval(principal: Principal, approvalId: string): Promise<ApprovalView> {
  const row = await findApproval(metadata(), principal, approvalId);
  const [view] = await toApprovalViews(metadata(), principal, [await judgeApproval(metadata(), row)]);
  if (!view) throw new Error("a request that exists has a view");
  return view;
}
