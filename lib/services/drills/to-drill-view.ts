import type { DrillPlanView, DrillView, ProvenRestore } from "../../client/drill-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import { parseCron } from "../../domain/cron-expression.ts";
import type { DrillAim, DrillAssertion, DrilledMoment, DrillStatus, DrillTrigger } from "../../domain/drill.ts";
import { nextRuns } from "../../domain/schedule-times.ts";
import type { DrillPlanRow, DrillRow } from "./find-drill.ts";

/** Drills as routes and pages show them, in the order given. */
export async function toDrillViews(db: MetadataReader, rows: readonly DrillRow[]): Promise<DrillView[]> {
  const open = rows.flatMap(({ status, jobId }) => (isOpen(status) && jobId !== null ? [jobId] : []));
  const jobs = open.length === 0 ? [] : await db.job.findMany({ where: { id: { in: open } } });
  return rows.map((row) => toDrillView(row, jobs.find(({ id }) => id === row.jobId) ?? null));
}

type JobProgress = { stage: string | null; progressDone: bigint; progressTotal: bigint };

function toDrillView(row: DrillRow, job: JobProgress | null): DrillView {
  const { errorCode: code, errorMessage: message, errorHint: hint } = row;
  const isRunning = isOpen(row.status) && job !== null && job.stage !== null;
  return {
    id: row.id,
    databaseId: row.databaseId,
    trigger: row.trigger as DrillTrigger,
    status: row.status as DrillStatus,
    aims: JSON.parse(row.aims) as DrillAim[],
    progress: isRunning
      ? { stage: job.stage ?? "", done: Number(job.progressDone), total: Number(job.progressTotal) }
      : null,
    moments: row.moments === null ? [] : (JSON.parse(row.moments) as DrilledMoment[]),
    recoveryMs: toNumber(row.recoveryMs),
    provenTimeMs: toNumber(row.provenTimeMs),
    sizeBytes: toNumber(row.sizeBytes),
    hasReceipt: row.receipt !== null,
    error: code === null ? null : { code, message: message ?? "", hint },
    createdAtMs: toNumber(row.createdAtMs),
    createdByName: row.createdByName,
    startedAtMs: toNumber(row.startedAtMs),
    finishedAtMs: toNumber(row.finishedAtMs),
    evidenceUntilMs: toNumber(row.evidenceUntilMs),
  };
}

export function toDrillPlanView(row: DrillPlanRow, nowMs: number): DrillPlanView {
  const [nextRunMs = null] = row.active ? nextRuns(parseCron(row.cron), row.zone, nowMs, 1) : [];
  return {
    active: row.active,
    cron: row.cron,
    zone: row.zone,
    aims: JSON.parse(row.aims) as DrillAim[],
    assertions: JSON.parse(row.assertions) as DrillAssertion[],
    version: row.version,
    nextRunMs,
    updatedAtMs: toNumber(row.updatedAtMs),
    updatedBy: row.updatedBy,
  };
}

/** The newest proof that restores of each of these databases work. */
export async function findProven(
  db: MetadataReader,
  databaseIds: readonly string[],
): Promise<Map<string, ProvenRestore>> {
  const proven = new Map<string, ProvenRestore>();
  for (const databaseId of databaseIds) {
    const row = await db.drill.findFirst({
      where: { databaseId, status: "passed" },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
    });
    if (!row || row.finishedAtMs === null) continue;
    proven.set(databaseId, {
      drillId: row.id,
      atMs: Number(row.finishedAtMs),
      recoveryMs: Number(row.recoveryMs ?? 0),
      timeMs: Number(row.provenTimeMs ?? row.finishedAtMs),
      sizeBytes: Number(row.sizeBytes ?? 0),
    });
  }
  return proven;
}

const isOpen = (status: string) => status === "queued" || status === "running";
