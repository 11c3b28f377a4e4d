import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { LastgoodError } from "../../../domain/errors.ts";
import { clusterUser } from "../programs/cluster-user.ts";
import { findLink } from "../recovery/find-link.ts";

/**
 * A physical backup of a cluster: a tar of a whole data directory that was recovered to the commit, stopped cleanly, and had the
 * checksum of every page read. No log is missing from it, since none is needed. `lastgood-state.json` in it says what it is.
 */
const FORMAT = /^postgres-(\d{2})-tar$/;
const STATE_FILE = "lastgood-state.json";
const BLOCK_BYTES = 512;
export const PAGE_BYTES = 8192;

const stateSchema = z.object({
  version: z.literal(1),
  /** The name of the role with the id 10. */
  superuser: z.string().min(1),
  systemIdentifier: z.string(),
  serverVersion: z.number().int(),
  /** Whether its roles are those of a cluster that Lastgood made. */
  isHosted: z.boolean(),
  timeline: z.number().int().positive(),
});
/** What an archive says of the state in it. */
export type ArchivedState = z.infer<typeof stateSchema>;

export const formatOf = (serverVersion: number) => `postgres-${serverVersion}-tar`;

/** Puts into a stopped data directory what its archive is to say. */
export function writeArchivedState(directory: string, state: ArchivedState): void {
  writeFileSync(path.join(directory, STATE_FILE), JSON.stringify(stateSchema.parse(state)), { mode: 0o600 });
}

/** Reads that again out of an unpacked one, and takes it out. Throws `storage_damaged`. */
export function takeArchivedState(directory: string): ArchivedState {
  const file = path.join(directory, STATE_FILE);
  const read = existsSync(file) ? stateSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))) : null;
  if (!read?.success || !existsSync(path.join(directory, "PG_VERSION"))) throw damaged("it holds no cluster");
  rmSync(file);
  return read.data;
}

/** By its beginning and length. Throws `storage_damaged` where that cannot be a whole one. */
export function describeArchive(
  format: string,
  head: Uint8Array,
  sizeBytes: number,
): { pageSizeBytes: number; pageCount: number } {
  const magic = Buffer.from(head.subarray(257, 262)).toString("latin1");
  if (!FORMAT.test(format)) throw damaged(`its format is ${format.slice(0, 40)}`);
  if (magic !== "ustar" || sizeBytes % BLOCK_BYTES !== 0) throw damaged("it is no tar file");
  return { pageSizeBytes: PAGE_BYTES, pageCount: Math.ceil(sizeBytes / PAGE_BYTES) };
}

const NEEDED = ["./PG_VERSION", "./global/pg_control", "./base/", "./pg_wal/", `./${STATE_FILE}`];

/** Goes through a whole archive: it must come to its own end, hold a cluster, and nothing that lies outside of it. Throws `storage_damaged`. */
export async function checkArchive(file: string): Promise<void> {
  const child = spawn("tar", ["-tf", file], { stdio: ["ignore", "pipe", "ignore"], env: ENVIRONMENT });
  const ended = once(child, "close");
  const missing = new Set(NEEDED);
  let rest = "";
  let outside = false;
  for await (const piece of child.stdout) {
    const lines = (rest + String(piece)).split("\n");
    rest = lines.pop() ?? "";
    for (const name of lines) {
      missing.delete(name);
      outside ||= !name.startsWith("./") || name.split("/").includes("..");
    }
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw damaged("it breaks off");
  if (outside || missing.size > 0)
    throw damaged(outside ? "it names a file outside of itself" : `it lacks ${[...missing][0]}`);
}

/** Unpacks an archive as the cluster's own user into its folder, which is there and empty. Throws `storage_damaged`, `storage_full`. */
export async function unpackArchive(file: string, directory: string, signal: AbortSignal): Promise<void> {
  // The user that unpacks cannot enter the folder of fetched backups, hence the pipe.
  const child = spawn("tar", ["-C", directory, "--no-same-owner", "--no-overwrite-dir", "-xpf", "-"], {
    stdio: ["pipe", "ignore", "pipe"],
    cwd: "/",
    env: ENVIRONMENT,
    ...clusterUser(),
  });
  let said = "";
  child.stderr.on("data", (piece: Buffer) => {
    said = (said + piece.toString()).slice(-2000);
  });
  const ended = once(child, "close");
  try {
    await pipeline(createReadStream(file), child.stdin, { signal });
  } catch (error) {
    // tar may end at the archive's end, before the padding behind it was read; its exit code says whether all is well.
    const isClosed = /EPIPE|Premature close/.test(String(error)) && !signal.aborted;
    if (!isClosed) child.kill("SIGKILL");
    signal.throwIfAborted();
    if (!isClosed) throw error;
  }
  const [code] = (await ended) as [number | null];
  if (code === 0) return refuseLinks(directory);
  if (!/No space left/.test(said)) throw damaged("it cannot be unpacked");
  throw new LastgoodError("storage_full", "There is too little disk to unpack the backup.", {
    hint: "Free some space where clusters lie and try again.",
  });
}

/** A link would let the server that starts there work on files of somebody else's. */
function refuseLinks(directory: string): void {
  if (findLink(directory) !== null) throw damaged("it holds links to places outside of itself");
}

const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C.UTF-8", NODE_ENV: "production" } as const;

function damaged(because: string): LastgoodError {
  return new LastgoodError("storage_damaged", `The backup cannot be used: ${because}.`, {
    hint: "Nothing was changed. Use another backup.",
    outcome: "nothing",
  });
}
