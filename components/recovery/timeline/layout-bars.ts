import type { DensityView } from "../../../lib/client/api-types.ts";
import { round2, type TimeScale } from "./time-scale.ts";

type Bucket = DensityView["buckets"][number];

/** A bar that is too high for the picture: cut with a break, its true number written on it. */
export type Spike = { x: number; width: number; commits: number; perSecond: number };

export type Bars = {
  /** SVG path of what stays, and of what comes after the cursor. */
  before: string;
  after: string;
  spikes: Spike[];
  /** Commits per second at the top of the picture, a round number; 0 when there are none. */
  topPerSecond: number;
};

const LEAST_BAR = 2;
const GAP = 1;

/** Adds neighbours up until a bar with its gap is wide enough to be seen; always the same ones, wherever the view stands. */
function widenBuckets(buckets: readonly Bucket[], scale: TimeScale): Bucket[] {
  const [first] = buckets;
  if (!first) return [];
  const stepMs = Math.max(1, first.toMs - first.fromMs);
  const perBar = Math.ceil((LEAST_BAR + GAP) / Math.max(0.01, (stepMs / (scale.toMs - scale.fromMs)) * scale.width));
  if (perBar === 1) return [...buckets];
  const widened: Bucket[] = [];
  for (const bucket of buckets) {
    const last = widened.at(-1);
    const fromMs = Math.floor(bucket.fromMs / (stepMs * perBar)) * stepMs * perBar;
    if (last && last.fromMs === fromMs) {
      last.commits += bucket.commits;
      last.pages += bucket.pages;
    } else widened.push({ ...bucket, fromMs, toMs: fromMs + stepMs * perBar });
  }
  return widened;
}

const ratePerSecond = (bucket: Bucket) => (bucket.commits * 1000) / Math.max(1, bucket.toMs - bucket.fromMs);

/** The rate at which bars are cut: the highest, unless a few tower over the rest. */
function findTop(rates: number[]): number {
  const sorted = rates.filter((rate) => rate > 0).sort((a, b) => a - b);
  const highest = sorted.at(-1) ?? 0;
  if (sorted.length < 8) return highest;
  const usual = sorted[Math.floor(sorted.length * 0.95) - 1] ?? highest;
  return highest > usual * 4 ? usual * 1.35 : highest;
}

/** The round rate at or above a rate: what the top of the picture stands for. */
function roundUp(rate: number): number {
  const power = 10 ** Math.floor(Math.log10(rate));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((digit) => digit * power).find((round) => round >= rate * 0.999) ?? rate;
}

/**
 * Lays out one bar a bucket. Bars left of `cursorMs` stay, bars right of it come after; the bar in which the cursor
 * stands is divided there. Nothing is drawn right of `nowMs`. `base` is the y of the foot, `height` the room above it.
 */
export function layoutBars(
  buckets: readonly Bucket[],
  scale: TimeScale,
  { base, height, cursorMs, nowMs }: { base: number; height: number; cursorMs: number | null; nowMs: number },
): Bars {
  const wide = widenBuckets(buckets, scale);
  const highest = findTop(wide.map(ratePerSecond));
  const top = highest === 0 ? 0 : roundUp(highest);
  const bars: Bars = { before: "", after: "", spikes: [], topPerSecond: top };
  if (top === 0) return bars;
  const nowX = scale.x(nowMs);
  for (const bucket of wide) {
    if (bucket.commits === 0) continue;
    const begin = Math.max(0, scale.x(bucket.fromMs));
    const right = Math.min(scale.width, nowX, Math.max(scale.x(bucket.toMs) - GAP, begin + LEAST_BAR));
    const left = Math.max(0, Math.min(begin, right - LEAST_BAR));
    if (right <= 0 || left >= scale.width || right - left < 0.2) continue;
    const rate = ratePerSecond(bucket);
    const tall = rate > top * 1.001;
    const y = base - Math.max(1, tall ? height + 6 : (rate / top) * height);
    const cut = cursorMs === null ? right : Math.min(Math.max(scale.x(cursorMs), left), right);
    if (cut > left) bars.before += rectangle(left, cut, y, base);
    if (cut < right) bars.after += rectangle(cut, right, y, base);
    if (tall) bars.spikes.push({ x: left, width: right - left, commits: bucket.commits, perSecond: rate });
  }
  return bars;
}

function rectangle(left: number, right: number, top: number, base: number): string {
  return `M${round2(left)} ${round2(base)}V${round2(top)}H${round2(right)}V${round2(base)}z`;
}
