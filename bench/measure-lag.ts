import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchWorld } from "./bench-world.ts";
import { ascending, type Figure, type Measurement, medianOf, percentile, ratioOf } from "./figure.ts";
import { runWriter } from "./run-writer.ts";

const PER_SECOND = 500;
const LOOK_EVERY_MS = 2;
const GOALS_MS = { p50: 5, p99: 25 } as const;
const SYNCS = 200;

/**
 * From a commit's return in the writer to the moment the reader tells that it is durable in the history. The reader is
 * asked every two milliseconds, so each figure is too large by up to that. The baseline is the disk's own: 1 KB appended and
 * synced.
 */
export const measureLag: Measurement = async (world) => {
  const lags: number[][] = [];
  const syncs: number[][] = [];
  for (let round = 0; round < world.options.rounds; round++) {
    syncs.push(syncLittle(path.join(world.folder, "synced")));
    lags.push(await lagsOf(world));
  }
  const at = (rounds: number[][], share: number) => rounds.map((round) => percentile(round, share));
  const commits = lags.flat().length;
  const slowest = Math.max(...lags.flatMap((round) => round.at(-1) ?? 0));
  return (["p50", "p99"] as const).map((name): Figure => {
    const share = name === "p50" ? 0.5 : 0.99;
    const value = medianOf(at(lags, share));
    return {
      name: `lag, commit to durable, at ${PER_SECOND}/s, ${name}`,
      value,
      unit: "ms",
      baseline: medianOf(at(syncs, share)),
      ratio: ratioOf(at(lags, share), at(syncs, share)),
      goal: `<= ${GOALS_MS[name]} ms`,
      isMet: value <= GOALS_MS[name],
      note: `${commits} commits, slowest ${slowest.toFixed(1)} ms; up to ${LOOK_EVERY_MS} ms too large; baseline: one fdatasync`,
    };
  });
};

function syncLittle(file: string): number[] {
  const fd = openSync(file, "a");
  const took = Array.from({ length: SYNCS }, () => {
    const startedMs = performance.now();
    writeSync(fd, Buffer.alloc(1024, 1));
    fdatasyncSync(fd);
    return performance.now() - startedMs;
  });
  closeSync(fd);
  return ascending(took);
}

async function lagsOf({ capture, options, pairs }: BenchWorld): Promise<number[]> {
  const { captured } = await pairs.files();
  const before = (await capture.flush(captured.id)).txid;
  const seen: { txid: number; atMs: number }[] = [];
  let writing = true;
  const looking = (async () => {
    while (writing) {
      const txid = (await capture.status(captured.id))?.last?.txid;
      const atMs = performance.timeOrigin + performance.now();
      if (txid !== undefined && txid !== seen.at(-1)?.txid) seen.push({ txid, atMs });
      await sleep(LOOK_EVERY_MS);
    }
  })();
  const { times } = await runWriter({
    path: captured.path,
    work: "shop",
    synchronous: "NORMAL",
    commitsPerSecond: PER_SECOND,
    seconds: options.seconds,
    withTimes: true,
  });
  const after = (await capture.flush(captured.id)).txid;
  await sleep(50);
  writing = false;
  await looking;
  if (after - before !== times.length) throw new Error(`${times.length} commits made ${after - before} records`);

  const lags: number[] = [];
  let look = 0;
  for (const [index, madeMs] of times.entries()) {
    while ((seen[look]?.txid ?? Number.POSITIVE_INFINITY) < before + index + 1) look++;
    const durable = seen[look];
    if (durable) lags.push(Math.max(0, durable.atMs - madeMs));
  }
  return ascending(lags);
}
