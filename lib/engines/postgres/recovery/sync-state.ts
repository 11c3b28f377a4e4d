import { spawn } from "node:child_process";
import { LastgoodError } from "../../../domain/errors.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { runProgram } from "../programs/run-program.ts";

/**
 * Has what was unpacked written to the disk while something else is done. No more than a push: whether it is there `syncState` tells,
 * and where the system has no such program everything is left to that.
 */
export function pushToDisk(directory: string): void {
  const pushing = spawn("sync", ["--file-system", directory], {
    cwd: "/",
    stdio: "ignore",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C.UTF-8", NODE_ENV: "production" },
  });
  pushing.once("error", () => undefined);
  pushing.unref();
}

/**
 * Makes every file and name of a stopped data directory durable, whatever the server there left to the kernel. Throws `restore_failed`
 * where that cannot be said of all. https://www.postgresql.org/docs/current/app-initdb.html (--sync-only)
 */
export async function syncState(programs: PostgresPrograms, directory: string, signal: AbortSignal): Promise<void> {
  try {
    const args = ["--sync-only", "--pgdata", directory];
    await runProgram({ programs, name: "initdb", args, signal, asClusterUser: true });
  } catch (error) {
    signal.throwIfAborted();
    throw new LastgoodError(
      "restore_failed",
      `The restored state could not be written to the disk: ${error instanceof Error ? error.message : String(error)}`,
      { hint: "Nothing was changed. Look for the disk in the machine's own log, then try again." },
      { cause: error },
    );
  }
}
