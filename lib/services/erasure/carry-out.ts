import { type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { storeNowMs } from "../../db/store-time.ts";
import type { Bookmark } from "../../domain/bookmark.ts";
import type { ErasurePlan } from "../../domain/erasure.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { ErasureStart } from "../../engines/engine-room.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import type { CallContext } from "../call-context.ts";
import { createJob } from "../jobs/create-job.ts";
import { transact } from "../transact.ts";
import { findReached, olderThan, requireErasable } from "./require-erasable.ts";
import { tellErasure } from "./tell-erasure.ts";

/** What an agent needs to know to carry an erasure out. */
export type ErasureOrder = {
  erasureId: string;
  databaseId: string;
  beforeMs: number;
  bookmark: Bookmark;
  timeMs: number;
};

/** What could not be done now is tried again after this. */
const AGAIN_AFTER_MS = 600_000n;

/** Queues the erasures of an agent's databases whose grace period is over. Answers how many. */
export function queueErasures(agentId: string): Promise<number> {
  return transact(async (tx) => {
    const now = await storeNowMs(tx);
    const due = await tx.erasure.findMany({
      where: {
        status: { in: ["waiting", "running"] },
        runAfterMs: { lte: now },
        database: { agentId, deletedAtMs: null },
      },
    });
    let queued = 0;
    for (const { id, databaseId, jobId } of due) {
      const open = jobId && (await tx.job.findFirst({ where: { id: jobId, status: { in: ["queued", "running"] } } }));
      if (open) continue;
      const job = await createJob(tx, { agentId, databaseId }, { kind: "erasure.run", payload: { erasureId: id } });
      await tx.erasure.update({ where: { id }, data: { jobId: job } });
      queued++;
    }
    return queued;
  });
}

/**
 * The order behind an `erasure.run` job; null for one that was cancelled or has ended, that the policy has come to forbid, which ends it, or that
 * waits for whatever reads what is to go. From here on there is no way back.
 */
export function startErasure(ctx: CallContext, erasureId: string): Promise<ErasureOrder | null> {
  return transact(async (tx) => {
    const now = await storeNowMs(tx);
    const row = await tx.erasure.findUnique({ where: { id: erasureId } });
    if (!row || (row.status !== "waiting" && row.status !== "running") || row.runAfterMs > now) return null;
    const { databaseId, includeBackups } = row;
    const [bookmark, timeMs, beforeMs] = [row.bookmark as Bookmark, Number(row.timeMs), Number(row.beforeMs)];
    const order = { erasureId, databaseId, beforeMs, bookmark, timeMs };
    const { backups, labels } = await findReached(tx, { ...order, includeBackups });
    // What has begun is ended: half of it may be gone.
    if (row.status === "waiting") {
      try {
        await requireErasable(tx, order, labels);
      } catch (error) {
        if (!(error instanceof LastgoodError)) throw error;
        await writeFailed(tx, ctx, erasureId, error);
        return null;
      }
    }
    const ids = includeBackups ? backups.map(({ id }) => id) : [];
    const reading = { backupId: { in: ids }, openKey: { not: null } };
    const restore = await tx.restore.findFirst({ where: reading, select: { id: true } });
    // What these write out may be a state of before; what is restored in place may have to be gone on with from one.
    const open = { status: { in: ["queued", "running"] } };
    const underWay = { where: { databaseId, ...open }, select: { id: true } };
    const writing = (await tx.drill.findFirst(underWay)) ?? (await tx.backup.findFirst(underWay));
    const restoring = {
      ...open,
      // Also from its second copy, of which what is fetched has all that the history had.
      OR: [{ databaseId }, { sourceDatabaseId: databaseId }, { copyId: { startsWith: `${databaseId}.` } }],
    };
    if (restore || writing || (await tx.restore.findFirst({ where: restoring, select: { id: true } }))) {
      await tx.erasure.update({ where: { id: erasureId }, data: { runAfterMs: now + AGAIN_AFTER_MS } });
      return null;
    }
    await tx.erasure.update({
      where: { id: erasureId },
      data: { status: "running", startedAtMs: row.startedAtMs ?? nowMs() },
    });
    return order;
  });
}

/** Of which database and what an erasure is that has not ended; null for one that has. */
export async function findOpenErasure(erasureId: string): Promise<{ databaseId: string; beforeMs: number } | null> {
  const row = await metadata().erasure.findUnique({ where: { id: erasureId } });
  const isOpen = row?.status === "waiting" || row?.status === "running";
  return row && isOpen ? { databaseId: row.databaseId, beforeMs: Number(row.beforeMs) } : null;
}

/** Writes down what the history will begin with, now that it is known. */
export async function settleErasure(erasureId: string, { begins, more }: ErasureStart): Promise<void> {
  await transact(async (tx) => {
    const row = await tx.erasure.findUnique({ where: { id: erasureId } });
    if (!row || (row.status !== "waiting" && row.status !== "running") || row.bookmark === begins.bookmark) return;
    const plan: ErasurePlan = { ...(JSON.parse(row.plan) as ErasurePlan), begins, more };
    const data = { bookmark: begins.bookmark, timeMs: BigInt(begins.timeMs), plan: JSON.stringify(plan) };
    await tx.erasure.update({ where: { id: erasureId }, data });
  });
}

/** Writes down that it was carried out and verified; backups of older states go now where that was asked for. */
export async function completeErasure(ctx: CallContext, erasureId: string, removedBytes: number): Promise<void> {
  await transact(async (tx) => {
    const row = await tx.erasure.findUniqueOrThrow({ where: { id: erasureId }, include: { database: true } });
    if (row.status !== "running") return;
    const now = await storeNowMs(tx);
    const older = olderThan({ timeMs: Number(row.timeMs), beforeMs: Number(row.beforeMs) });
    const removed = row.includeBackups
      ? await tx.backup.updateMany({
          // Also those that somebody deleted and could still bring back.
          where: { databaseId: row.databaseId, status: "completed", purgedAtMs: null, timeMs: older },
          // Their grace period was the erasure's own.
          data: { deletedAtMs: now, deletedBy: row.requestedByName, deletedBecause: null, purgeAfterMs: now },
        })
      : { count: 0 };
    const { database, ...ended } = await tx.erasure.update({
      where: { id: erasureId },
      data: {
        status: "completed",
        openKey: null,
        finishedAtMs: now,
        removedBytes: BigInt(removedBytes),
        removedBackups: removed.count,
        errorCode: null,
        errorMessage: null,
        errorHint: null,
      },
      include: { database: true },
    });
    await tellErasure(tx, ended, database);
    await writeAuditEntry(tx, ctx, {
      action: "erasure.completed",
      outcome: "done",
      namespaceId: database.namespaceId,
      actorName: null,
      target: { kind: "erasure", id: erasureId },
      detail: { databaseId: database.id, begins: row.bookmark, removedBytes, removedBackups: removed.count },
    });
  });
}

/** Writes down why it could not be carried out: to be tried again, or for good. */
export async function noteErasureFailed(ctx: CallContext, erasureId: string, error: LastgoodError): Promise<void> {
  await transact(async (tx) => {
    const row = await tx.erasure.findUniqueOrThrow({ where: { id: erasureId } });
    if (row.status !== "running" && row.status !== "waiting") return;
    const isOver = error.code === "history_damaged" || error.code === "foreign_bookmark" || error.code === "internal";
    if (isOver) return writeFailed(tx, ctx, erasureId, error);
    await tx.erasure.update({
      where: { id: erasureId },
      data: { ...errorColumns(error), runAfterMs: (await storeNowMs(tx)) + AGAIN_AFTER_MS },
    });
  });
}

const errorColumns = ({ code, message, details }: LastgoodError) => ({
  errorCode: code,
  errorMessage: message,
  errorHint: details.hint ?? null,
});

/** Ends it for good, tells of it and writes it into the audit log. */
async function writeFailed(tx: MetadataTransaction, ctx: CallContext, erasureId: string, error: LastgoodError) {
  const { database, ...ended } = await tx.erasure.update({
    where: { id: erasureId },
    data: { ...errorColumns(error), status: "failed", openKey: null, finishedAtMs: nowMs() },
    include: { database: true },
  });
  await tellErasure(tx, ended, database);
  await writeAuditEntry(tx, ctx, {
    action: "erasure.failed",
    outcome: "done",
    namespaceId: database.namespaceId,
    actorName: null,
    target: { kind: "erasure", id: erasureId },
    detail: { databaseId: database.id, code: error.code },
  });
}
