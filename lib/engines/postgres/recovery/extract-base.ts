import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { runChild } from "../../processes/run-child.ts";
import type { CheckFound } from "../../run-check.ts";
import { type KeptBase, MANIFEST } from "../bases/base-record.ts";
import { damagedBase } from "../bases/verify-base.ts";
import { clusterUser } from "../programs/cluster-user.ts";
import type { UnpackAnswer, UnpackOrder } from "./unpack-base-child.ts";

const HEAP_MIB = 96;

export type ExtractOptions = {
  signal: AbortSignal;
  /** Counts bytes of the packed files. */
  progress: (done: number, total: number) => void;
  /** Somebody reads every page of the state later on and compares its own checksum, before the state serves. */
  pagesAreChecked?: boolean;
};

/**
 * Unpacks a base backup into a fresh data directory, proving on the way that it is what was taken: the packed files by their sums, and
 * what comes out of them by the server's own manifest: that each file is there, how long it is and its checksum, but for those that consist of
 * pages where `pagesAreChecked`. Throws `history_damaged` naming what is not, `storage_full`, the signal's reason once aborted.
 */
export async function extractBase(
  base: KeptBase,
  directory: string,
  { signal, progress, pagesAreChecked = false }: ExtractOptions,
): Promise<CheckFound> {
  const packed = base.files.filter(({ name }) => name.endsWith(".tar") || name.includes(".tar."));
  const manifest = base.files.find(({ name }) => name === MANIFEST) ?? null;
  const at = (name: string) => path.join(base.directory, name);
  for (const { name } of manifest ? [manifest, ...packed] : packed)
    if (!existsSync(at(name))) throw damagedBase(base, name, "is missing");
  const input: UnpackOrder = {
    packed: packed.map(({ name, sizeBytes, sha256 }) => {
      const isLog = name.startsWith("pg_wal.tar");
      const into = isLog ? path.join(directory, "pg_wal") : directory;
      return { file: at(name), sizeBytes, sha256, into, isListed: manifest !== null && !isLog };
    }),
    manifest: manifest && { file: at(MANIFEST), sha256: manifest.sha256 },
    user: clusterUser(),
    pagesAreChecked: pagesAreChecked && base.pageChecksums === true,
  };
  const script = new URL("./unpack-base-child.ts", import.meta.url);
  const { bad, files } = await unpack({ script, input, signal, report: progress, heapMib: HEAP_MIB });
  if (bad) throw damagedBase(base, path.basename(bad.file), bad.what);
  refuseTablespaces(base, directory);
  // What makes a server a standby, or lets two targets contradict each other.
  for (const name of ["standby.signal", "recovery.signal", "postmaster.pid"])
    rmSync(path.join(directory, name), { force: true });
  if (!manifest) return { isSkipped: true, read: null, text: "Not checked, since this base backup has no manifest." };
  const what = input.pagesAreChecked ? "there, as its manifest says" : "what its manifest says";
  return {
    read: { count: files, unit: "file" },
    text: `All ${files.toLocaleString("en-US")} files of the base backup are ${what}.`,
  };
}

async function unpack(job: Parameters<typeof runChild>[0]): Promise<UnpackAnswer> {
  try {
    return await runChild<UnpackAnswer>(job);
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "storage_full") throw fullDisk("the disk is full");
    throw error;
  }
}

/** It would lead the server that runs here to files of another one; links themselves are not unpacked at all. */
function refuseTablespaces(base: KeptBase, directory: string): void {
  const map = path.join(directory, "tablespace_map");
  if (!existsSync(map) || readFileSync(map, "utf8").trim() === "") return;
  throw damagedBase(base, "base.tar", "holds links to places outside of the data directory");
}

export function fullDisk(cause: string): LastgoodError {
  return new LastgoodError("storage_full", `The state could not be unpacked: ${cause}.`, {
    hint: "Free space on the disk that holds the clusters, then try again.",
  });
}
