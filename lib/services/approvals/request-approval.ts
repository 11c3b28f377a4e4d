import { randomUUID } from "node:crypto";
import type { ApprovalRequestBody, ApprovalView } from "../../client/approval-types.ts";
import { isUniqueViolation, type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { roleMay } from "../../domain/actions.ts";
import { type ApprovalKind, approversFor } from "../../domain/approval.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { neededApprovals } from "../../domain/policy.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireWritable } from "../databases/find-database.ts";
import { emitEvent } from "../events/emit-event.ts";
import type { Principal } from "../find-principal.ts";
import { authorise, perform } from "../perform.ts";
import { listPeople } from "../policies/list-people.ts";
import { readPolicy } from "../policies/read-policy.ts";
import { APPROVAL_INCLUDE, type ApprovalDraft, digestRequest, isRestoring } from "./approval-record.ts";
import { draftApproval } from "./draft-approval.ts";
import { readApproval } from "./get-approval.ts";
import { rightToAsk } from "./judge-approval.ts";
import { settleOne } from "./settle-approvals.ts";

/**
 * Asks others to allow what the caller may not do alone. Nothing starts: once enough have approved, the caller runs it.
 * Throws `conflict` where no approval is needed, none could ever be given, or the caller has a live request of that kind.
 */
export async function requestApproval(
  ctx: CallContext,
  { namespace, database, ask }: { namespace: string; database: string; ask: ApprovalRequestBody },
): Promise<ApprovalView> {
  const row = await authorise(ctx, "approval.request", { namespace }, async (db, principal) => {
    const found = await findDatabase(db, principal, database);
    requireRightToAsk(principal, ask.kind);
    await requireWritable(db, principal, found);
    return found;
  });
  return fileRequest(ctx, namespace, await draftApproval(row, ask));
}

/** Writes a request down. */
export async function fileRequest(ctx: CallContext, namespace: string, draft: ApprovalDraft): Promise<ApprovalView> {
  const id = randomUUID();
  await settleEarlier(ctx, draft);
  const by = await perform(ctx, "approval.request", { namespace }, async ({ db, principal, note }) => {
    note({ kind: "approval", id }, await writeRequest(db, principal, { id, draft, replaces: null }));
    return principal;
  }).catch((error: unknown) => {
    throw isUniqueViolation(error) ? alreadyAsked() : error;
  });
  return readApproval(by, id);
}

/** An earlier request of the caller that has ended by itself, which nobody has noticed yet, is not in the way of this one. */
async function settleEarlier(ctx: CallContext, { databaseId, payload }: ApprovalDraft): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== "user" && actor.kind !== "token") return;
  const openKey = openKeyOf(databaseId, payload.kind, actor.userId);
  const row = await metadata().approvalRequest.findUnique({ where: { openKey }, include: APPROVAL_INCLUDE });
  if (row) await settleOne(ctx, row);
}

/** One live request for each database, kind and requester. */
const openKeyOf = (databaseId: string, kind: ApprovalKind, userId: string) => `${databaseId}:${kind}:${userId}`;

/** One row, within the caller's transaction. Answers what belongs into the audit log. */
export async function writeRequest(
  tx: MetadataTransaction,
  principal: Principal,
  { id, draft, replaces }: { id: string; draft: ApprovalDraft; replaces: string | null },
): Promise<Record<string, unknown>> {
  const { kind } = draft.payload;
  const database = await findDatabase(tx, principal, draft.databaseId);
  requireRightToAsk(principal, kind);
  await requireWritable(tx, principal, database);
  if (isRestoring(draft.payload) && database.lastRestoreId !== draft.lastRestoreId) throw planChanged(database);
  const { rules, version } = await readPolicy(tx, database.id);
  if (version !== draft.policyVersion) throw policyChanged();
  const needed = neededApprovals(rules, principal.role);
  if (needed === 0) throw noneNeeded(database, kind);
  const possible = approversFor(principal.userId, {
    rules,
    people: await listPeople(tx, principal.namespace.id),
  }).length;
  if (possible < needed) throw neverPossible(needed, possible, rules.approvers !== null);
  const now = nowMs();
  const digest = digestRequest(draft.payload, {
    databaseId: database.id,
    policyVersion: version,
    lastRestoreId: database.lastRestoreId,
  });
  await tx.approvalRequest.create({
    data: {
      id,
      namespaceId: principal.namespace.id,
      databaseId: database.id,
      kind,
      payload: JSON.stringify(draft.payload),
      plan: JSON.stringify(draft.plan),
      digest,
      policyVersion: version,
      reason: draft.reason,
      status: "open",
      needed,
      requestedBy: principal.userId,
      requestedByName: principal.name,
      createdAtMs: now,
      approveUntilMs: now + BigInt(rules.approveWithinMs),
      replaces,
      openKey: openKeyOf(database.id, kind, principal.userId),
    },
  });
  await emitEvent(tx, {
    namespaceId: principal.namespace.id,
    databaseId: database.id,
    type: "approval.requested",
    data: {
      approval: {
        id,
        kind,
        reason: draft.reason,
        requested_by: principal.name,
        approvals_needed: needed,
        approve_until: new Date(Number(now) + rules.approveWithinMs).toISOString(),
        replaces,
      },
      database: { id: database.id, name: database.name },
    },
  });
  return {
    databaseId: database.id,
    kind,
    digest,
    needed,
    reason: draft.reason,
    ...(replaces !== null && { replaces }),
  };
}

/** Asking for a looser policy or a deletion takes the right to do it; asking for a restore takes a member. */
function requireRightToAsk(principal: Principal, kind: ApprovalKind): void {
  if (roleMay(principal.role, rightToAsk(kind))) return;
  throw new LastgoodError("forbidden", `Your role, ${principal.role}, does not include asking for ${kind}.`, {
    hint: "Ask an owner or admin of this namespace.",
  });
}

function planChanged(database: DatabaseRow): LastgoodError {
  return new LastgoodError("conflict", `${database.name} was restored while the plan was made.`, {
    hint: "Look at the plan again, then ask.",
  });
}

function policyChanged(): LastgoodError {
  return new LastgoodError("conflict", "The policy was changed while the plan was made.", {
    hint: "Look at the policy again, then ask.",
  });
}

function alreadyAsked(): LastgoodError {
  return new LastgoodError("conflict", "You have asked for this already, and it has not ended yet.", {
    hint: "Change or withdraw that request; it is in your inbox.",
  });
}

function noneNeeded(database: DatabaseRow, kind: ApprovalKind): LastgoodError {
  const what = {
    "restore.project": "restore",
    "restore.cutover": "cut over",
    "policy.change": "change the policy of",
    "database.delete": "delete",
    "history.erase": "erase history of",
  };
  return new LastgoodError("conflict", `You may ${what[kind]} ${database.name} without an approval.`, {
    hint: "Do it directly; nothing was asked.",
  });
}

function neverPossible(needed: number, possible: number, isNamed: boolean): LastgoodError {
  const there = possible === 0 ? "nobody else" : `${possible} other${possible === 1 ? "" : "s"}`;
  return new LastgoodError(
    "conflict",
    `This takes ${needed} approval${needed === 1 ? "" : "s"}, and ${there} may give one.`,
    {
      hint: isNamed
        ? "Bring the named approvers back, as owners or admins of this namespace."
        : "Invite another owner or admin first.",
      needed,
      possible,
    },
  );
}
