import type { ApprovalView } from "../../client/approval-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { findApproval, requireRequester } from "./find-approval.ts";
import { readApproval } from "./get-approval.ts";
import { judgeApproval } from "./judge-approval.ts";
import { requireLive } from "./require-live.ts";
import { endedColumns } from "./settle-approvals.ts";

/** Takes one's own request back, approved or not. */
export async function withdrawApproval(
  ctx: CallContext,
  { namespace, approvalId }: { namespace: string; approvalId: string },
): Promise<ApprovalView> {
  const by = await perform(ctx, "approval.withdraw", { namespace }, async ({ db, principal, note }) => {
    const row = await findApproval(db, principal, approvalId);
    note({ kind: "approval", id: row.id }, { databaseId: row.databaseId, kind: row.kind, digest: row.digest });
    requireRequester(principal, row);
    requireLive(await judgeApproval(db, row));
    const { count } = await db.approvalRequest.updateMany({
      where: { id: row.id, version: row.version },
      data: endedColumns({ status: "withdrawn", because: `Withdrawn by ${principal.name}.` }, nowMs()),
    });
    if (count === 0) throw new LastgoodError("conflict", "It changed just now.", { hint: "Look at it again." });
    return principal;
  });
  return readApproval(by, approvalId);
}
