import { readdirSync, readFileSync } from "node:fs";

/** CPU time of all threads of a process so far, milliseconds. https://docs.kernel.org/scheduler/sched-stats.html */
export function cpuMsOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanoseconds / 1e6;
}

/** Bytes in memory: all that is mapped, and the share of it when what several processes map is divided among them. */
export function memoryOf(pid: number): { residentBytes: number; shareBytes: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1024;
  return { residentBytes: bytes("Rss"), shareBytes: bytes("Pss") };
}
