import { existsSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 10_000;

/** Ends a server that a dead agent has left running on a data directory, at once; its state is wanted by nobody. */
export async function endStrayServer(directory: string): Promise<void> {
  const pid = strayPid(directory);
  if (pid === null) return;
  signal(pid, "SIGQUIT");
  for (const untilMs = performance.now() + PATIENCE_MS; strayPid(directory) === pid; await sleep(20)) {
    if (performance.now() > untilMs) signal(pid, "SIGKILL");
  }
}

/** The process that a data directory's own record names, when it is one and works in there: numbers are given anew. */
function strayPid(directory: string): number | null {
  const file = path.join(directory, "postmaster.pid");
  if (!existsSync(file)) return null;
  const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
  if (!Number.isSafeInteger(pid) || pid < 2) return null;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(directory) ? pid : null;
  } catch (error) {
    // It has ended, or is somebody else's.
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}

function signal(pid: number, name: "SIGQUIT" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
