import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Whether `pid` is still the process that was started from `projectDirectory`, not a later one with the same number.
 * Where the system does not tell (no /proc), a live process with that number counts.
 */
function isStillOurs(pid: number, projectDirectory: string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  try {
    // The console rewrites its command line, but stays in the folder it was started in.
    const started = readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(projectDirectory);
    return started || readlinkSync(`/proc/${pid}/cwd`) === projectDirectory;
  } catch {
    return false;
  }
}

/**
 * Waits until the processes of a killed supervisor have ended, which they do by themselves within moments; one that
 * hangs is killed, so that two of a kind never work on one data directory.
 * @returns names of those that had to be killed
 */
export async function awaitLeftovers(
  children: Readonly<Record<string, number>>,
  projectDirectory: string,
  patienceMs: number,
): Promise<string[]> {
  const untilMs = performance.now() + patienceMs;
  let left = Object.entries(children);
  for (;;) {
    left = left.filter(([, pid]) => isStillOurs(pid, projectDirectory));
    if (left.length === 0 || performance.now() > untilMs) break;
    await sleep(50);
  }
  for (const [, pid] of left) process.kill(pid, "SIGKILL");
  return left.map(([name]) => name);
}
