import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { RecoveryPlan } from "./recovery-plan.ts";

export type ServerSocket = { socketDirectory: string; port: number; superuser: string };

/** Connects to a restored server as its superuser. What roles and databases have set for their sessions does not count. */
export async function connectRestored(server: ServerSocket, database = "template1"): Promise<pg.Client> {
  const client = new pg.Client({
    host: server.socketDirectory,
    port: server.port,
    user: server.superuser,
    database,
    password: "",
    ssl: false,
    connectionTimeoutMillis: 30_000,
    options: "-c default_transaction_read_only=off -c statement_timeout=0 -c lock_timeout=0 -c search_path=pg_catalog",
  });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/**
 * Proves that a promoted server has exactly the state of its plan: what PostgreSQL itself wrote down as the place and the reason of the
 * new timeline is the wanted commit on the wanted timeline, and it is the cluster that the history is of. Throws `restore_failed`.
 */
export async function proveReached(
  server: ServerSocket & { directory: string },
  plan: RecoveryPlan,
  systemIdentifier: string,
): Promise<{ timeline: number; forkLsn: string }> {
  const client = await connectRestored(server);
  try {
    const { rows } = await client.query<{ recovering: boolean; system: string; segment: string }>(
      `SELECT pg_is_in_recovery() AS recovering, pg_walfile_name(pg_current_wal_lsn()) AS segment,
              (SELECT system_identifier::text FROM pg_control_system()) AS system`,
    );
    const [row] = rows;
    if (!row || row.recovering) throw elsewhere("it was not promoted");
    if (row.system !== systemIdentifier) throw elsewhere(`it is the cluster ${row.system}, not ${systemIdentifier}`);
    const timeline = Number.parseInt(row.segment.slice(0, 8), 16);
    return { timeline, forkLsn: readFork(server.directory, timeline, plan) };
  } finally {
    await client.end();
  }
}

/**
 * The last line of a timeline's history: parent, position, reason ("after LSN 0/3000110", "reached consistency").
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES
 */
function readFork(directory: string, timeline: number, { target, timeline: wanted, base }: RecoveryPlan): string {
  const file = path.join(directory, "pg_wal", `${timeline.toString(16).toUpperCase().padStart(8, "0")}.history`);
  const last = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").at(-1) : undefined;
  const [parent = "", forkLsn = "", reason = ""] = last?.split("\t") ?? [];
  if (Number(parent) !== wanted) throw elsewhere(`it left timeline ${parent || "(none)"}, not ${wanted}`);
  const isIt =
    target === "immediate"
      ? reason.startsWith("reached consistency") && forkLsn === base.stopLsn
      : parseLsn(/^after LSN ([0-9A-F]+\/[0-9A-F]+)/.exec(reason)?.[1] ?? "") === parseLsn(target.lsn);
  if (!isIt) throw elsewhere(`it stopped at ${forkLsn} (${reason})`);
  return forkLsn;
}

function elsewhere(what: string): LastgoodError {
  return new LastgoodError("restore_failed", `The restored state is not the wanted one: ${what}.`, {
    hint: "Nothing was changed. Choose a commit near it, and tell who operates this Lastgood.",
  });
}
