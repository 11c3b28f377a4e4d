import { setTimeout as sleep } from "node:timers/promises";
import type { CaptureClient } from "../lib/engines/sqlite/capture-client.ts";
import { runWriter } from "./run-writer.ts";

export type Lag = { commits: number; p50Ms: number; p99Ms: number; slowestMs: number; resolutionMs: number };

const LOOK_EVERY_MS = 2;

/** The value below which the given share lies. @param sorted ascending */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * From a commit's return in the writer to the moment the reader tells that it is durable in the history. The reader is
 * asked every two milliseconds, so each figure is too large by up to that.
 */
export async function measureLag(
  capture: CaptureClient,
  database: { id: string; path: string },
  commitsPerSecond: number,
  seconds: number,
): Promise<Lag> {
  const before = (await capture.flush(database.id)).txid;
  const seen: { txid: number; atMs: number }[] = [];
  let writing = true;
  const looking = (async () => {
    while (writing) {
      const txid = (await capture.status(database.id))?.last?.txid;
      const atMs = performance.timeOrigin + performance.now();
      if (txid !== undefined && txid !== seen.at(-1)?.txid) seen.push({ txid, atMs });
      await sleep(LOOK_EVERY_MS);
    }
  })();
  const { times } = await runWriter({
    path: database.path,
    synchronous: "NORMAL",
    commitsPerSecond,
    seconds,
    withTimes: true,
  });
  const after = (await capture.flush(database.id)).txid;
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
  lags.sort((a, b) => a - b);
  return {
    commits: lags.length,
    p50Ms: percentile(lags, 0.5),
    p99Ms: percentile(lags, 0.99),
    slowestMs: lags.at(-1) ?? Number.NaN,
    resolutionMs: LOOK_EVERY_MS,
  };
}
