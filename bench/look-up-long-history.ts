import { parseArgs } from "node:util";
import { openHistory } from "../lib/engines/sqlite/history/open-history.ts";
import { tableCache } from "../lib/engines/sqlite/history/table-cache.ts";
import { findBookmark, windowOf } from "../lib/engines/sqlite/restore/find-moment.ts";
import { ascending, percentile } from "./figure.ts";

// How long the engine takes to find a moment in a history of any length.
// node bench/look-up-long-history.ts --directory /tmp/long [--count 20000]

const { values } = parseArgs({
  options: { directory: { type: "string" }, count: { type: "string", default: "20000" } },
});
if (!values.directory) throw new Error("Name the history's directory with --directory.");
const directory = values.directory;
const count = Number(values.count);

const startedMs = performance.now();
const history = openHistory(directory);
const openMs = performance.now() - startedMs;
const { txid: last, timeMs: lastMs } = history.newest();
const { timeMs: firstMs } = history.oldest();
const policy = { windowDays: 31, nowMs: lastMs + 1, capturedThroughMs: lastMs };

/** Processor time of a call, on average: unlike the clock's it does not depend on what else runs. */
let cpuMs = 0;

/** Milliseconds of each call. */
function time(run: () => void, times: number): number[] {
  const took: number[] = [];
  const used = process.cpuUsage();
  for (let i = 0; i < times; i++) {
    const before = performance.now();
    run();
    took.push(performance.now() - before);
  }
  const { user, system } = process.cpuUsage(used);
  cpuMs = (user + system) / 1000 / times;
  return ascending(took);
}

const anyTxid = () => 1 + Math.floor(Math.random() * last);
const anyTime = () => firstMs + Math.floor(Math.random() * (lastMs - firstMs));
const say = (name: string, took: number[]) => {
  const [p50, p99, max] = [percentile(took, 0.5), percentile(took, 0.99), took.at(-1) ?? 0];
  const figures = `p50 ${p50.toFixed(3)}  p99 ${p99.toFixed(3)}  max ${max.toFixed(2)}  processor ${cpuMs.toFixed(3)} ms`;
  process.stdout.write(`${name.padEnd(22)} ${figures}\n`);
};

process.stdout.write(`${last} commits, ${history.allSegments().length} segments, opened in ${openMs.toFixed(1)} ms\n`);
const first = time(() => history.atOrBefore(anyTime()), 200);
say("first look-ups by time", first);
say(
  "time",
  time(() => history.atOrBefore(anyTime()), count),
);
say(
  "number",
  time(() => history.byTxid(anyTxid()), count),
);
const bookmarks = Array.from({ length: count }, () => {
  const info = history.byTxid(anyTxid());
  if (!info) throw new Error("every number up to the newest is in the history");
  return history.bookmarkOf(info);
});
let next = 0;
say(
  "bookmark",
  time(() => findBookmark(history, bookmarks[next++ % count] ?? "", policy), count),
);
say(
  "window",
  time(() => windowOf(history, policy), 200),
);
say(
  "density, 200 bars",
  time(() => history.density(firstMs, lastMs, 200), 20),
);
say(
  "refresh",
  time(() => history.refresh(), 1000),
);
const { rss } = process.memoryUsage();
process.stdout.write(
  `tables in memory ${(tableCache.bytes / 1e6).toFixed(1)} MB, process ${Math.round(rss / 1e6)} MB\n`,
);
history.close();
