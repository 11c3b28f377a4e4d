/** A stretch of time in Unix milliseconds. */
export type TimeRange = { fromMs: number; toMs: number };

/** Maps time to x, linear and never broken. */
export type TimeScale = TimeRange & { width: number; x: (ms: number) => number; ms: (x: number) => number };

export function createTimeScale({ fromMs, toMs }: TimeRange, width: number): TimeScale {
  const spanMs = Math.max(1, toMs - fromMs);
  return {
    fromMs,
    toMs: fromMs + spanMs,
    width,
    x: (ms) => ((ms - fromMs) / spanMs) * width,
    ms: (x) => fromMs + (x / width) * spanMs,
  };
}

/** Two decimals are all that a path needs. */
export function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
