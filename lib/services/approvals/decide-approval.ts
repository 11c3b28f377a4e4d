import type { ApprovalView } from "../../client/approval-types.ts";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { countApprovals, neededNow, type Verdict } from "../../domain/approval.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { mayApprove } from "../../domain/policy.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../find-principal.ts";
import { authorise, perform } from "../perform.ts";
import { APPROVAL_INCLUDE, type ApprovalRow, toRequestFacts, toVerdicts } from "./approval-record.ts";
import { findApproval } from "./find-approval.ts";
import { readApproval } from "./get-approval.ts";
import { type JudgedApproval, judgeApproval } from "./judge-approval.ts";
import { requireLive, staleDigest } from "./require-live.ts";
import { endedColumns, settleOne } from "./settle-approvals.ts";

export type DecideApprovalInput = {
  namespace: string;
  approvalId: string;
  verdict: Verdict;
  comment?: string | undefined;
  /** Of the request as it was read. */
  digest: string;
};

/**
 * Allows or refuses what somebody else asks for. Approving starts nothing. One refusal ends the request, also after it
 * was approved and until it is run. Only a person decides, never their API token; nobody decides on their own request.
 */
export async function decideApproval(ctx: CallContext, input: DecideApprovalInput): Promise<ApprovalView> {
  const { namespace, approvalId, verdict, digest } = input;
  const comment = input.comment?.trim() || null;
  const found = await authorise(
    ctx,
    "approval.decide",
    { namespace, target: { kind: "approval", id: approvalId } },
    async (db, principal) => {
      const row = await findApproval(db, principal, approvalId);
      requireDecider(ctx, principal, row);
      return { row, principal };
    },
  );
  if (verdict === "refuse" && comment === null) throw commentNeeded();
  await settleOne(ctx, found.row);
  await perform(ctx, "approval.decide", { namespace }, async ({ db, principal, note }) => {
    const row = await findApproval(db, principal, approvalId);
    note({ kind: "approval", id: row.id }, { databaseId: row.databaseId, kind: row.kind, verdict, comment, digest });
    requireDecider(ctx, principal, row);
    await requireConfirmed(ctx, db);
    const judged = await judgeApproval(db, row);
    if (!mayApprove(judged.bound.rules, principal)) throw notAnApprover(judged);
    requireLive(judged);
    if (digest !== row.digest) throw staleDigest();
    await writeVerdict(db, principal, judged, { verdict, comment, digest });
  });
  return readApproval(found.principal, approvalId);
}

async function writeVerdict(
  tx: MetadataTransaction,
  principal: Principal,
  { row, bound }: JudgedApproval,
  { verdict, comment, digest }: { verdict: Verdict; comment: string | null; digest: string },
): Promise<void> {
  const mine = row.decisions.find(({ userId }) => userId === principal.userId);
  if (verdict === "approve" && (mine || row.status !== "open")) throw alreadyDecided(row, mine !== undefined);
  const now = nowMs();
  const decision = { userName: principal.name, verdict, comment, digest, timeMs: now };
  const key = { requestId: row.id, userId: principal.userId };
  await tx.approvalDecision.upsert({
    where: { requestId_userId: key },
    create: { ...key, ...decision },
    update: decision,
  });
  if (verdict === "refuse") {
    const because = `Refused by ${principal.name}: ${comment}`;
    return advance(tx, row, endedColumns({ status: "refused", because }, now));
  }
  const after = await tx.approvalRequest.findUniqueOrThrow({ where: { id: row.id }, include: APPROVAL_INCLUDE });
  const facts = toRequestFacts(after);
  const isEnough = countApprovals(facts, toVerdicts(after), bound).length >= neededNow(facts, bound);
  const runUntilMs = now + BigInt(bound.rules.runWithinMs);
  // The version moves with every verdict, so that of two at once neither is counted without the other.
  await advance(tx, row, {
    version: { increment: 1 },
    ...(isEnough && { status: "approved", approvedAtMs: now, runUntilMs }),
  });
}

type Columns = Parameters<MetadataTransaction["approvalRequest"]["updateMany"]>[0]["data"];

async function advance(tx: MetadataTransaction, row: ApprovalRow, data: Columns): Promise<void> {
  const { count } = await tx.approvalRequest.updateMany({ where: { id: row.id, version: row.version }, data });
  if (count === 1) return;
  throw new LastgoodError("conflict", "Somebody else decided at the same moment.", {
    hint: "Look at the request again.",
  });
}

/** A person with a session of their own, and not the one who asks. */
function requireDecider({ actor }: CallContext, principal: Principal, row: ApprovalRow): void {
  if (actor.kind !== "user") {
    throw new LastgoodError("forbidden", "An API token may not decide on approval requests.", {
      hint: "Sign in to the console: what two people must allow is for people.",
    });
  }
  if (row.requestedBy === principal.userId) {
    throw new LastgoodError("forbidden", "You cannot decide on your own request.", {
      hint: "Somebody else has to; you may withdraw it.",
    });
  }
}

function notAnApprover({ bound: { rules } }: JudgedApproval): LastgoodError {
  return new LastgoodError("forbidden", "You are not among those who may approve this.", {
    hint:
      rules.approvers === null
        ? "The policy of this database leaves it to its owners."
        : "The policy of this database names its approvers.",
  });
}

function alreadyDecided(row: ApprovalRow, isMine: boolean): LastgoodError {
  const cause = isMine && row.status === "open" ? "You have decided on this already." : "It is approved already.";
  return new LastgoodError("conflict", cause, { hint: "You may still refuse it until it is run." });
}

function commentNeeded(): LastgoodError {
  return new LastgoodError("invalid_input", "A refusal needs a comment.", {
    field: "comment",
    hint: "Say why, so that the next request can be better.",
  });
}
