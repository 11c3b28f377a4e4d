/**
 * Loaded into processes of the engine before their own code (`--import`): kills the process at a named point.
 *
 * `CRASH_ARMS`, or the file `$CRASH_FOLDER/<pid>.arm` as soon as it is there, holds a JSON list of `Arm`. A process about to die
 * leaves `$CRASH_FOLDER/<pid>.died` with the point's name. `CRASH_SEAL_COMMITS` makes segments so small that they are sealed
 * often; `CRASH_CONTROL` leaves a protection out.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isMainThread } from "node:worker_threads";
import { disk, useDisk } from "../../../lib/storage/disk.ts";
import { visitPoints } from "../../../lib/storage/reach-point.ts";
import type { Protection } from "./leave-out.ts";

/** `nth`: at which reach, from 1. `torn`: in the middle of the write that comes next. `script`: only there. */
export type Arm = { point: string; nth: number; torn?: boolean; script?: string };

const folder = process.env.CRASH_FOLDER ?? "";
const script = path.basename(process.argv[1] ?? "");
const armFile = path.join(folder, `${process.pid}.arm`);
const seen = new Map<Arm, number>();
let arms: Arm[] = armsFor(process.env.CRASH_ARMS ?? "[]");
let hasReadFile = false;

if (folder !== "") {
  visitPoints(reached);
  if (isMainThread && script === "main.ts" && process.env.CRASH_SEAL_COMMITS) {
    const { sealEvery } = await import("./seal-often.ts");
    sealEvery(Number(process.env.CRASH_SEAL_COMMITS));
  }
  if (isMainThread && process.env.CRASH_CONTROL) {
    const { leaveOut } = await import("./leave-out.ts");
    leaveOut(process.env.CRASH_CONTROL as Protection);
  }
}

function armsFor(text: string): Arm[] {
  return (JSON.parse(text) as Arm[]).filter((arm) => arm.script === undefined || arm.script === script);
}

function reached(point: string): void {
  if (!hasReadFile && existsSync(armFile)) {
    hasReadFile = true;
    arms = armsFor(readFileSync(armFile, "utf8"));
  }
  for (const arm of arms) {
    if (arm.point !== point) continue;
    const times = (seen.get(arm) ?? 0) + 1;
    seen.set(arm, times);
    if (times === arm.nth) die(arm);
  }
}

function die({ point, torn }: Arm): void {
  writeFileSync(path.join(folder, `${process.pid}.died`), torn ? `${point} torn` : point);
  if (!torn) process.kill(process.pid, "SIGKILL");
  const { writeSync, write } = disk;
  useDisk({
    writeSync: ((fd: number, bytes: Uint8Array, offset: number, length: number, at: number | null) => {
      writeSync(fd, bytes, offset, length >> 1, at);
      process.kill(process.pid, "SIGKILL");
      return 0;
    }) as typeof writeSync,
    write: async (fd, bytes, offset, length, at) => {
      await write(fd, bytes, offset, length >> 1, at);
      process.kill(process.pid, "SIGKILL");
      return 0;
    },
  });
}
