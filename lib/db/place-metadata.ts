import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../domain/errors.ts";
import { metadataPlace } from "../metadata-place.ts";
import { runtimePaths } from "../runtime-paths.ts";
import { loadPostgres, requireEmptyPostgres } from "./load-postgres.ts";
import { placeHostedFiles } from "./place-hosted-files.ts";
import { type QueuedState, queueRestores, queueRestoresOnServer } from "./queue-restores.ts";

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
 * Puts metadata that came back to work in their new data directory: what a server held into that one, else the file as it lies there.
 * @param server with `rows`, the file of what it held; null: they are the data directory's own file
 * @param clusters whose histories came back; answers those that the first start restores in place
 */
export async function placeMetadata(
  data: string,
  server: { url: string; rows: string } | null,
  clusters: readonly QueuedState[],
): Promise<string[]> {
  const hosted = path.join(data, "databases");
  if (!server) {
    placeHostedFiles(runtimePaths(data).metadata, hosted);
    return queueRestores(runtimePaths(data).metadata, clusters, Date.now());
  }
  const file = runtimePaths(data).agentId;
  const agentId = existsSync(file) ? readFileSync(file, "utf8").trim() : null;
  await loadPostgres(server.url, server.rows, { agentId, hosted });
  rmSync(server.rows);
  return agentId === null ? [] : queueRestoresOnServer(server.url, clusters, { agentId, nowMs: Date.now() });
}
