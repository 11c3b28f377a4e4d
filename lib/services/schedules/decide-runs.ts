import { type MetadataTransaction, metadata } from "../../db/client.ts";
import { CLOCK_SLACK_MS, dueRuns, isLate, type RunOutcome } from "../../domain/schedule.ts";
import { type AgentRun, isCurrentRun } from "../agents/is-current-run.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import { queueBackup } from "../backups/queue-backup.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import { toTimedSchedule } from "./to-schedule-view.ts";
import { type DecidedRun, type OfSchedule, withoutDone, writeRuns } from "./write-runs.ts";

const DAY_MS = 86_400_000;
const NOBODY_RAN = "No agent of this database was running when it was due.";
const CAUGHT_UP = "No agent of this database was running when it was due, so it was caught up.";
const STILL_RUNNING = "The backup before it was still running.";

/** What was decided on a schedule: its newest due run, and how many before it were missed. */
export type Decision = {
  scheduleId: string;
  dueMs: number;
  outcome: RunOutcome;
  backupId: string | null;
  missed: number;
};

type ActiveSchedule = OfSchedule & {
  database: { id: string; name: string; namespaceId: string; agentId: string; state: string };
};

const INCLUDE = {
  database: { select: { id: true, name: true, namespaceId: true, agentId: true, state: true } },
} as const;
const activeOf = (agentId: string) => ({ active: true, deletedAtMs: null, database: { agentId, deletedAtMs: null } });

/**
 * Decides on everything that has come due of the schedules of an agent's databases: the newest run of each becomes a backup,
 * whatever came due before it and was not decided on is written down as missed. Each schedule has a transaction of its own,
 * in which run, backup, event and audit entry come to be together or not at all. `superseded` when this run of the agent is not
 * the current one, or a database of its is somebody else's by then: then nothing was decided on.
 */
export async function decideRuns(
  ctx: CallContext,
  agent: AgentRun,
  nowMs: number,
): Promise<{ decisions: Decision[]; superseded: boolean }> {
  if (!(await isCurrentRun(metadata(), agent))) return { decisions: [], superseded: true };
  const rows = await metadata().schedule.findMany({ where: activeOf(agent.agentId), orderBy: { id: "asc" } });
  const decisions: Decision[] = [];
  for (const row of rows) {
    const timed = toTimedSchedule(row);
    if (dueRuns(timed, nowMs).length === 0 && !isAhead(timed, nowMs)) continue;
    const decided = await transact((tx) => decideOne(tx, ctx, agent, { id: row.id, nowMs }));
    if (decided === "superseded") return { decisions, superseded: true };
    if (decided !== null) decisions.push(decided);
  }
  return { decisions, superseded: false };
}

/** Whether it was decided on up to a time that has not come: then the clock was put back since. */
const isAhead = ({ decidedToMs }: { decidedToMs: number }, nowMs: number) => decidedToMs > nowMs + CLOCK_SLACK_MS;

async function decideOne(
  tx: MetadataTransaction,
  ctx: CallContext,
  agent: AgentRun,
  { id, nowMs }: { id: string; nowMs: number },
): Promise<Decision | "superseded" | null> {
  // Here it counts: whoever stood still since the first look learns of a successor now.
  if (!(await isCurrentRun(tx, agent))) return "superseded";
  // Read again: whoever changed, paused or decided on it since has done so for good.
  const schedule = await tx.schedule.findFirst({ where: { id, ...activeOf(agent.agentId) }, include: INCLUDE });
  if (!schedule) return null;
  const timed = toTimedSchedule(schedule);
  if (isAhead(timed, nowMs)) {
    await moveOn(tx, schedule, nowMs);
    return null;
  }
  const due = dueRuns(timed, nowMs);
  const toMs = due.at(-1);
  if (toMs === undefined || !(await moveOn(tx, schedule, toMs))) return null;
  const open = await withoutDone(tx, id, due);
  const newestMs = open.at(-1);
  if (newestMs === undefined) return null;
  const newest = await beginRun(tx, ctx, schedule, newestMs, nowMs);
  const missed = open
    .slice(0, -1)
    .map((dueMs): DecidedRun => ({ dueMs, outcome: "missed", because: NOBODY_RAN, backupId: null }));
  await writeRuns(tx, ctx, schedule, [...missed, newest], nowMs);
  const { dueMs, outcome, backupId } = newest;
  return { scheduleId: id, dueMs, outcome, backupId, missed: missed.length };
}

/** Writes down up to where a schedule is decided on; false where somebody else did so first. */
async function moveOn(
  tx: MetadataTransaction,
  { id, version, decidedToMs }: OfSchedule,
  toMs: number,
): Promise<boolean> {
  const { count } = await tx.schedule.updateMany({
    where: { id, version, decidedToMs, active: true, deletedAtMs: null },
    data: { decidedToMs: BigInt(toMs) },
  });
  return count === 1;
}

/** Queues the backup of a run that is due, unless that cannot be now. */
async function beginRun(
  tx: MetadataTransaction,
  ctx: CallContext,
  schedule: ActiveSchedule,
  dueMs: number,
  nowMs: number,
): Promise<DecidedRun> {
  const { database } = schedule;
  const obstacle = await findObstacle(tx, schedule);
  if (obstacle !== null) return { dueMs, outcome: "skipped", because: obstacle, backupId: null };
  const backupId = await queueScheduledBackup(tx, schedule, nowMs);
  await writeAuditEntry(tx, ctx, {
    action: "backup.create",
    outcome: "done",
    namespaceId: schedule.namespaceId,
    actorName: null,
    target: { kind: "backup", id: backupId },
    detail: { databaseId: database.id, name: schedule.name, scheduleId: schedule.id, dueMs },
  });
  const late = isLate(toTimedSchedule(schedule), dueMs, nowMs);
  return { dueMs, outcome: late ? "caught_up" : "started", because: late ? CAUGHT_UP : null, backupId };
}

/** Why a schedule cannot make a backup now; null where it can. One of its backups at a time. */
export async function findObstacle(tx: MetadataTransaction, schedule: ActiveSchedule): Promise<string | null> {
  const { state } = schedule.database;
  if (state === "preparing") return "The database was still being prepared.";
  if (state !== "active" && state !== "restoring") return "The database is not protected.";
  const running = await tx.backup.findFirst({
    where: { scheduleId: schedule.id, status: { in: ["queued", "running"] } },
    select: { id: true },
  });
  return running ? STILL_RUNNING : null;
}

/** The backup of a schedule, within the caller's transaction. */
export function queueScheduledBackup(
  tx: MetadataTransaction,
  schedule: ActiveSchedule,
  nowMs: number,
  by: { createdBy: string; createdByName: string } | null = null,
): Promise<string> {
  const { id: scheduleId, cron, zone, retentionDays, excludeTables, schemaName } = schedule;
  return queueBackup(tx, {
    database: schedule.database,
    kind: schedule.kind === "portable" ? "portable" : "physical",
    label: null,
    trigger: by === null ? "scheduled" : "manual",
    scheduleId,
    cron,
    zone,
    expiresAtMs: retentionDays === null ? null : BigInt(nowMs + retentionDays * DAY_MS),
    excludeTables: excludeTables === null ? null : (JSON.parse(excludeTables) as string[]),
    schemaName,
    ...by,
  });
}
