import type { DiskBudgetsView, DiskBudgetView } from "../../client/disk-budget-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { BUDGET_STEPS, type DiskState, forecastDisk, STEP_WORDS, stepsDue } from "../../domain/disk-budget.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { type DiskBudgetRow, environmentOf, limitsOf, stateOf } from "./disk-budget-row.ts";

const GAVE_SHOWN = 20;

/** How the disks of the agents stand that have databases of a namespace, or could have. */
export function listDiskBudgets(ctx: CallContext, { namespace }: { namespace: string }): Promise<DiskBudgetsView> {
  return perform(ctx, "store.read", { namespace }, async ({ db, principal }) => {
    const agents = [];
    for (const id of await agentsOf(db, principal.namespace.id)) {
      agents.push(await readDiskBudget(db, principal.namespace.id, id));
    }
    return { agents };
  });
}

/** How the disk of one of these agents stands. */
export function getDiskBudget(ctx: CallContext, of: { namespace: string; agent: string }): Promise<DiskBudgetView> {
  return perform(ctx, "store.read", { namespace: of.namespace }, async ({ db, principal }) => {
    await requireAgentOf(db, principal.namespace.id, of.agent);
    return readDiskBudget(db, principal.namespace.id, of.agent);
  });
}

/** Throws `not_found` for an agent that has nothing of the namespace. */
export async function requireAgentOf(db: MetadataReader, namespaceId: string, agentId: string): Promise<void> {
  if ((await agentsOf(db, namespaceId)).includes(agentId)) return;
  throw new LastgoodError("not_found", "No agent of that id has a database of this namespace.");
}

async function agentsOf(db: MetadataReader, namespaceId: string): Promise<string[]> {
  const rows = await db.database.findMany({
    where: { namespaceId, purgedAtMs: null },
    distinct: ["agentId"],
    select: { agentId: true },
    orderBy: { agentId: "asc" },
  });
  return rows.map(({ agentId }) => agentId);
}

/** Whether others than this namespace have anything on an agent: then what gives way is not this one's alone to decide. */
export async function isShared(db: MetadataReader, namespaceId: string, agentId: string): Promise<boolean> {
  const other = await db.database.findFirst({
    where: { agentId, namespaceId: { not: namespaceId }, purgedAtMs: null },
    select: { id: true },
  });
  return other !== null;
}

/** What was set for an agent, as far as it counts: not where it has databases of several namespaces, whoever came last. */
export async function readRowThatCounts(db: MetadataReader, agentId: string): Promise<DiskBudgetRow | null> {
  const namespaces = await db.database.findMany({
    where: { agentId, purgedAtMs: null },
    distinct: ["namespaceId"],
    select: { namespaceId: true },
    take: 2,
  });
  return namespaces.length > 1 ? null : db.diskBudget.findUnique({ where: { agentId } });
}

export async function readDiskBudget(
  db: MetadataReader,
  namespaceId: string,
  agentId: string,
): Promise<DiskBudgetView> {
  const [row, agent, names, shared] = await Promise.all([
    db.diskBudget.findUnique({ where: { agentId } }),
    db.agent.findUnique({ where: { id: agentId }, select: { region: true } }),
    db.database.findMany({ where: { namespaceId, agentId }, select: { id: true, name: true } }),
    isShared(db, namespaceId, agentId),
  ]);
  const state = stateOf(row);
  const counting = shared ? null : row;
  const limits = limitsOf(counting, environmentOf(row), state?.figures.sizeBytes ?? 0);
  return {
    agentId,
    region: agent?.region ?? "",
    set: setOf(counting),
    limits,
    fixedBecause: shared
      ? "This agent has databases of other namespaces as well: whoever runs it sets its budget with LASTGOOD_DISK_BUDGET_GB."
      : null,
    measured: state && measuredOf(state, new Map(names.map(({ id, name }) => [id, name]))),
  };
}

const bytesOf = (value: bigint | null | undefined) => (value === null || value === undefined ? null : Number(value));

function setOf(row: DiskBudgetRow | null): DiskBudgetView["set"] {
  const { leastDays = null, version = 0 } = row ?? {};
  return { budgetBytes: bytesOf(row?.budgetBytes), floorBytes: bytesOf(row?.floorBytes), leastDays, version };
}

function measuredOf(state: DiskState, names: ReadonlyMap<string, string>): NonNullable<DiskBudgetView["measured"]> {
  const { judgement, figures, measuredAtMs, sinceMs, parts, histories, databaseBytes } = state;
  const due = stepsDue(judgement.level === "stopped" ? Math.max(1, judgement.share) : judgement.share);
  const now = { atMs: measuredAtMs, countedBytes: figures.countedBytes };
  return {
    atMs: measuredAtMs,
    sinceMs,
    ...judgement,
    ...figures,
    databaseBytes,
    parts,
    histories: histories
      .flatMap(({ databaseId, historyBytes, oldestMs }) => {
        const name = names.get(databaseId);
        return name === undefined ? [] : [{ databaseId, name, historyBytes, oldestMs }];
      })
      .toSorted((a, b) => b.historyBytes - a.historyBytes),
    ...forecastDisk(state.samples, now, judgement.limitBytes),
    captureStoppedSinceMs: state.captureStoppedSinceMs,
    plan: BUDGET_STEPS.map(({ step, from }) => ({
      step,
      from,
      ...STEP_WORDS[step],
      isDue: due.includes(step),
      bytes: state.wouldGive.find((one) => one.step === step)?.bytes ?? null,
    })),
    gave: state.gave
      .slice(-GAVE_SHOWN)
      .reverse()
      .map(({ databaseId, ...one }) => ({
        ...one,
        name: databaseId === null ? null : (names.get(databaseId) ?? null),
      })),
  };
}
