import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../domain/errors.ts";
import { metadataPlace } from "../metadata-place.ts";
import { runtimePaths } from "../runtime-paths.ts";
import { loadPostgres, readOwners, requireEmptyPostgres } from "./load-postgres.ts";
import { type QueuedState, settlePlace, type TakenPlace } from "./settle-place.ts";

export type { QueuedState };

/** The address of the empty database that DATABASE_URL names, for metadata that were on a server. Throws `invalid_input`, `conflict`. */
export async function requireMetadataServer(): Promise<string> {
  const place = metadataPlace();
  if (place.provider === "postgres") {
    await requireEmptyPostgres(place.url);
    return place.url;
  }
  throw new LastgoodError("invalid_input", "The metadata were on a PostgreSQL server, and DATABASE_URL names none.", {
    field: "DATABASE_URL",
    hint: "Let it name an empty database (CREATE DATABASE lastgood), and bring everything back into another folder.",
  });
}

/**
 * The ids of databases whose agent is another one than the one whose data directory comes back: they are where they were.
 * @param rows the file of what a metadata server held
 */
export async function findOthers(data: string, rows: string): Promise<Set<string>> {
  const own = readAgentId(data);
  const owners = await readOwners(rows);
  return new Set([...owners].flatMap(([id, agentId]) => (agentId === own ? [] : [id])));
}

/**
 * Puts metadata that came back to work in their new data directory: what a server held into that one, else the file as it lies there.
 * From then on the place of their agent is the data directory's, and nobody else's.
 * @param server with `rows`, the file of what it held; null: they are the data directory's own file
 * @param clusters whose histories came back; answers those that the first start restores in place
 */
export async function placeMetadata(
  data: string,
  server: { url: string; rows: string } | null,
  clusters: readonly QueuedState[],
): Promise<string[]> {
  const place = (agentId: string): TakenPlace => ({
    agentId,
    machineId: makeMachineId(data),
    hosted: path.join(data, "databases"),
    clusters,
    nowMs: Date.now(),
  });
  if (!server) return placeFile(runtimePaths(data).metadata, place);
  const agentId = readAgentId(data);
  const queued = await loadPostgres(server.url, server.rows, agentId === null ? null : place(agentId));
  rmSync(server.rows);
  return queued;
}

/** Metadata in a file belong to one agent, and name it; those that no agent ever used have nothing to settle. */
async function placeFile(file: string, place: (agentId: string) => TakenPlace): Promise<string[]> {
  const connection = new DatabaseSync(file);
  try {
    const row = connection.prepare(`SELECT "value" FROM "Setting" WHERE "key" = 'local-agent-id'`).get();
    if (!row) return [];
    connection.exec("BEGIN IMMEDIATE");
    const run = async (sql: string, values: readonly (string | number)[]) =>
      connection.prepare(sql.replaceAll(/\$(\d)/g, "?$1")).all(...values);
    const queued = await settlePlace(run, place(String(row.value)));
    connection.exec("COMMIT");
    return queued;
  } finally {
    connection.close();
  }
}

function readAgentId(data: string): string | null {
  const file = runtimePaths(data).agentId;
  return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
}

/** Kept on the disk before the metadata name it: a data directory with another one would be turned away. */
function makeMachineId(data: string): string {
  const machineId = randomUUID();
  writeFileSync(runtimePaths(data).machineId, `${machineId}\n`, { mode: 0o600, flag: "wx", flush: true });
  const folder = openSync(data, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return machineId;
}
