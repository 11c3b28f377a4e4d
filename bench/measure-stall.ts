import { ascending, type Figure, type Measurement, medianOf, percentile, ratioOf, spreadOf } from "./figure.ts";
import type { Pair, PairOrder } from "./writer-pairs.ts";

const GOAL_MS = 5;
const ORDERS: readonly PairOrder[] = [
  { synchronous: "FULL", commitsPerSecond: 500 },
  { synchronous: "NORMAL", commitsPerSecond: 500 },
  { synchronous: "NORMAL", commitsPerSecond: null },
];

/** How much longer the writer's slowest transactions take with capture; SQLite's own checkpoints are in both. */
export const measureStall: Measurement = async ({ pairs }) => {
  const figures: Figure[] = [];
  for (const order of ORDERS) {
    const rounds = await pairs.run(order);
    const longest = (which: keyof Pair) => rounds.map((pair) => pair[which].slowestMs);
    const added = longest("captured").map((slowestMs, round) => slowestMs - (longest("plain")[round] ?? 0));
    const all = (which: keyof Pair) => ascending(rounds.flatMap((pair) => pair[which].tookMs));
    const [with999, without999] = [percentile(all("captured"), 0.999), percentile(all("plain"), 0.999)];
    const speed = order.commitsPerSecond === null ? "full speed" : `${order.commitsPerSecond}/s`;
    const { min, median, max } = spreadOf(added);
    const hasGoal = order.commitsPerSecond !== null;
    figures.push({
      name: `longest stall at ${speed}, ${order.synchronous}`,
      value: medianOf(longest("captured")),
      unit: "ms",
      baseline: medianOf(longest("plain")),
      ratio: ratioOf(longest("captured"), longest("plain")),
      goal: hasGoal ? `<= ${GOAL_MS} ms added` : null,
      isMet: hasGoal ? median <= GOAL_MS : null,
      note:
        `added, round by round: ${min.toFixed(1)} / ${median.toFixed(1)} / ${max.toFixed(1)} ms; ` +
        `p99.9 ${with999.toFixed(1)} ms, without ${without999.toFixed(1)} ms`,
    });
  }
  return figures;
};
