import { type Figure, type Measurement, medianOf, ratioOf } from "./figure.ts";
import type { WriterReport } from "./shop-writer.ts";

const GOALS = { FULL: 2, NORMAL: 5 } as const;
const PACED = 500;

const rateOf = ({ commits, elapsedMs }: WriterReport) => (commits * 1000) / elapsedMs;
const meanOf = ({ tookMs }: WriterReport) => tookMs.reduce((sum, one) => sum + one, 0) / tookMs.length;

/** What capture costs a writer: at a steady 500 commits a second and at full speed. */
export const measureThroughput: Measurement = async ({ pairs }) => {
  const figures: Figure[] = [];
  for (const synchronous of ["FULL", "NORMAL"] as const) {
    const paced = await pairs.run({ synchronous, commitsPerSecond: PACED });
    const perCommit = (which: "plain" | "captured") => paced.map((pair) => 1000 / rateOf(pair[which]));
    const excess = ratioOf(perCommit("captured"), perCommit("plain"));
    figures.push({
      name: `time per commit at ${PACED}/s, ${synchronous}`,
      value: medianOf(perCommit("captured")),
      unit: "ms",
      baseline: medianOf(perCommit("plain")),
      ratio: excess,
      goal: `<= ${GOALS[synchronous]} % more`,
      isMet: excess.median <= 1 + GOALS[synchronous] / 100,
      note: "the whole run over its commits, waiting for the next one included",
    });
    const inside = (which: "plain" | "captured") => paced.map((pair) => meanOf(pair[which]));
    figures.push({
      name: `mean transaction at ${PACED}/s, ${synchronous}`,
      value: medianOf(inside("captured")),
      unit: "ms",
      baseline: medianOf(inside("plain")),
      ratio: ratioOf(inside("captured"), inside("plain")),
      goal: null,
      isMet: null,
      note: "from its begin to its commit",
    });
    const free = await pairs.run({ synchronous, commitsPerSecond: null });
    const rates = (which: "plain" | "captured") => free.map((pair) => rateOf(pair[which]));
    figures.push({
      name: `full speed, ${synchronous}`,
      value: medianOf(rates("captured")),
      unit: "commits/s",
      baseline: medianOf(rates("plain")),
      ratio: ratioOf(rates("captured"), rates("plain")),
      goal: null,
      isMet: null,
      note: "Litestream: 0.82 to 0.87",
    });
  }
  return figures;
};
