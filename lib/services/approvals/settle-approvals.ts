import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { isLive, type Judgement } from "../../domain/approval.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import { type CallContext, systemContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import { APPROVAL_INCLUDE, type ApprovalRow } from "./approval-record.ts";
import { type JudgedApproval, judgeApproval } from "./judge-approval.ts";

/** The columns of a request that has ended. */
export function endedColumns({ status, because }: Judgement, endedAtMs: bigint) {
  return { status, endedBecause: because, endedAtMs, openKey: null, version: { increment: 1 } } as const;
}

/**
 * Writes down that requests have expired or become void, once each, and in the audit log. Whether they count is judged
 * anew wherever it matters: this only makes rows tell what is so already.
 */
export async function settleApprovals(ctx: CallContext, judged: readonly JudgedApproval[]): Promise<void> {
  for (const { row, judgement } of judged) {
    if (!isLive(judgement.status) && judgement.status !== row.status) await settleApproval(ctx, row.id);
  }
}

async function settleApproval(ctx: CallContext, approvalId: string): Promise<void> {
  try {
    await transact(async (tx) => {
      const row = await tx.approvalRequest.findUnique({ where: { id: approvalId }, include: APPROVAL_INCLUDE });
      if (!row) return;
      const { judgement } = await judgeApproval(tx, row);
      if (isLive(judgement.status) || judgement.status === row.status) return;
      const { count } = await tx.approvalRequest.updateMany({
        where: { id: row.id, version: row.version, status: row.status },
        data: endedColumns(judgement, endOf(row, judgement)),
      });
      if (count === 0) return;
      await writeAuditEntry(tx, systemContext(ctx.origin.requestId), {
        action: `approval.${judgement.status}`,
        outcome: "done",
        namespaceId: row.namespaceId,
        actorName: null,
        target: { kind: "approval", id: row.id },
        detail: { databaseId: row.databaseId, kind: row.kind, digest: row.digest, because: judgement.because },
      });
    });
  } catch (error) {
    // Whoever looks next writes it down; nothing depends on it.
    if (!(error instanceof LastgoodError) || error.code !== "metadata_unavailable") throw error;
  }
}

/** A clock ends a request when it runs out, everything else when it is seen. */
function endOf(row: ApprovalRow, { status }: Judgement): bigint {
  if (status !== "expired") return nowMs();
  return (row.status === "open" ? row.approveUntilMs : row.runUntilMs) ?? nowMs();
}

/** Judges a request and writes down its end where it has come to one. */
export async function settleOne(ctx: CallContext, row: ApprovalRow): Promise<JudgedApproval> {
  const judged = await judgeApproval(metadata(), row);
  await settleApprovals(ctx, [judged]);
  return judged;
}
