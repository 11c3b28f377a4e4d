import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { LastgoodError } from "../../../domain/errors.ts";

/** What belongs to a server that ran, and not to its data. */
const LEFT_OUT = ["./postmaster.opts", "./postmaster.pid", "./postgresql.auto.conf", "./pg_replslot/*", "./log"];

/** Where the distribution keeps a server's configuration elsewhere, the directory alone would not start. */
const DEFAULTS = {
  "postgresql.conf": "# Written by Lastgood: the original kept its settings elsewhere.\n",
  "pg_hba.conf": "local all all peer\nhost all all 127.0.0.1/32 scram-sha-256\n",
  "pg_ident.conf": "",
};

/**
 * Packs a stopped data directory as one tar file, which PostgreSQL of the same major version starts on once it is unpacked.
 * Throws `storage_full`, `restore_failed`, the signal's reason once aborted.
 */
export async function packState(directory: string, file: string, signal: AbortSignal): Promise<number> {
  for (const [name, text] of Object.entries(DEFAULTS)) {
    const own = path.join(directory, name);
    if (!existsSync(own)) writeFileSync(own, text, { mode: 0o600 });
  }
  const excluded = LEFT_OUT.map((name) => `--exclude=${name}`);
  const child = spawn("tar", ["-C", directory, "--numeric-owner", ...excluded, "-cf", "-", "."], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C.UTF-8", NODE_ENV: "production" },
  });
  const ended = once(child, "close");
  try {
    await pipeline(child.stdout, createWriteStream(file, { mode: 0o600 }), { signal });
  } catch (error) {
    child.kill("SIGKILL");
    signal.throwIfAborted();
    const isFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
    if (!isFull) throw error;
    throw new LastgoodError("storage_full", "There is too little disk for a packed copy of this state.", {
      hint: "Free some space in the data directory and try again.",
    });
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new LastgoodError("restore_failed", `The state could not be packed: tar ended with ${code}.`);
  return statSync(file).size;
}
