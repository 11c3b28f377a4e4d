import type { AlarmFact } from "../../../domain/alarm.ts";
import type { DrilledMoment } from "../../../domain/drill.ts";
import { dueRuns } from "../../../domain/schedule.ts";
import { describeFailure } from "../../drills/describe-failure.ts";
import { type FactSource, type FactWorld, listWatched } from "./fact-source.ts";

const HOUR_MS = 60 * 60_000;
/** So long after it was due a drill has to have ended: a large database takes its time. */
const OVERDUE_AFTER_MS = 12 * HOUR_MS;
/** Plans are looked back at for this long. */
const LOOK_BACK_MS = 35 * 24 * HOUR_MS;

/** The last drill of a database that ended did not pass. */
export const drillFailed: FactSource = {
  kinds: ["drill_failed"],
  async find(world) {
    const facts: AlarmFact[] = [];
    for (const databaseId of await listLastFailed(world)) {
      const last = await lastEnded(world, databaseId);
      if (last?.status !== "failed" || last.finishedAtMs === null) continue;
      const moments = last.moments === null ? [] : (JSON.parse(last.moments) as DrilledMoment[]);
      const why = last.errorMessage ?? describeFailure(moments) ?? "It did not pass.";
      facts.push({
        kind: "drill_failed",
        subject: { databaseId },
        sinceMs: Number(last.finishedAtMs),
        text: `A restore into a throwaway did not work: ${why}`,
        remedy: "Look at the drill and what it left, and run another one once the cause is gone.",
        figures: { drill: last.id },
      });
    }
    return facts;
  },
};

/** A plan asked for a drill, and none has ended since. */
export const drillOverdue: FactSource = {
  kinds: ["drill_overdue"],
  async find(world) {
    const { db, nowMs } = world;
    const watched = await listWatched(world);
    const plans = await db.drillPlan.findMany({
      where: { active: true, databaseId: { in: watched.map(({ id }) => id) } },
    });
    const facts: AlarmFact[] = [];
    for (const { databaseId, cron, zone, updatedAtMs } of plans) {
      const sinceMs = Math.max(Number(updatedAtMs), nowMs - LOOK_BACK_MS);
      const asked = { id: databaseId, cron, zone, jitterSeconds: 0, decidedToMs: sinceMs };
      const [first, dueMs] = ends(dueRuns(asked, nowMs - OVERDUE_AFTER_MS));
      if (first === undefined || dueMs === undefined) continue;
      const last = await lastEnded(world, databaseId);
      const lastMs = last === null ? null : Number(last.createdAtMs);
      if (lastMs !== null && lastMs >= dueMs) continue;
      const skipped = await world.db.drill.findFirst({
        where: { databaseId, status: "skipped", createdAtMs: { gte: BigInt(dueMs) } },
        orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      });
      const why = skipped?.errorMessage ?? null;
      facts.push({
        kind: "drill_overdue",
        subject: { databaseId },
        sinceMs: dueMs,
        text: why === null ? "A drill was due, and none has ended since." : `A drill was due and skipped. ${why}`,
        remedy: skipped?.errorHint ?? "See whether one is waiting or running, or run one now.",
        figures: { due: new Date(dueMs).toISOString(), last: lastMs === null ? null : new Date(lastMs).toISOString() },
      });
    }
    return facts;
  },
};

/** Databases that failed a drill since they last passed one: for those that never did nothing more is read. */
async function listLastFailed(world: FactWorld): Promise<string[]> {
  const ids = (await listWatched(world)).map(({ id }) => id);
  const newest = (status: string, of: readonly string[]) =>
    world.db.drill.groupBy({
      by: ["databaseId"],
      where: { databaseId: { in: [...of] }, status },
      _max: { createdAtMs: true },
      orderBy: { databaseId: "asc" },
    });
  const failed = await newest("failed", ids);
  if (failed.length === 0) return [];
  const passed = await newest(
    "passed",
    failed.map(({ databaseId }) => databaseId),
  );
  const passedAt = new Map(passed.map(({ databaseId, _max }) => [databaseId, _max.createdAtMs ?? 0n]));
  return failed
    .filter(({ databaseId, _max }) => (_max.createdAtMs ?? 0n) > (passedAt.get(databaseId) ?? -1n))
    .map(({ databaseId }) => databaseId);
}

function lastEnded({ db }: FactWorld, databaseId: string) {
  return db.drill.findFirst({
    where: { databaseId, status: { in: ["passed", "failed"] } },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
  });
}

const ends = (times: readonly number[]) => [times[0], times.at(-1)];
