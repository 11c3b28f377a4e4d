import { runWriter } from "./run-writer.ts";
import type { WriterOrder } from "./shop-writer.ts";

export type Throughput = {
  synchronous: WriterOrder["synchronous"];
  commitsPerSecond: number | null;
  /** Commits per second without and with capture, and the second over the first. */
  without: number;
  with: number;
  ratio: number;
  /** The slowest single commit of each, milliseconds. */
  slowestWithoutMs: number;
  slowestWithMs: number;
};

export type TwoFiles = {
  /** Nobody captures this one. */
  plain: string;
  captured: string;
  /** Waits until the history has everything of the captured file. */
  settle(): Promise<void>;
};

/** The same writer on both files in turns, so that whatever else the machine does meets both. */
export async function measureThroughput(files: TwoFiles, rounds: number, seconds: number): Promise<Throughput[]> {
  const results: Throughput[] = [];
  for (const synchronous of ["FULL", "NORMAL"] as const) {
    for (const commitsPerSecond of [500, null]) {
      const sums = { plain: [0, 0, 0], captured: [0, 0, 0] };
      for (let round = 0; round < rounds; round++) {
        for (const which of round % 2 === 0 ? (["plain", "captured"] as const) : (["captured", "plain"] as const)) {
          const report = await runWriter({
            path: files[which],
            synchronous,
            commitsPerSecond,
            seconds,
            withTimes: false,
          });
          const [commits = 0, elapsedMs = 0, slowestMs = 0] = sums[which];
          sums[which] = [commits + report.commits, elapsedMs + report.elapsedMs, Math.max(slowestMs, report.slowestMs)];
          await files.settle();
        }
      }
      const rate = ([commits = 0, elapsedMs = 1]: number[]) => (commits * 1000) / elapsedMs;
      const [without, withCapture] = [rate(sums.plain), rate(sums.captured)];
      const [slowestWithoutMs, slowestWithMs] = [sums.plain[2] ?? 0, sums.captured[2] ?? 0];
      const ratio = withCapture / without;
      results.push({
        synchronous,
        commitsPerSecond,
        without,
        with: withCapture,
        ratio,
        slowestWithoutMs,
        slowestWithMs,
      });
    }
  }
  return results;
}
