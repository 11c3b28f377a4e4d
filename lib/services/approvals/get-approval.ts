import type { ApprovalsView, ApprovalView } from "../../client/approval-types.ts";
import { type MetadataReader, metadata } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { isLive } from "../../domain/approval.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../find-principal.ts";
import { A_PAGE, NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { APPROVAL_INCLUDE } from "./approval-record.ts";
import { approvalsVisibleTo, findApproval } from "./find-approval.ts";
import { type JudgedApproval, judgeApproval, judgeApprovals } from "./judge-approval.ts";
import { settleApprovals } from "./settle-approvals.ts";
import { toApprovalViews } from "./to-approval-view.ts";

/** Ended requests that the inbox shows. */
const ENDED_SHOWN = 50;
const LIVE_STATUS = { in: ["open", "approved"] };

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

/** The namespace's inbox: all that are live first, then the newest of those that have ended. */
export async function listApprovals(ctx: CallContext, of: { namespace: string }): Promise<ApprovalsView> {
  const pages = await readEveryPage((after) => pageApprovals(ctx, { ...of, filter: "live", after }));
  const { approvals: ended } = await pageApprovals(ctx, { ...of, filter: "ended", limit: ENDED_SHOWN });
  const approvals = [...pages.flatMap((page) => page.approvals), ...ended];
  return { approvals, waiting: pages[0].waiting, next: null };
}

/** A page of a namespace's requests, newest first; `next` is what `after` takes for the one after it. */
export async function pageApprovals(
  ctx: CallContext,
  {
    namespace,
    filter = "all",
    after,
    limit = A_PAGE,
  }: { namespace: string; filter?: ApprovalFilter | undefined } & PageInput,
): Promise<ApprovalsView> {
  const found = await perform(ctx, "approval.read", { namespace }, async ({ db, principal }) => {
    // Whether a request is live is judged as of now, whatever was written down.
    const live = await judgeApprovals(db, await findRows(db, principal, { AND: [{ status: LIVE_STATUS }] }));
    const page = openPage(["approvals", principal.namespace.id, filter], { after, limit }, NEWEST_FIRST);
    const where = { AND: [whereOf(filter, live), page.behind] };
    const { rows, next } = page.close(await findRows(db, principal, where, page.take));
    const known = new Map(live.map((one) => [one.row.id, one]));
    const others = await judgeApprovals(
      db,
      rows.filter(({ id }) => !known.has(id)),
    );
    for (const one of others) known.set(one.row.id, one);
    const shown = rows.flatMap(({ id }) => known.get(id) ?? []);
    const waiting = (await toApprovalViews(db, principal, live)).filter((view) => view.mayApprove || view.mayRun);
    const approvals = await toApprovalViews(db, principal, shown);
    return { judged: [...known.values()], answer: { approvals, waiting: waiting.length, next } };
  });
  await settleApprovals(ctx, found.judged);
  return found.answer;
}

/** Which rows a filter asks for, where `live` are those that were live when they were last written. */
function whereOf(filter: ApprovalFilter, live: readonly JudgedApproval[]): Prisma.ApprovalRequestWhereInput {
  const over = live.flatMap(({ row, judgement }) => (isLive(judgement.status) ? [] : row.id));
  if (filter === "live") return { status: LIVE_STATUS, id: { notIn: over } };
  return filter === "ended" ? { OR: [{ NOT: { status: LIVE_STATUS } }, { id: { in: over } }] } : {};
}

function findRows(
  db: MetadataReader,
  principal: Principal,
  where: { AND: Prisma.ApprovalRequestWhereInput[] },
  take?: number,
) {
  return db.approvalRequest.findMany({
    where: { ...approvalsVisibleTo(principal), ...where },
    include: APPROVAL_INCLUDE,
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
    ...(take !== undefined && { take }),
  });
}

/** One request as it stands, for whoever was authorised already. */
export async function readApproval(principal: Principal, approvalId: string): Promise<ApprovalView> {
  const row = await findApproval(metadata(), principal, approvalId);
  const [view] = await toApprovalViews(metadata(), principal, [await judgeApproval(metadata(), row)]);
  if (!view) throw new Error("a request that exists has a view");
  return view;
}
