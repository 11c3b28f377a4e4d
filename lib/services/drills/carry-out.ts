import type { KeyObject } from "node:crypto";
import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import {
  type DrillAim,
  type DrillAssertion,
  type DrilledMoment,
  EVIDENCE_DAYS,
  hasPassed,
} from "../../domain/drill.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { transact } from "../transact.ts";
import { closeDrill } from "./close-drill.ts";
import { signReceipt } from "./sign-receipt.ts";
import { tellDrill } from "./tell-drill.ts";

const DAY_MS = 86_400_000n;

/** What an agent needs to know to run a drill. */
export type DrillOrder = { drillId: string; databaseId: string; aims: DrillAim[]; assertions: DrillAssertion[] };

/** The order behind a `drill.run` job; null for one that has ended. Marks the drill as running. */
export function startDrill(drillId: string): Promise<DrillOrder | null> {
  return transact(async (tx) => {
    const row = await tx.drill.findUnique({ where: { id: drillId } });
    if (!row || (row.status !== "queued" && row.status !== "running")) return null;
    await tx.drill.update({
      where: { id: drillId },
      data: { status: "running", startedAtMs: row.startedAtMs ?? nowMs() },
    });
    return {
      drillId,
      databaseId: row.databaseId,
      aims: JSON.parse(row.aims) as DrillAim[],
      assertions: JSON.parse(row.assertions) as DrillAssertion[],
    };
  });
}

/**
 * Writes down that a drill was not begun, since there is no room for what it would write. False: it has begun, as before a crash, and what it
 * wrote is to be ended with it.
 */
export function skipDrill(ctx: CallContext, drillId: string): Promise<boolean> {
  const error = new LastgoodError("storage_full", "It was not begun: the agent's disk has no room for a throwaway.", {
    hint: "Make room, or give Lastgood a larger disk budget on the page Storage; then run a drill.",
  });
  return transact(async (tx) => {
    const row = await tx.drill.findUnique({ where: { id: drillId }, select: { status: true } });
    if (row?.status === "running") return false;
    await closeDrill(tx, ctx, { id: drillId }, { error, cancelled: false, skipped: true });
    return true;
  });
}

/**
 * Writes down what a drill has found, with its signed receipt, and tells of it. False, and nothing is written, when its job is not this
 * agent's run's any more. Throws `cancelled` where somebody asked to stop before.
 */
export function completeDrill(
  ctx: CallContext,
  { drillId, jobId, holder }: { drillId: string; jobId: string; holder: string },
  moments: readonly DrilledMoment[],
  key: KeyObject,
): Promise<boolean> {
  return transact(async (tx) => {
    const job = await tx.job.findFirst({ where: { id: jobId, leaseOwner: holder, status: "running" } });
    const open = await tx.drill.findFirst({
      where: { id: drillId, jobId, status: "running" },
      include: { database: { include: { namespace: true } } },
    });
    if (!job || !open) return false;
    if (job.cancelAsked) throw new LastgoodError("cancelled", "It was cancelled.");
    const { database, ...row } = open;
    const finishedAtMs = nowMs();
    const had = moments.filter((moment) => moment.error === null);
    const passed = had.length === moments.length && had.every(hasPassed);
    const status = passed ? "passed" : "failed";
    const largest = (values: readonly number[]) => (values.length === 0 ? null : BigInt(Math.max(...values)));
    const left = had.some(({ evidence }) => evidence !== null);
    const proven = had.filter(hasPassed);
    const receipt = signReceipt(
      {
        version: 1,
        drill: row.id,
        status,
        namespace: { id: database.namespaceId, slug: database.namespace.slug },
        database: { id: database.id, name: database.name, engine: database.engine, region: database.region },
        trigger: row.trigger,
        requestedBy: row.createdByName,
        startedAt: toTimestamp(row.startedAtMs ?? row.createdAtMs),
        finishedAt: toTimestamp(finishedAtMs),
        moments: moments.map(toReceipt),
      },
      key,
    );
    const drill = await tx.drill.update({
      where: { id: row.id },
      data: {
        status,
        moments: JSON.stringify(moments),
        recoveryMs: largest(had.map(({ recoveryMs }) => recoveryMs)),
        provenTimeMs: largest(proven.map(({ timeMs }) => timeMs)),
        sizeBytes: largest(had.map(({ sizeBytes }) => sizeBytes)),
        receipt: JSON.stringify(receipt),
        finishedAtMs,
        evidenceUntilMs: left ? finishedAtMs + BigInt(EVIDENCE_DAYS) * DAY_MS : null,
      },
    });
    await tellDrill(tx, drill, database);
    await writeAuditEntry(tx, ctx, {
      action: passed ? "drill.passed" : "drill.failed",
      outcome: "done",
      namespaceId: database.namespaceId,
      actorName: null,
      target: { kind: "drill", id: row.id },
      detail: { databaseId: database.id, recoveryMs: Number(drill.recoveryMs ?? 0) },
    });
    return true;
  });
}

/** A moment as its receipt has it: with times that people read, and without a path of this machine. */
function toReceipt(moment: DrilledMoment): Record<string, unknown> {
  const time = moment.timeMs === null ? null : new Date(moment.timeMs).toISOString();
  if (moment.error !== null) return { aim: moment.aim, bookmark: moment.bookmark, time, error: moment.error };
  const { aim, bookmark, sizeBytes, recoveryMs, checks, tables, assertions } = moment;
  return { aim, bookmark, time, sizeBytes, recoveryMs, checks, tables, assertions };
}

/** What failed drills of an agent's databases have left, whose time is over: `{id, databaseId, aims}`. */
export async function listOldEvidence(
  agentId: string,
): Promise<{ id: string; databaseId: string; aims: DrillAim[] }[]> {
  const rows = await metadata().drill.findMany({
    where: { evidenceUntilMs: { lte: nowMs() }, database: { agentId } },
    select: { id: true, databaseId: true, aims: true },
  });
  return rows.map(({ aims, ...row }) => ({ ...row, aims: JSON.parse(aims) as DrillAim[] }));
}

/** All that failed drills of an agent's databases, or of one database, have left, however young. */
export async function listEvidence(
  of: { agentId: string } | { databaseId: string },
): Promise<{ id: string; databaseId: string; aims: DrillAim[] }[]> {
  const rows = await metadata().drill.findMany({
    where: { evidenceUntilMs: { not: null }, ...("agentId" in of ? { database: of } : of) },
    select: { id: true, databaseId: true, aims: true },
  });
  return rows.map(({ aims, ...row }) => ({ ...row, aims: JSON.parse(aims) as DrillAim[] }));
}

/** Writes down that nothing is left of a failed drill but its receipt. */
export async function noteEvidenceGone(drillId: string): Promise<void> {
  await metadata().drill.updateMany({ where: { id: drillId }, data: { evidenceUntilMs: null } });
}

const toTimestamp = (timeMs: bigint) => new Date(Number(timeMs)).toISOString();
