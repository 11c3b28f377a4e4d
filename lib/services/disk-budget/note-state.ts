import type { ApprovalPlan } from "../../client/approval-types.ts";
import { metadata } from "../../db/client.ts";
import type { BudgetedHistory, DiskLimits, DiskState } from "../../domain/disk-budget.ts";
import { findProtectingPattern } from "../../domain/policy.ts";
import { readPolicy } from "../policies/read-policy.ts";
import { type DiskEnvironment, limitsOf, stateOf } from "./disk-budget-row.ts";
import { readRowThatCounts } from "./read-budgets.ts";

/** The limits of an agent's disk that count. @param sizeBytes of the disk */
export async function readDiskLimits(
  agentId: string,
  environment: DiskEnvironment,
  sizeBytes: number,
): Promise<DiskLimits> {
  return limitsOf(await readRowThatCounts(metadata(), agentId), environment, sizeBytes);
}

/** How the disk of an agent stood when it was measured last; null before the first time. */
export async function readDiskState(agentId: string): Promise<DiskState | null> {
  return stateOf(await metadata().diskBudget.findUnique({ where: { agentId }, select: { state: true } }));
}

/** Writes down how an agent's disk stands. */
export async function noteDiskState(agentId: string, environment: DiskEnvironment, state: DiskState): Promise<void> {
  const data = { environment: JSON.stringify(environment), state: JSON.stringify(state) };
  await metadata().diskBudget.upsert({ where: { agentId }, create: { agentId, ...data }, update: data });
}

/** Of each live database of an agent what was promised of its history: by its policy, to labels, approvals and restores under way. */
export async function readPromises(
  agentId: string,
): Promise<Pick<BudgetedHistory, "databaseId" | "windowDays" | "leastWindowDays" | "neededFromMs">[]> {
  const db = metadata();
  const rows = await db.database.findMany({
    where: { agentId, deletedAtMs: null },
    select: { id: true, windowDays: true },
  });
  const ids = { in: rows.map(({ id }) => id) };
  const [policies, points, restores, approvals] = await Promise.all([
    db.policy.findMany({ where: { databaseId: ids } }),
    db.restorePoint.findMany({ where: { databaseId: ids, timeMs: { not: null } } }),
    db.restore.findMany({
      where: {
        OR: [{ databaseId: ids, sourceDatabaseId: null }, { sourceDatabaseId: ids }],
        status: { in: ["queued", "running"] },
      },
    }),
    // A cutover's is its project's, while the history that it needs is the preview's: they may be of two agents.
    db.approvalRequest.findMany({
      where: { OR: [{ databaseId: ids }, { kind: "restore.cutover" }], status: { in: ["open", "approved"] } },
    }),
  ]);
  const approved = approvals.flatMap(needOf);
  return Promise.all(
    rows.map(async ({ id, windowDays }) => {
      const policy = policies.find(({ databaseId }) => databaseId === id);
      const { rules } = await readPolicy(db, id);
      const labelled = points.filter(
        ({ databaseId, label }) => databaseId === id && findProtectingPattern(rules, label) !== null,
      );
      const needed = [
        ...labelled.map(({ timeMs }) => Number(timeMs)),
        ...restores
          .filter(({ databaseId, sourceDatabaseId }) => (sourceDatabaseId ?? databaseId) === id)
          .map(({ toTimeMs }) => Number(toTimeMs)),
        ...approved.filter(({ databaseId }) => databaseId === id).map(({ timeMs }) => timeMs),
      ];
      return {
        databaseId: id,
        windowDays,
        leastWindowDays: policy?.leastWindowDays ?? null,
        neededFromMs: needed.length === 0 ? null : Math.min(...needed),
      };
    }),
  );
}

/** The moment that a plan under approval goes back to, where it goes back at all, and in whose history it is. */
function needOf({ databaseId, plan: text }: { databaseId: string; plan: string }) {
  const plan = JSON.parse(text) as ApprovalPlan;
  if (plan.kind === "restore.project") return [{ databaseId, timeMs: plan.plan.to.timeMs }];
  return plan.kind === "restore.cutover" ? [{ databaseId: plan.preview.id, timeMs: plan.plan.to.timeMs }] : [];
}
