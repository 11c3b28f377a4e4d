/**
 * Loaded into every process of a whole Lastgood before its own code (`--import`): the first one that comes to the point named in
 * `$STAGES_FOLDER/armed` (JSON `Order`) takes that file away. Then it dies of kill -9, or stands still until `go` is there, so that
 * another process can be killed meanwhile; `reached` says that it came there.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { visitPoints } from "../../../lib/storage/reach-point.ts";
import { leaveOut, type Protection } from "../points/leave-out.ts";

export type Order = { point: string; how: "die" | "stand" };

/** Less than any of the limits that a restore has for its own parts. */
const STAND_MS = 4000;
const LOOK_MS = 5;

const folder = process.env.STAGES_FOLDER ?? "";
const armed = path.join(folder, "armed");

if (folder !== "") {
  visitPoints(reached);
  if (process.env.STAGES_CONTROL) leaveOut(process.env.STAGES_CONTROL as Protection);
}

function reached(point: string): void {
  if (!existsSync(armed)) return;
  const order = JSON.parse(readFileSync(armed, "utf8")) as Order;
  if (order.point !== point) return;
  try {
    renameSync(armed, path.join(folder, "taken"));
  } catch {
    // Another process came there first.
    return;
  }
  writeFileSync(path.join(folder, "reached.new"), String(process.pid));
  renameSync(path.join(folder, "reached.new"), path.join(folder, "reached"));
  if (order.how === "die") process.kill(process.pid, "SIGKILL");
  const quiet = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; waitedMs < STAND_MS && !existsSync(path.join(folder, "go")); waitedMs += LOOK_MS) {
    Atomics.wait(quiet, 0, 0, LOOK_MS);
  }
}
