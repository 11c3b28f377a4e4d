import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { MOST_MISSED_ROWS, type RunOutcome } from "../../domain/schedule.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { emitEvent } from "../events/emit-event.ts";
import type { ScheduleRow } from "./find-schedule.ts";

/** A run that was due and what is to be done about it. */
export type DecidedRun = { dueMs: number; outcome: RunOutcome; because: string | null; backupId: string | null };

export type OfSchedule = ScheduleRow & { database: { id: string; name: string } };

/**
 * Leaves out what ran already. After the clock was put back the same run is due a second time: one that took place does not
 * take place again, one that did not gets its chance.
 */
export async function withoutDone(
  tx: MetadataTransaction,
  scheduleId: string,
  due: readonly number[],
): Promise<number[]> {
  const [first] = due;
  const last = due.at(-1);
  if (first === undefined || last === undefined) return [];
  const done = await tx.scheduleRun.findMany({
    where: {
      scheduleId,
      dueMs: { gte: BigInt(first), lte: BigInt(last) },
      outcome: { in: ["started", "caught_up"] satisfies RunOutcome[] },
    },
    select: { dueMs: true },
  });
  const times = new Set(done.map(({ dueMs }) => Number(dueMs)));
  return due.filter((dueMs) => !times.has(dueMs));
}

/**
 * Writes down what was decided on runs, oldest first, and tells of those that did not take place: one event and one audit entry
 * for all of them. A crowd of missed runs is written down by its newest ones, the oldest of which tells of those before it.
 */
export async function writeRuns(
  tx: MetadataTransaction,
  ctx: CallContext,
  schedule: OfSchedule,
  decided: readonly DecidedRun[],
  nowMs: number,
): Promise<void> {
  const runs = cutCrowd(decided);
  const [first] = runs;
  if (!first) return;
  const { id: scheduleId } = schedule;
  // Rows of a future that the clock was put back from: what is decided now takes their place.
  await tx.scheduleRun.deleteMany({ where: { scheduleId, dueMs: { in: runs.map(({ dueMs }) => BigInt(dueMs)) } } });
  await tx.scheduleRun.createMany({
    data: runs.map(({ dueMs, ...run }) => ({
      id: randomUUID(),
      scheduleId,
      dueMs: BigInt(dueMs),
      ...run,
      decidedAtMs: BigInt(nowMs),
    })),
  });
  const left = decided.filter(({ outcome }) => outcome === "missed" || outcome === "skipped");
  await tellMissed(tx, ctx, schedule, left);
}

function cutCrowd(decided: readonly DecidedRun[]): DecidedRun[] {
  const more = decided.length - MOST_MISSED_ROWS;
  if (more <= 0) return [...decided];
  const [oldest] = decided;
  const [told, ...rest] = decided.slice(more);
  if (!oldest || !told) return [...decided];
  const since = new Date(oldest.dueMs).toISOString();
  return [{ ...told, because: `${told.because ?? ""} So did the ${more} before it, since ${since}.`.trim() }, ...rest];
}

async function tellMissed(
  tx: MetadataTransaction,
  ctx: CallContext,
  { id, name, cron, zone, namespaceId, database }: OfSchedule,
  left: readonly DecidedRun[],
): Promise<void> {
  const [oldest] = left;
  const newest = left.at(-1);
  if (!oldest || !newest) return;
  await emitEvent(tx, {
    namespaceId,
    databaseId: database.id,
    type: "schedule.missed",
    data: {
      schedule: { id, name, cron, zone },
      database: { id: database.id, name: database.name },
      due_at: new Date(newest.dueMs).toISOString(),
      because: newest.because,
      missed: left.length,
      first_due_at: new Date(oldest.dueMs).toISOString(),
    },
  });
  await writeAuditEntry(tx, ctx, {
    action: "schedule.missed",
    outcome: "done",
    namespaceId,
    actorName: null,
    target: { kind: "schedule", id },
    detail: {
      name,
      databaseId: database.id,
      dueMs: newest.dueMs,
      because: newest.because,
      ...(left.length > 1 && { runs: left.length, sinceMs: oldest.dueMs }),
    },
  });
}
