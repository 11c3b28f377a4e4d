import { randomUUID } from "node:crypto";
import type { ErasureBody, ErasureView } from "../../client/erasure-types.ts";
import { isUniqueViolation, type MetadataTransaction } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import type { ErasurePlan } from "../../domain/erasure.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireNoApproval } from "../approvals/approval-required.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { purgeTimeOf } from "../databases/bury-database.ts";
import { type DatabaseRow, findDatabase, requireConfirmation } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import type { OfDatabase } from "../history/read-history.ts";
import { createJob } from "../jobs/create-job.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { authorise, perform } from "../perform.ts";
import { draftErasure } from "./draft-erasure.ts";
import { tellErasure } from "./tell-erasure.ts";
import { toErasureView } from "./to-erasure-view.ts";

/** What purging history up to a moment would take; changes nothing. Throws as `draftErasure` does. */
export async function planErasure(
  ctx: CallContext,
  { namespace, database, beforeMs, includeBackups = false }: OfDatabase & ErasureBody,
): Promise<ErasurePlan> {
  const row = await authorise(ctx, "erasure.read", { namespace }, (db, principal) =>
    findDatabase(db, principal, database),
  );
  return draftErasure(row, { beforeMs, includeBackups });
}

/**
 * Announces that a database's history is purged up to a moment. It begins when the grace period is over, and can be cancelled until then.
 * Throws as `draftErasure` does, `approval_required` where the policy wants others to approve it, `confirmation_needed`,
 * `confirmation_mismatch`, and `conflict` while another one waits.
 */
export async function createErasure(
  ctx: CallContext,
  { namespace, database, beforeMs, includeBackups = false, confirmName, reason }: OfDatabase & ErasureBody,
): Promise<ErasureView> {
  const row = await authorise(ctx, "history.erase", { namespace }, (db, principal) =>
    findDatabase(db, principal, database),
  );
  const plan = await draftErasure(row, { beforeMs, includeBackups });
  return perform(ctx, "history.erase", { namespace }, async ({ db, principal, note }) => {
    const found = await findDatabase(db, principal, row.id);
    note(
      { kind: "database", id: found.id },
      { name: found.name, beforeMs, includeBackups, begins: plan.begins.bookmark },
    );
    requireConfirmation(found, confirmName);
    await requireConfirmed(ctx, db);
    await requireNoApproval(db, principal, found, "history.erase");
    const written = await writeErasure(db, principal, found, { plan, reason: reason ?? null, approvalId: null });
    note(null, { erasureId: written.id, runAfterMs: Number(written.runAfterMs) });
    return toErasureView(written);
  })
    .catch((error: unknown) => {
      throw isUniqueViolation(error) ? alreadyWaiting(row) : error;
    })
    .then(async (view) => {
      if (plan.more?.isTaken === false) await wakeAgent(row);
      return view;
    });
}

/** Writes an erasure down and tells of it, within the caller's transaction; the caller has asked the policy. */
export async function writeErasure(
  tx: MetadataTransaction,
  by: Principal,
  database: DatabaseRow,
  { plan, reason, approvalId }: { plan: ErasurePlan; reason: string | null; approvalId: string | null },
) {
  if (await tx.erasure.findUnique({ where: { openKey: database.id } })) throw alreadyWaiting(database);
  const now = await storeNowMs(tx);
  const row = await tx.erasure.create({
    data: {
      id: randomUUID(),
      databaseId: database.id,
      openKey: database.id,
      beforeMs: BigInt(plan.beforeMs),
      bookmark: plan.begins.bookmark,
      timeMs: BigInt(plan.begins.timeMs),
      includeBackups: plan.backups.included,
      plan: JSON.stringify(plan),
      reason,
      approvalId,
      status: "waiting",
      runAfterMs: purgeTimeOf(now),
      requestedBy: by.userId,
      requestedByName: by.name,
      createdAtMs: now,
    },
  });
  await tellErasure(tx, row, database);
  // The sooner the base backup is taken that the history will begin with, the less goes beyond what was asked for.
  if (plan.more?.isTaken === false) {
    const owner = { agentId: database.agentId, databaseId: null };
    await createJob(tx, owner, { kind: "erasure.prepare", payload: { erasureId: row.id } });
  }
  return row;
}

function alreadyWaiting({ name }: DatabaseRow): LastgoodError {
  return new LastgoodError("conflict", `An erasure of ${name}'s history waits or runs already.`, {
    hint: "Cancel it first, or wait until it has ended.",
  });
}
