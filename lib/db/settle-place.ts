import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import path from "node:path";

/** A state that a cluster is to be restored to in place. */
export type QueuedState = { databaseId: string; bookmark: string; timeMs: number };

/** Whose place a data directory that was brought back takes. */
export type TakenPlace = {
  agentId: string;
  /** What the new data directory has in its `machine-id`. */
  machineId: string;
  /** Absolute path of the folder of its hosted files. */
  hosted: string;
  /** The clusters whose histories came back, with their newest states. */
  clusters: readonly QueuedState[];
  /** Unix milliseconds. */
  nowMs: number;
};

/** Carries one statement out; values are named $1, $2 and so on. */
export type Statement = (sql: string, values: readonly (string | number)[]) => Promise<Record<string, unknown>[]>;

/** More starts than a machine makes between two copies of the metadata: none of the former one's runs is taken for the newest. */
const EPOCHS_AHEAD = 1_000;
const DAY_MS = 86_400_000;
/** What was being made may be whole in its history, and is not removed before somebody had the time to see it. */
const UNFINISHED_KEPT_MS = 30 * DAY_MS;

const REASON = "Its machine was lost: brought back from the second copy.";
const LOST_RESTORE =
  "Its machine was lost. What it had done by then is in the history; restore again if it is still wanted.";
const LOST_COPY =
  "Its machine was lost while it was made. What came back of it is among the deleted databases; make it again if it is still wanted.";
const LOST_JOB = "Its machine was lost.";
const RESTORES = `"kind" IN ('restore.run', 'copy.bring-back')`;
const REMOVALS = `"kind" IN ('database.purge', 'backup.purge', 'erasure.run')`;
const OPEN = `"openKey" IS NOT NULL AND "databaseId" IN (SELECT "id" FROM "Database" WHERE "agentId" = $1)`;
const COPY = `"targetKind" IN ('new_preview', 'new_database')`;
const ENDED = `"status" = 'failed', "leaseOwner" = NULL, "leaseUntilMs" = NULL, "version" = "version" + 1, "errorCode" = 'cancelled'`;

/**
 * Tells metadata that were brought back, and that nobody uses yet, what is so on the new machine. The place of the agent is its own, and runs of the
 * former machine count no more. Restores that were open there are ended: whether they were carried out nobody knows here, and what was written
 * since is in the history. Nothing whose removal may have been taken back since is removed within a day. Then each cluster is to be restored to
 * its newest state by the first start; answers the ids of those. In one transaction of the caller's.
 */
export async function settlePlace(run: Statement, place: TakenPlace): Promise<string[]> {
  const { agentId, machineId, hosted, nowMs } = place;
  await run(
    `UPDATE "Database" SET "path" = $2 || "id" || '.db' WHERE "engine" = 'sqlite' AND "origin" = 'hosted' AND "agentId" = $1`,
    [agentId, `${hosted}${path.sep}`],
  );
  await run(
    `UPDATE "Agent" SET "machineId" = $2, "hostName" = $3, "epoch" = "epoch" + ${EPOCHS_AHEAD} WHERE "id" = $1`,
    [agentId, machineId, hostname()],
  );
  await endRestores(run, place);
  await putOffRemovals(run, nowMs);
  return queueRestores(run, place);
}

async function endRestores(run: Statement, { agentId, nowMs }: TakenPlace): Promise<void> {
  // A restore's job makes the backup of what it replaces, too.
  await run(
    `UPDATE "Backup" SET "status" = 'failed', "errorCode" = 'cancelled', "errorMessage" = $2, "finishedAtMs" = $3
      WHERE "status" IN ('queued', 'running') AND "jobId" IN (SELECT "id" FROM "Job" WHERE "agentId" = $1 AND ${RESTORES})`,
    [agentId, LOST_JOB, nowMs],
  );
  await run(
    `UPDATE "Job" SET ${ENDED}, "errorMessage" = $2, "finishedAtMs" = $3
      WHERE "agentId" = $1 AND "status" IN ('queued', 'running')
        AND (${RESTORES} OR "id" IN (SELECT "jobId" FROM "Restore" WHERE ${OPEN}))`,
    [agentId, LOST_RESTORE, nowMs],
  );
  await run(
    `UPDATE "Database" SET "state" = 'deleted', "nameKey" = NULL, "deletedAtMs" = $2, "deletedBy" = 'failed', "purgeAfterMs" = $3
      WHERE "state" = 'preparing' AND "deletedAtMs" IS NULL AND "id" IN (SELECT "targetDatabaseId" FROM "Restore" WHERE ${COPY} AND ${OPEN})`,
    [agentId, nowMs, nowMs + UNFINISHED_KEPT_MS],
  );
  await run(
    `UPDATE "Restore" SET "status" = 'failed', "openKey" = NULL, "finishedAtMs" = $2, "errorCode" = 'cancelled', "errorHint" = NULL,
        "errorMessage" = CASE WHEN ${COPY} THEN $3 ELSE $4 END
      WHERE ${OPEN}`,
    [agentId, nowMs, LOST_COPY, LOST_RESTORE],
  );
  await run(`UPDATE "Database" SET "state" = 'active' WHERE "state" = 'restoring' AND "agentId" = $1`, [agentId]);
}

/** Of every agent: for all of them the metadata are set back. Whoever is to remove something queues it anew when it is due. */
async function putOffRemovals(run: Statement, nowMs: number): Promise<void> {
  await run(
    `UPDATE "Job" SET ${ENDED}, "errorMessage" = $1, "finishedAtMs" = $2 WHERE "status" IN ('queued', 'running') AND ${REMOVALS}`,
    [LOST_JOB, nowMs],
  );
  const untilMs = nowMs + DAY_MS;
  await run(`UPDATE "Erasure" SET "runAfterMs" = $1 WHERE "status" = 'waiting' AND "runAfterMs" < $1`, [untilMs]);
  await run(`UPDATE "Database" SET "nextWindowAtMs" = $1 WHERE "nextWindowAtMs" < $1`, [untilMs]);
  for (const table of ["Namespace", "Database", "Backup"]) {
    await run(`UPDATE "${table}" SET "purgeAfterMs" = $1 WHERE "purgedAtMs" IS NULL AND "purgeAfterMs" < $1`, [
      untilMs,
    ]);
  }
}

/** Those that are deleted, that were never protected, or that are another agent's are left alone. */
async function queueRestores(run: Statement, { agentId, clusters, nowMs }: TakenPlace): Promise<string[]> {
  const queued: string[] = [];
  for (const { databaseId, bookmark, timeMs } of clusters) {
    const found = await run(
      `SELECT "id" FROM "Database" WHERE "id" = $1 AND "agentId" = $2 AND "engine" = 'postgres' AND "origin" = 'hosted'
        AND "deletedAtMs" IS NULL AND "state" = 'active'`,
      [databaseId, agentId],
    );
    if (found.length === 0) continue;
    const [restoreId, jobId] = [randomUUID(), randomUUID()];
    await run(
      `INSERT INTO "Job" ("id", "kind", "databaseId", "agentId", "payload", "status", "createdAtMs")
        VALUES ($1, 'restore.run', $2, $3, $4, 'queued', $5)`,
      [jobId, databaseId, agentId, JSON.stringify({ restoreId }), nowMs],
    );
    await run(
      `INSERT INTO "Restore" ("id", "databaseId", "jobId", "openKey", "targetKind", "sourceKind", "toBookmark", "toTimeMs", "reason",
        "planDigest", "status", "createdAtMs") VALUES ($1, $2, $3, $4, 'project', 'bookmark', $5, $6, $7, '', 'queued', $8)`,
      [restoreId, databaseId, jobId, databaseId, bookmark, timeMs, REASON, nowMs],
    );
    queued.push(databaseId);
  }
  return queued;
}
