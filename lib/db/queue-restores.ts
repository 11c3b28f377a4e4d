import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { explainPostgresError } from "./explain-postgres-error.ts";

/** A state that a database is to be restored to in place. */
export type QueuedState = { databaseId: string; bookmark: string; timeMs: number };

const REASON = "Its machine was lost: brought back from the second copy.";

/** One text for both providers, but for how a value is named. */
const sqlOf = (value: (number: number) => string) => ({
  find: `SELECT "agentId" FROM "Database" d WHERE "id" = ${value(1)} AND "engine" = 'postgres' AND "origin" = 'hosted' AND "deletedAtMs" IS NULL
    AND "state" IN ('active', 'restoring') AND NOT EXISTS (SELECT 1 FROM "Restore" WHERE "openKey" = d."id")`,
  addJob: `INSERT INTO "Job" ("id", "kind", "databaseId", "agentId", "payload", "status", "createdAtMs")
    VALUES (${[1, 2, 3, 4, 5, 6, 7].map(value).join(", ")})`,
  addRestore: `INSERT INTO "Restore" ("id", "databaseId", "jobId", "openKey", "targetKind", "sourceKind", "toBookmark", "toTimeMs", "reason",
    "planDigest", "status", "createdAtMs") VALUES (${[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(value).join(", ")})`,
});

function valuesOf({ databaseId, bookmark, timeMs }: QueuedState, agentId: string, nowMs: number) {
  const [restoreId, jobId] = [randomUUID(), randomUUID()];
  const payload = JSON.stringify({ restoreId });
  const goal = ["project", "bookmark", bookmark, timeMs];
  return {
    job: [jobId, "restore.run", databaseId, agentId, payload, "queued", nowMs],
    restore: [restoreId, databaseId, jobId, databaseId, ...goal, REASON, "", "queued", nowMs],
  };
}

/**
 * Has clusters whose histories were brought back to another machine restored in place as soon as Lastgood starts there: writes each restore and its
 * job into a metadata file that nobody has open. Those that are deleted, that were never protected, or of which a restore is open
 * already are left alone. Answers the ids of those that are queued.
 */
export function queueRestores(file: string, states: readonly QueuedState[], nowMs: number): string[] {
  const connection = new DatabaseSync(file);
  const sql = sqlOf((number) => `?${number}`);
  try {
    const queued: string[] = [];
    connection.exec("BEGIN IMMEDIATE");
    for (const state of states) {
      const row = connection.prepare(sql.find).get(state.databaseId);
      if (!row) continue;
      const { job, restore } = valuesOf(state, String(row.agentId), nowMs);
      connection.prepare(sql.addJob).run(...job);
      connection.prepare(sql.addRestore).run(...restore);
      queued.push(state.databaseId);
    }
    connection.exec("COMMIT");
    return queued;
  } finally {
    connection.close();
  }
}

/**
 * The same in a store on PostgreSQL, for the clusters of the agent whose data directory it is: those of others are where they were. Throws
 * `metadata_unavailable`.
 */
export async function queueRestoresOnServer(
  url: string,
  states: readonly QueuedState[],
  { agentId, nowMs }: { agentId: string; nowMs: number },
): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: "lastgood bring back" });
  client.on("error", () => undefined);
  const sql = sqlOf((number) => `$${number}`);
  try {
    await client.connect();
    await client.query("SET search_path TO public");
    const queued: string[] = [];
    await client.query("BEGIN");
    for (const state of states) {
      const { rows } = await client.query<{ agentId: string }>(sql.find, [state.databaseId]);
      if (rows[0]?.agentId !== agentId) continue;
      const { job, restore } = valuesOf(state, agentId, nowMs);
      await client.query(sql.addJob, job);
      await client.query(sql.addRestore, restore);
      queued.push(state.databaseId);
    }
    await client.query("COMMIT");
    return queued;
  } catch (error) {
    throw explainPostgresError(error);
  } finally {
    await client.end();
  }
}
