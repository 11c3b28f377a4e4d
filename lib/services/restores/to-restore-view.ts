import type { RestoreView } from "../../client/api-types.ts";

import type { BackupKind } from "../../client/backup-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { isCancellableStage, isRestoreStage, type Staged } from "../../domain/restore-stages.ts";
import { readChecks } from "./note-check.ts";
import { readNotes } from "./restore-notes.ts";

type Row = Prisma.RestoreGetPayload<{ include: { database: { select: { name: true; engine: true; origin: true } } } }>;
type JobRow = {
  id: string;
  stage: string | null;
  progressDone: bigint;
  progressTotal: bigint;
  cancelAsked: boolean;
  goneAhead: boolean;
};

/** What every query for restores that are to be shown includes. */
export const RESTORE_INCLUDE = { database: { select: { name: true, engine: true, origin: true } } } as const;

/** What of a restore's row decides its stages. */
export function stagedOf(row: Pick<Row, "targetKind" | "fenceSeconds" | "runHooks" | "backupId" | "copyId">): Staged {
  return {
    backup: row.backupId === null ? null : { id: row.backupId },
    secondCopy: row.copyId,
    target: row.targetKind as RestoreView["target"],
    fenceSeconds: row.fenceSeconds,
    runHooks: row.runHooks,
  };
}

function pair(bookmark: string | null, timeMs: bigint | null): { bookmark: string; timeMs: number } | null {
  return bookmark === null || timeMs === null ? null : { bookmark, timeMs: Number(timeMs) };
}

/** Restores as routes and pages show them, in the order given, with progress and what undid them. */
export async function toRestoreViews(db: MetadataReader, rows: Row[]): Promise<RestoreView[]> {
  const jobIds = rows.flatMap((row) => (row.openKey !== null && row.jobId !== null ? [row.jobId] : []));
  const jobs = new Map(
    (jobIds.length > 0 ? await db.job.findMany({ where: { id: { in: jobIds } } }) : []).map((job) => [job.id, job]),
  );
  const undos = await db.restore.findMany({
    where: { undoOf: { in: rows.map((row) => row.id) }, status: { in: ["queued", "running", "completed"] } },
    select: { id: true, undoOf: true },
    orderBy: { createdAtMs: "asc" },
  });
  const undoneBy = new Map(undos.map((undo) => [undo.undoOf, undo.id]));
  const approvers = await readApprovers(db, rows);
  const lines = await readLines(db, rows);
  const names = await readNames(db, rows);
  const backups = await readBackups(db, rows);
  return rows.map((row) => ({
    ...toView(row, jobs.get(row.jobId ?? "") ?? null, undoneBy.get(row.id) ?? null),
    copy: toOther(row.targetDatabaseId, names, row.targetName),
    preview: toOther(row.sourceDatabaseId, names, null),
    backup: backups.get(row.backupId ?? "") ?? null,
    approval: row.approvalId === null ? null : { id: row.approvalId, approvedBy: approvers.get(row.approvalId) ?? [] },
    lines: lines.get(row.jobId ?? "") ?? [],
  }));
}

/** By job, what hooks and fence said. */
async function readLines(db: MetadataReader, rows: Row[]): Promise<Map<string, RestoreView["lines"]>> {
  const jobIds = rows.flatMap((row) =>
    row.jobId !== null && (row.runHooks || row.fenceSeconds !== null) ? [row.jobId] : [],
  );
  const lines = new Map<string, RestoreView["lines"]>(jobIds.map((id) => [id, []]));
  if (jobIds.length === 0) return lines;
  const found = await db.jobLine.findMany({
    where: { jobId: { in: jobIds } },
    orderBy: [{ jobId: "asc" }, { seq: "asc" }],
  });
  for (const { jobId, seq, timeMs, text } of found) lines.get(jobId)?.push({ seq, timeMs: toNumber(timeMs), text });
  return lines;
}

type Named = { name: string; isThere: boolean };

/** The other databases that restores were about, deleted ones too. */
async function readNames(db: MetadataReader, rows: Row[]): Promise<Map<string, Named>> {
  const ids = rows.flatMap(({ targetDatabaseId, sourceDatabaseId }) => [targetDatabaseId, sourceDatabaseId]);
  const known = ids.flatMap((id) => id ?? []);
  if (known.length === 0) return new Map();
  const found = await db.database.findMany({
    where: { id: { in: known } },
    select: { id: true, name: true, deletedAtMs: true },
  });
  return new Map(found.map(({ id, name, deletedAtMs }) => [id, { name, isThere: deletedAtMs === null }]));
}

function toOther(id: string | null, names: ReadonlyMap<string, Named>, storedName: string | null) {
  if (id === null) return null;
  const known = names.get(id);
  return { id: known?.isThere ? id : null, name: known?.name ?? storedName ?? "" };
}

/** The backups that restores came from, deleted ones too. */
async function readBackups(db: MetadataReader, rows: Row[]): Promise<Map<string, NonNullable<RestoreView["backup"]>>> {
  const ids = rows.flatMap(({ backupId }) => backupId ?? []);
  if (ids.length === 0) return new Map();
  const found = await db.backup.findMany({
    where: { id: { in: ids } },
    select: { id: true, key: true, kind: true, label: true, purgedAtMs: true },
  });
  return new Map(
    found.map(({ id, key, kind, label, purgedAtMs }) => [
      id,
      { id, key: purgedAtMs === null ? key : null, kind: kind as BackupKind, label },
    ]),
  );
}

/** By request, the names of those who approved it. */
async function readApprovers(db: MetadataReader, rows: Row[]): Promise<Map<string, string[]>> {
  const requestIds = rows.flatMap(({ approvalId }) => (approvalId === null ? [] : [approvalId]));
  const names = new Map<string, string[]>(requestIds.map((id) => [id, []]));
  if (requestIds.length === 0) return names;
  const decisions = await db.approvalDecision.findMany({
    where: { requestId: { in: requestIds }, verdict: "approve" },
    orderBy: { timeMs: "asc" },
  });
  for (const { requestId, userName } of decisions) names.get(requestId)?.push(userName);
  return names;
}

/** How a restore or job ended badly, as it was stored; null when it did not. */
export function toStoredError(row: {
  errorCode: string | null;
  errorMessage: string | null;
  errorHint: string | null;
}): RestoreView["error"] {
  if (row.errorCode === null) return null;
  return { code: row.errorCode, message: row.errorMessage ?? "", hint: row.errorHint };
}

function toView(
  row: Row,
  job: JobRow | null,
  undoneBy: string | null,
): Omit<RestoreView, "approval" | "copy" | "preview" | "lines" | "backup"> {
  const open = row.openKey !== null;
  const stage = isRestoreStage(row.stage) ? row.stage : null;
  return {
    id: row.id,
    databaseId: row.databaseId,
    databaseName: row.database.name,
    engine: row.database.engine as RestoreView["engine"],
    origin: row.database.origin as RestoreView["origin"],
    target: row.targetKind as RestoreView["target"],
    ttlHours: row.ttlHours,
    secondCopy: row.copyId,
    source: row.sourceKind as RestoreView["source"],
    status: row.status as RestoreView["status"],
    askedMs: toNumber(row.askedMs),
    to: { bookmark: row.toBookmark, timeMs: toNumber(row.toTimeMs) },
    previous: pair(row.previousBookmark, row.previousTimeMs),
    reached: pair(row.reachedBookmark, row.reachedTimeMs),
    restoreBookmark: row.restoreBookmark,
    undoOf: row.undoOf,
    undoneBy,
    reason: row.reason,
    requestedBy: row.requestedByName,
    preRestoreKey: readNotes(row).preRestore?.key ?? null,
    fenceSeconds: row.fenceSeconds,
    runHooks: row.runHooks,
    amcheck: row.amcheck,
    checks: readChecks(row.checks),
    stage,
    progress:
      job && job.progressTotal > 0n ? { done: Number(job.progressDone), total: Number(job.progressTotal) } : null,
    cancellable:
      open && isCancellableStage(stagedOf(row), stage) && job?.cancelAsked !== true && job?.goneAhead !== true,
    timings: row.timings === null ? {} : (JSON.parse(row.timings) as RestoreView["timings"]),
    pages: row.pages,
    rows: row.targetKind === "rows" && row.summary !== null ? (JSON.parse(row.summary) as RestoreView["rows"]) : null,
    error: toStoredError(row),
    createdAtMs: toNumber(row.createdAtMs),
    startedAtMs: toNumber(row.startedAtMs),
    finishedAtMs: toNumber(row.finishedAtMs),
  };
}
