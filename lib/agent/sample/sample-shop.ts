import { setTimeout as sleep } from "node:timers/promises";
import { isBusy } from "../../engines/sqlite/wal/sqlite-busy.ts";
import { Shop } from "./shop.ts";

// A program of its own, as somebody's application would be: it knows nothing of Lastgood, writes its file for ten minutes,
// and ends early when its standard input does. Prints `ready` once the file can be attached.
const OPEN_FOR_MS = 10 * 60_000;
const CLEAR_EVERY_MS = 90_000;
const CHANGE_EVERY_MS = 120_000;

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: sample-shop <path of the database file>");

let open = true;
process.stdin.once("end", () => {
  open = false;
});
process.stdin.resume();

/** Five to twenty commits a second, in waves of a minute, as customers come. */
function pauseMs(elapsedMs: number): number {
  const wave = (1 + Math.sin((elapsedMs / 60_000) * 2 * Math.PI)) / 2;
  return (1000 / (5 + 15 * wave)) * (0.5 + Math.random());
}

const shop = new Shop(path);
shop.open();
process.stdout.write("ready\n");

const startedMs = performance.now();
let clears = 0;
let changes = 0;
for (let elapsedMs = 0; open && elapsedMs < OPEN_FOR_MS; elapsedMs = performance.now() - startedMs) {
  try {
    if (elapsedMs > (clears + 1) * CLEAR_EVERY_MS) {
      clears++;
      shop.clearVisits();
    } else if (elapsedMs > (changes + 1) * CHANGE_EVERY_MS) {
      changes++;
      shop.changeSchema();
    } else {
      shop.step();
    }
  } catch (error) {
    // A writer that finds the file locked comes back a moment later, as a shop does.
    if (!isBusy(error)) throw error;
  }
  await sleep(pauseMs(elapsedMs));
}
shop.close();
process.exit(0);
