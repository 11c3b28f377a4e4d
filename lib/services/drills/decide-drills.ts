import { metadata } from "../../db/client.ts";
import type { DrillAim, DrillAssertion } from "../../domain/drill.ts";
import { CLOCK_SLACK_MS, dueRuns } from "../../domain/schedule.ts";
import { type AgentRun, isCurrentRun } from "../agents/is-current-run.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import type { DrillPlanRow } from "./find-drill.ts";
import { isDrilled, queueDrill } from "./queue-drill.ts";

/** So that drills of the same plan do not all begin at once: each begins up to so many seconds late, always the same number. */
const JITTER_SECONDS = 600;

/**
 * Queues the drills of an agent's databases that have come due. Of several that came due while nobody ran them only one is made up for: it
 * proves as much as all of them. None is queued beside one that has not ended, nor for a database that is not protected. Answers how many were.
 */
export async function decideDrills(ctx: CallContext, agent: AgentRun, nowMs: number): Promise<number> {
  if (!(await isCurrentRun(metadata(), agent))) return 0;
  const plans = await metadata().drillPlan.findMany({
    where: { active: true, database: { agentId: agent.agentId, deletedAtMs: null } },
    orderBy: { databaseId: "asc" },
  });
  let queued = 0;
  for (const plan of plans) {
    if (dueOf(plan, nowMs).length === 0 && !isAhead(plan, nowMs)) continue;
    if (await transact((tx) => decideOne(tx, ctx, agent, { databaseId: plan.databaseId, nowMs }))) queued += 1;
  }
  return queued;
}

async function decideOne(
  tx: Parameters<Parameters<typeof transact>[0]>[0],
  ctx: CallContext,
  agent: AgentRun,
  { databaseId, nowMs }: { databaseId: string; nowMs: number },
): Promise<boolean> {
  if (!(await isCurrentRun(tx, agent))) return false;
  const plan = await tx.drillPlan.findFirst({
    where: { databaseId, active: true, database: { agentId: agent.agentId, deletedAtMs: null } },
    include: { database: true },
  });
  if (!plan) return false;
  const ahead = isAhead(plan, nowMs);
  const decidedTo = ahead ? nowMs : dueOf(plan, nowMs).at(-1);
  if (decidedTo === undefined) return false;
  const { count } = await tx.drillPlan.updateMany({
    where: { databaseId, version: plan.version, decidedToMs: plan.decidedToMs },
    data: { decidedToMs: BigInt(decidedTo) },
  });
  const { database } = plan;
  const isReady = database.state === "active" || database.state === "restoring";
  if (count === 0 || ahead || !isReady || (await isDrilled(tx, databaseId))) return false;
  const drillId = await queueDrill(tx, {
    database,
    trigger: "scheduled",
    aims: JSON.parse(plan.aims) as DrillAim[],
    assertions: JSON.parse(plan.assertions) as DrillAssertion[],
  });
  await writeAuditEntry(tx, ctx, {
    action: "drill.run",
    outcome: "done",
    namespaceId: database.namespaceId,
    actorName: null,
    target: { kind: "drill", id: drillId },
    detail: { databaseId, scheduled: true },
  });
  return true;
}

/** Whether it was decided on up to a time that has not come: then the clock was put back since. */
const isAhead = ({ decidedToMs }: DrillPlanRow, nowMs: number) => Number(decidedToMs) > nowMs + CLOCK_SLACK_MS;

function dueOf({ databaseId: id, cron, zone, decidedToMs }: DrillPlanRow, nowMs: number): number[] {
  return dueRuns({ id, cron, zone, jitterSeconds: JITTER_SECONDS, decidedToMs: Number(decidedToMs) }, nowMs);
}
