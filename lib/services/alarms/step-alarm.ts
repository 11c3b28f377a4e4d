import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { type AlarmFact, type AlarmStep, alarmKey } from "../../domain/alarm.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import type { AlarmRow } from "./decide-alarms.ts";

/** An alarm as it is after a step, which others are to be told of. */
export type SteppedAlarm = {
  alarm: AlarmRow;
  step: AlarmStep;
  /** Who did it; null: the agent found it so. */
  by: string | null;
  /** A note or a reason. */
  words: string | null;
};

/** Raises an alarm. Telling of it is the caller's, who may have several to tell of. */
export async function raiseAlarm(
  tx: MetadataTransaction,
  ctx: CallContext,
  { fact, namespaceId, nowMs }: { fact: AlarmFact; namespaceId: string; nowMs: number },
): Promise<SteppedAlarm> {
  const { kind, subject, text, remedy, figures = {}, sinceMs } = fact;
  const alarm = await tx.alarm.create({
    data: {
      id: randomUUID(),
      namespaceId,
      databaseId: "databaseId" in subject ? subject.databaseId : null,
      agentId: "agentId" in subject ? subject.agentId : null,
      kind,
      openKey: alarmKey(fact),
      state: "raised",
      text,
      remedy,
      figures: JSON.stringify(figures),
      sinceMs: BigInt(Math.round(sinceMs)),
      createdAtMs: BigInt(nowMs),
    },
  });
  await audit(tx, ctx, "alarm.raised", alarm, { text });
  return { alarm, step: "raised", by: null, words: null };
}

/** Resolves an alarm whose cause is gone; the same cause raises a new one if it comes back. */
export async function resolveByItself(
  tx: MetadataTransaction,
  ctx: CallContext,
  { alarm: { id }, because, nowMs }: { alarm: AlarmRow; because: string; nowMs: number },
): Promise<SteppedAlarm> {
  const alarm = await tx.alarm.update({
    where: { id },
    data: {
      state: "resolved",
      openKey: null,
      resolvedAtMs: BigInt(nowMs),
      reason: because,
      version: { increment: 1 },
    },
  });
  await audit(tx, ctx, "alarm.resolved", alarm, { reason: because });
  return { alarm, step: "resolved", by: null, words: because };
}

function audit(
  tx: MetadataTransaction,
  ctx: CallContext,
  action: string,
  { id, namespaceId, databaseId, kind }: AlarmRow,
  detail: Record<string, unknown>,
): Promise<void> {
  return writeAuditEntry(tx, ctx, {
    action,
    outcome: "done",
    namespaceId,
    actorName: null,
    target: { kind: "alarm", id },
    detail: { kind, ...(databaseId !== null && { databaseId }), ...detail },
  });
}
