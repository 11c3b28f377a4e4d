import type { AlarmFact } from "../../../domain/alarm.ts";
import { type FactSource, type FactWorld, listWatched } from "./fact-source.ts";

const RUN_AGAIN = "Run the schedule now, or wait for its next run.";

/** The last backup that a schedule asked for is not there: it was missed, or it failed. Until one of its backups is. */
export const scheduleMissed: FactSource = {
  kinds: ["schedule_missed"],
  async find(world) {
    const { db } = world;
    const watched = await listWatched(world);
    const schedules = await db.schedule.findMany({
      where: { active: true, deletedAtMs: null, databaseId: { in: watched.map(({ id }) => id) } },
      include: { runs: { orderBy: { dueMs: "desc" }, take: 1 } },
      orderBy: { id: "asc" },
    });
    const facts: AlarmFact[] = [];
    for (const { id, name, databaseId, runs } of schedules) {
      const fact = { kind: "schedule_missed" as const, subject: { databaseId }, cause: id };
      const [run] = runs;
      const backup = await db.backup.findFirst({
        where: { scheduleId: id, status: { in: ["completed", "failed"] } },
        orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      });
      const isThere = backup?.status === "completed" && backup.createdAtMs >= (run?.dueMs ?? 0n);
      if (run && (run.outcome === "missed" || run.outcome === "skipped") && !isThere) {
        facts.push({
          ...fact,
          sinceMs: Number(run.dueMs),
          text: `The schedule ${name} made no backup: ${run.because ?? "it was not run."}${await newestWords(world, id)}`,
          remedy: RUN_AGAIN,
          figures: { schedule: id, due: new Date(Number(run.dueMs)).toISOString() },
        });
      } else if (backup?.status === "failed") {
        facts.push({
          ...fact,
          sinceMs: Number(backup.finishedAtMs ?? backup.createdAtMs),
          text: `The last backup of the schedule ${name} failed: ${backup.errorMessage ?? "nobody said why."}${await newestWords(world, id)}`,
          remedy: backup.errorHint ?? RUN_AGAIN,
          figures: { schedule: id, backup: backup.id },
        });
      }
    }
    return facts;
  },
};

/** What there is instead: the newest backup of a schedule that is whole. */
async function newestWords({ db }: FactWorld, scheduleId: string): Promise<string> {
  const newest = await db.backup.findFirst({
    where: { scheduleId, status: "completed" },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
    select: { createdAtMs: true },
  });
  if (!newest) return " It has made none so far.";
  const time = new Date(Number(newest.createdAtMs)).toISOString();
  return ` Its newest one is of ${time.slice(0, 10)} ${time.slice(11, 16)} UTC.`;
}
