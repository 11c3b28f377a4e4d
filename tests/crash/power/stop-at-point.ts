import { existsSync, openSync, writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { visitPoints } from "../../../lib/storage/reach-point.ts";

/**
 * Preloaded into a process of the engine: at the given visit of a place whose name begins so, the process stands still, in
 * the middle of what it does, and says so by `pipe`. The power is cut while it stands. Visits count while the file `armed`
 * exists.
 */
export type StopAt = { place: string; visit: number; pipe: string; armed: string };

/** Longer than any cut takes; a process that nobody ends by then ends itself. */
const STAND_MS = 60_000;
const FLUSH_AFTER_MS = 300;

const stopAt = JSON.parse(process.env.LASTGOOD_STOP_AT ?? "null") as StopAt | null;
let visits = 0;
if (stopAt) {
  visitPoints((name) => {
    if (!name.startsWith(stopAt.place) || (visits === 0 && !existsSync(stopAt.armed))) return;
    if (++visits !== stopAt.visit) return;
    writeSync(openSync(stopAt.pipe, "w"), `${name}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STAND_MS);
    process.kill(process.pid, "SIGKILL");
  });
}

// A process that is killed would never write down what it has compiled.
setTimeout(() => flushCompileCache(), FLUSH_AFTER_MS).unref();
