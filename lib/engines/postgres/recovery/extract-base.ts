import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { PassThrough, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { LastgoodError } from "../../../domain/errors.ts";
import type { KeptBase } from "../bases/base-record.ts";
import { damagedBase } from "../bases/verify-base.ts";
import { clusterUser } from "../programs/cluster-user.ts";
import { makeClusterFolder } from "./cluster-folder.ts";
import { findLink } from "./find-link.ts";

const PIECE_BYTES = 1024 * 1024;

/**
 * Unpacks a base backup into a fresh data directory, proving on the way that each file is what was taken. `done` counts bytes of
 * the packed files. Throws `history_damaged` where one is not, the signal's reason once aborted.
 */
export async function extractBase(
  base: KeptBase,
  directory: string,
  { signal, progress }: { signal: AbortSignal; progress: (done: number, total: number) => void },
): Promise<void> {
  const packed = base.files.filter(({ name }) => name.endsWith(".tar") || name.includes(".tar."));
  const total = packed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let done = 0;
  for (const file of packed) {
    const into = file.name.startsWith("pg_wal.tar") ? path.join(directory, "pg_wal") : directory;
    if (!existsSync(into)) makeClusterFolder(path.dirname(into), into);
    await extract(base, file, into, signal, (bytes) => {
      done += bytes;
      progress(done, total);
    });
  }
  refuseLinks(base, directory);
  // What makes a server a standby, or lets two targets contradict each other.
  for (const name of ["standby.signal", "recovery.signal", "postmaster.pid"])
    rmSync(path.join(directory, name), { force: true });
}

async function extract(
  base: KeptBase,
  file: KeptBase["files"][number],
  into: string,
  signal: AbortSignal,
  read: (bytes: number) => void,
): Promise<void> {
  const source = path.join(base.directory, file.name);
  if (!existsSync(source)) throw damagedBase(base, file.name, "is missing");
  const hash = createHash("sha256");
  const counted = new Transform({
    transform(piece: Buffer, _encoding, pass) {
      hash.update(piece);
      read(piece.length);
      pass(null, piece);
    },
  });
  const tar = spawn(
    "tar",
    ["--extract", "--no-same-owner", "--preserve-permissions", "--file=-", "--directory", into],
    {
      cwd: "/",
      stdio: ["pipe", "ignore", "pipe"],
      env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C.UTF-8", NODE_ENV: "production" },
      ...clusterUser(),
    },
  );
  const ended = endOf(tar);
  try {
    await pipeline(createReadStream(source, { highWaterMark: PIECE_BYTES }), counted, unpack(file.name), tar.stdin, {
      signal,
    });
  } catch (error) {
    tar.kill("SIGKILL");
    const { complaint } = await ended;
    signal.throwIfAborted();
    if (/no space left/i.test(complaint)) throw fullDisk(complaint);
    throw damagedBase(base, file.name, `cannot be unpacked (${complaint || String(error)})`);
  }
  const { code, complaint } = await ended;
  if (hash.digest("hex") !== file.sha256) throw damagedBase(base, file.name, "was changed");
  if (code !== 0) throw /no space left/i.test(complaint) ? fullDisk(complaint) : new Error(`tar: ${complaint}`);
}

async function endOf(tar: ChildProcess): Promise<{ code: number | null; complaint: string }> {
  let complaint = "";
  tar.stderr?.on("data", (bytes: Buffer) => {
    complaint = (complaint + bytes.toString()).slice(-2_000);
  });
  const [code] = (await once(tar, "close")) as [number | null];
  return { code, complaint: complaint.trim().split("\n")[0] ?? "" };
}

function unpack(name: string): Transform {
  if (name.endsWith(".zst")) return createZstdDecompress({ chunkSize: PIECE_BYTES });
  return name.endsWith(".gz") ? createGunzip({ chunkSize: PIECE_BYTES }) : new PassThrough();
}

/** A link would lead the server that runs here to files of another one, as a tablespace's does. */
function refuseLinks(base: KeptBase, directory: string): void {
  const map = path.join(directory, "tablespace_map");
  if (findLink(directory) === null && (!existsSync(map) || readFileSync(map, "utf8").trim() === "")) return;
  throw damagedBase(base, "base.tar", "holds links to places outside of the data directory");
}

export function fullDisk(cause: string): LastgoodError {
  return new LastgoodError("storage_full", `The state could not be unpacked: ${cause}.`, {
    hint: "Free space on the disk that holds the clusters, then try again.",
  });
}
