import { randomUUID } from "node:crypto";
import type { ApprovalView } from "../../client/approval-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { authorise, perform } from "../perform.ts";
import type { ApprovalDraft } from "./approval-record.ts";
import { readPayload } from "./approval-record.ts";
import { draftApproval } from "./draft-approval.ts";
import { findApproval, requireRequester } from "./find-approval.ts";
import { readApproval } from "./get-approval.ts";
import { judgeApproval } from "./judge-approval.ts";
import { writeRequest } from "./request-approval.ts";
import { requireLive } from "./require-live.ts";
import { endedColumns, settleOne } from "./settle-approvals.ts";

export type ChangeApprovalInput = {
  namespace: string;
  approvalId: string;
  /** The moment to go back to instead. */
  source: RestoreSource;
  /** Without one the old reason stays. */
  reason?: string | undefined;
};

/**
 * Asks for another moment instead. What was approved was the old one: that request becomes void, whatever approvals it
 * had, and a new one begins.
 */
export async function changeApproval(ctx: CallContext, input: ChangeApprovalInput): Promise<ApprovalView> {
  const { namespace, approvalId, source, reason } = input;
  const { row, database } = await authorise(ctx, "approval.request", { namespace }, async (db, principal) => {
    const found = await findApproval(db, principal, approvalId);
    requireRequester(principal, found);
    if (found.kind !== "restore.project") throw noMoment();
    return { row: found, database: await findDatabase(db, principal, found.databaseId) };
  });
  requireLive(await settleOne(ctx, row));
  const body = toBody(source);
  const draft = await draftApproval(database, { kind: "restore.project", reason: reason ?? row.reason, ...body });
  return replaceRequest(ctx, namespace, row.id, draft);
}

/** Voids a request and writes the one that takes its place, in one transaction. */
export async function replaceRequest(
  ctx: CallContext,
  namespace: string,
  replaces: string,
  draft: ApprovalDraft,
): Promise<ApprovalView> {
  const id = randomUUID();
  const by = await perform(ctx, "approval.request", { namespace }, async ({ db, principal, note }) => {
    const row = await findApproval(db, principal, replaces);
    note({ kind: "approval", id: row.id }, { databaseId: row.databaseId, kind: row.kind, digest: row.digest });
    requireRequester(principal, row);
    requireLive(await judgeApproval(db, row));
    if (isSameMoment(readPayload(row), draft.payload)) throw sameMoment();
    const because = "The moment was changed.";
    const { count } = await db.approvalRequest.updateMany({
      where: { id: row.id, version: row.version },
      data: endedColumns({ status: "void", because }, nowMs()),
    });
    if (count === 0) throw new LastgoodError("conflict", "It changed just now.", { hint: "Look at it again." });
    const voided = { id: row.id, digest: row.digest, because };
    note({ kind: "approval", id }, { ...(await writeRequest(db, principal, { id, draft, replaces: row.id })), voided });
    return principal;
  });
  return readApproval(by, id);
}

function toBody(source: RestoreSource) {
  if (source.kind === "snapshot") return { snapshotId: source.snapshotId };
  if (source.kind === "bookmark") return { bookmark: source.bookmark };
  if (source.kind === "backup") return { backupKey: source.backupKey };
  return { timestamp: source.timestampMs };
}

function isSameMoment(a: ApprovalDraft["payload"], b: ApprovalDraft["payload"]): boolean {
  return (
    a.kind === "restore.project" &&
    b.kind === "restore.project" &&
    a.to.bookmark === b.to.bookmark &&
    a.backup?.id === b.backup?.id
  );
}

function noMoment(): LastgoodError {
  return new LastgoodError("conflict", "This request names no moment.", { hint: "Withdraw it and ask anew." });
}

function sameMoment(): LastgoodError {
  return new LastgoodError("conflict", "That is the moment it asks for already.", {
    hint: "Nothing was changed; what was approved still counts.",
  });
}
