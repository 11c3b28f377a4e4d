import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { nextWaitMs } from "../../domain/retry-plan.ts";
import { TEST_TYPE } from "../../domain/webhook.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import { cancelPending } from "./cancel-pending.ts";
import type { ClaimedDelivery } from "./claim-deliveries.ts";
import type { AttemptOutcome } from "./send-delivery.ts";

const GONE = 410;

/**
 * Writes an attempt down and what follows: delivered; tried again later; given up after about three days; switched off where the
 * receiver said that it is gone. A test is tried once. Answers false where somebody else has the delivery by now, or it
 * was cancelled: then whoever has it writes down what it does.
 */
export function recordAttempt(
  ctx: CallContext,
  delivery: ClaimedDelivery,
  outcome: AttemptOutcome,
  chance = Math.random(),
): Promise<boolean> {
  return transact(async (tx) => {
    const { id, version, leaseOwner } = delivery;
    const row = await tx.webhookDelivery.findFirst({ where: { id, version, leaseOwner, status: "pending" } });
    if (!row) return false;
    const n = row.attempts + 1;
    const { timeMs, durationMs, status, error, answer } = outcome;
    await tx.webhookAttempt.create({
      data: { deliveryId: id, n, timeMs: BigInt(timeMs), durationMs, status, error, answer },
    });
    const waitMs =
      error === null || status === GONE || isTest(delivery) ? null : nextWaitMs(n, outcome.retryAfterMs, chance);
    const now = nowMs();
    await tx.webhookDelivery.update({
      where: { id },
      data: {
        attempts: n,
        status: error === null ? "delivered" : waitMs === null ? "failed" : "pending",
        nextAtMs: waitMs === null ? null : now + BigInt(waitMs),
        endedAtMs: waitMs === null ? now : null,
        leaseOwner: null,
        leaseUntilMs: null,
        version: { increment: 1 },
      },
    });
    if (status === GONE) await switchOff(tx, ctx, delivery);
    return true;
  });
}

const isTest = ({ event }: ClaimedDelivery) => event.type === TEST_TYPE;

async function switchOff(tx: MetadataTransaction, ctx: CallContext, { webhook }: ClaimedDelivery): Promise<void> {
  const problem = "The receiver answered 410: it is gone, and wants nothing more.";
  const { count } = await tx.webhook.updateMany({
    where: { id: webhook.id, active: true, deletedAtMs: null },
    data: { active: false, problem, updatedAtMs: nowMs(), version: { increment: 1 } },
  });
  if (count === 0) return;
  await cancelPending(tx, webhook.id);
  await writeAuditEntry(tx, ctx, {
    action: "webhook.switched-off",
    outcome: "done",
    namespaceId: webhook.namespaceId,
    actorName: null,
    target: { kind: "webhook", id: webhook.id },
    detail: { name: webhook.name, because: problem },
  });
}
