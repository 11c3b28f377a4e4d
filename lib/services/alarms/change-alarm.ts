import type { AlarmView } from "../../client/alarm-types.ts";
import { type AlarmState, isAlarmKind } from "../../domain/alarm.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import type { AlarmRow } from "./decide-alarms.ts";
import { findAlarm } from "./find-alarm.ts";
import { tellSteps } from "./tell-steps.ts";
import { toAlarmViews } from "./to-alarm-view.ts";

type OfAlarm = { namespace: string; id: string };

/** Says that the caller knows of an alarm. Throws `conflict` where somebody has said so, or it is resolved. */
export function acknowledgeAlarm(
  ctx: CallContext,
  { namespace, id, note }: OfAlarm & { note: string | null },
): Promise<AlarmView> {
  return perform(ctx, "alarm.acknowledge", { namespace }, async ({ db, principal, note: audit }) => {
    const before = await findAlarm(db, principal, id);
    audit({ kind: "alarm", id: before.id }, { ...auditFacts(before), note });
    requireState(before, ["raised"]);
    const nowMs = Date.now();
    const alarm = await db.alarm.update({
      where: { id: before.id },
      data: {
        state: "acknowledged",
        acknowledgedAtMs: BigInt(nowMs),
        acknowledgedBy: principal.userId,
        acknowledgedByName: principal.name,
        note,
        version: { increment: 1 },
      },
    });
    await tellSteps(db, [{ alarm, step: "acknowledged", by: principal.name, words: note }], nowMs);
    return viewOf(db, alarm);
  });
}

/**
 * Says that an alarm needs nothing more, and why. While its cause stands it is not raised again; once that is gone and comes back, it
 * is. Throws `conflict` where it is resolved already.
 */
export function resolveAlarm(
  ctx: CallContext,
  { namespace, id, reason }: OfAlarm & { reason: string },
): Promise<AlarmView> {
  return perform(ctx, "alarm.resolve", { namespace }, async ({ db, principal, note: audit }) => {
    const before = await findAlarm(db, principal, id);
    audit({ kind: "alarm", id: before.id }, { ...auditFacts(before), reason });
    requireState(before, ["raised", "acknowledged"]);
    const nowMs = Date.now();
    const alarm = await db.alarm.update({
      where: { id: before.id },
      data: {
        state: "resolved",
        resolvedAtMs: BigInt(nowMs),
        resolvedBy: principal.userId,
        resolvedByName: principal.name,
        reason,
        version: { increment: 1 },
      },
    });
    await tellSteps(db, [{ alarm, step: "resolved", by: principal.name, words: reason }], nowMs);
    return viewOf(db, alarm);
  });
}

const auditFacts = ({ kind, databaseId }: AlarmRow) => ({ kind, ...(databaseId !== null && { databaseId }) });

function requireState(
  { state, kind, acknowledgedByName, resolvedByName }: AlarmRow,
  allowed: readonly AlarmState[],
): void {
  if (allowed.includes(state as AlarmState) && isAlarmKind(kind)) return;
  const message =
    state === "resolved"
      ? `This alarm is resolved${resolvedByName === null ? " by itself" : ` by ${resolvedByName}`} already.`
      : `${acknowledgedByName ?? "Somebody"} has acknowledged this alarm already.`;
  throw new LastgoodError("conflict", message, { hint: "Load it again to see how it stands." });
}

async function viewOf(db: Parameters<typeof toAlarmViews>[0], alarm: AlarmRow): Promise<AlarmView> {
  const [view] = await toAlarmViews(db, [alarm]);
  if (!view) throw new Error("a row has a view");
  return view;
}
