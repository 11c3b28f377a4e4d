import { type MetadataReader, type MetadataTransaction, metadata } from "../../db/client.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { type AlarmFact, type AlarmKind, alarmKey, hasHappened, isAlarmKind } from "../../domain/alarm.ts";
import { type AgentRun, isCurrentRun } from "../agents/is-current-run.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import { ALL_FACTS } from "./facts/all-facts.ts";
import type { FactSource, Seen } from "./facts/fact-source.ts";
import { raiseAlarm, resolveByItself, type SteppedAlarm } from "./step-alarm.ts";
import { tellSteps } from "./tell-steps.ts";

export type AlarmRow = Prisma.AlarmGetPayload<Record<string, never>>;

export type AlarmDecision = {
  raised: number;
  resolved: number;
  /** What could not be looked at: the alarms of those kinds stayed as they were. */
  failures: { kinds: readonly AlarmKind[]; error: unknown }[];
};

type Deciding = { agent: AgentRun; nowMs: number; seen: Seen; sources: readonly FactSource[] };
type Change =
  | { step: "raise"; fact: AlarmFact; namespaceId: string }
  | { step: "update"; alarm: AlarmRow; fact: AlarmFact }
  | { step: "resolve"; alarm: AlarmRow; because: string }
  | { step: "forget"; alarm: AlarmRow };

/**
 * Raises an alarm for each fact that has none, and resolves those whose fact is gone: each with its audit entry, its event and its
 * messages, in one transaction. What is decided is found again within it, so that several agents come to one answer; and
 * most looks find nothing to change and write nothing.
 */
export async function decideAlarms(
  ctx: CallContext,
  agent: AgentRun,
  { nowMs, seen, sources = ALL_FACTS }: { nowMs: number; seen: Seen; sources?: readonly FactSource[] },
): Promise<AlarmDecision> {
  const deciding = { agent, nowMs, seen, sources };
  const first = await findChanges(metadata(), deciding);
  if (first.changes.length === 0) return { raised: 0, resolved: 0, failures: first.failures };
  return transact(async (tx) => {
    const { changes, failures } = await findChanges(tx, deciding);
    const steps: SteppedAlarm[] = [];
    for (const change of changes) steps.push(...(await carryOut(tx, ctx, change, nowMs)));
    await tellSteps(tx, steps, nowMs);
    const count = (step: SteppedAlarm["step"]) => steps.filter((one) => one.step === step).length;
    return { raised: count("raised"), resolved: count("resolved"), failures };
  });
}

async function carryOut(
  tx: MetadataTransaction,
  ctx: CallContext,
  change: Change,
  nowMs: number,
): Promise<SteppedAlarm[]> {
  switch (change.step) {
    case "raise":
      return [await raiseAlarm(tx, ctx, { fact: change.fact, namespaceId: change.namespaceId, nowMs })];
    case "resolve":
      return [await resolveByItself(tx, ctx, { alarm: change.alarm, because: change.because, nowMs })];
    case "update": {
      const { text, remedy, figures = {} } = change.fact;
      const data = { text, remedy, figures: JSON.stringify(figures) };
      await tx.alarm.update({ where: { id: change.alarm.id }, data });
      return [];
    }
    case "forget":
      await tx.alarm.update({ where: { id: change.alarm.id }, data: { openKey: null } });
      return [];
  }
}

async function findChanges(
  db: MetadataReader,
  { agent, nowMs, seen, sources }: Deciding,
): Promise<{ changes: Change[]; failures: AlarmDecision["failures"] }> {
  if (!(await isCurrentRun(db, agent))) return { changes: [], failures: [] };
  const { agentId } = agent;
  const changes: Change[] = [];
  const failures: AlarmDecision["failures"] = [];
  for (const { kinds, find, needsSeen = false } of sources) {
    const untold = new Set<string>();
    try {
      const facts = await find({ db, nowMs, agentId, seen, leaveAlone: (id) => untold.add(id) });
      const standing = await listStanding(db, kinds, agentId);
      const isUntold = ({ databaseId, agentId: about }: AlarmRow) =>
        untold.has(databaseId ?? about ?? "") || (needsSeen && databaseId !== null && !seen.databases.has(databaseId));
      changes.push(...(await compare(db, { facts, standing, isUntold })));
    } catch (error) {
      failures.push({ kinds, error });
    }
  }
  return { changes, failures };
}

/** Alarms whose cause may stand, and of which this agent decides: those of its own databases and of itself, and whether others are silent. */
async function listStanding(db: MetadataReader, kinds: readonly AlarmKind[], agentId: string) {
  return db.alarm.findMany({
    where: {
      kind: { in: [...kinds] },
      openKey: { not: null },
      OR: [{ database: { agentId } }, { databaseId: null, agentId }, { kind: "agent_not_seen" }],
    },
    include: { database: { select: { deletedAtMs: true } } },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
  });
}

type Comparison = {
  facts: readonly AlarmFact[];
  standing: Awaited<ReturnType<typeof listStanding>>;
  isUntold(alarm: AlarmRow): boolean;
};

async function compare(db: MetadataReader, { facts, standing, isUntold }: Comparison): Promise<Change[]> {
  const changes: Change[] = [];
  const byKey = new Map(facts.map((fact) => [alarmKey(fact), fact]));
  const known = new Map(standing.map((alarm) => [alarm.openKey, alarm]));
  for (const [key, fact] of byKey) {
    const alarm = known.get(key);
    if (alarm) {
      if (alarm.state !== "resolved" && differs(alarm, fact)) changes.push({ step: "update", alarm, fact });
      continue;
    }
    if (fact.keepsOnly === true) continue;
    const namespaceId = await namespaceOf(db, fact);
    if (namespaceId !== null) changes.push({ step: "raise", fact, namespaceId });
  }
  for (const alarm of standing) {
    const isDeleted = alarm.database !== null && alarm.database.deletedAtMs !== null;
    if (!isAlarmKind(alarm.kind) || byKey.has(alarm.openKey ?? "") || (!isDeleted && isUntold(alarm))) continue;
    if (alarm.state === "resolved") changes.push({ step: "forget", alarm });
    else if (isDeleted) changes.push({ step: "resolve", alarm, because: "The database was deleted." });
    else if (!hasHappened(alarm.kind)) changes.push({ step: "resolve", alarm, because: "Its cause is gone." });
  }
  return changes;
}

function differs(alarm: AlarmRow, { text, remedy }: AlarmFact): boolean {
  return alarm.text !== text || alarm.remedy !== remedy;
}

/** The namespace that is told; null where there is nobody any more. */
async function namespaceOf(db: MetadataReader, { subject }: AlarmFact): Promise<string | null> {
  const live = { deletedAtMs: null };
  if (!("databaseId" in subject)) {
    return (await db.namespace.findFirst({ where: { id: subject.namespaceId, ...live } }))?.id ?? null;
  }
  const database = await db.database.findFirst({
    where: { id: subject.databaseId, ...live, namespace: live },
    select: { namespaceId: true },
  });
  return database?.namespaceId ?? null;
}
