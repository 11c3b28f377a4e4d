import { execFile } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What one would do by hand: the copy, and that it is on the disk. Files that a running server removes meanwhile are no matter. */
export async function copyAll(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  await run("cp", ["-a", from, to]).catch((error: unknown) => {
    if (!existsSync(path.join(to, "PG_VERSION"))) throw error;
  });
  await run("sync", ["-f", to]);
}

export async function timed<T>(work: () => Promise<T>): Promise<[tookMs: number, done: T]> {
  const startedMs = performance.now();
  const done = await work();
  return [performance.now() - startedMs, done];
}

/** Bytes of all files below a folder, as they are counted by their length. */
export function folderBytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
}
