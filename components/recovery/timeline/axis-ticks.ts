import { formatClock, formatDay, formatOffset } from "../../../lib/client/format-time.ts";
import { zoneOffsetMinutes } from "../../../lib/domain/zoned-time.ts";
import type { TimeScale } from "./time-scale.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28, 56, 112].map((count) => count * DAY),
];
/** 1970 began on a Thursday; weeks are counted from Mondays. */
const FIRST_MONDAY = 4 * DAY;

export type Tick = { ms: number; x: number; label: string; other: string | null };
export type Axis = { ticks: Tick[]; minor: number[]; stepMs: number };

const SHORT_WIDTH = 52;
const labelWidth = (stepMs: number) => (stepMs < SECOND ? 92 : stepMs < MINUTE ? 74 : 56);

/**
 * The ticks of an axis: whole units of the chosen zone's clock, never closer than their words are wide. While the zone's
 * offset changes within the view each label carries its own, so that an hour that happens twice can be told apart.
 * `short` writes seconds alone.
 */
export function layoutAxis(
  scale: TimeScale,
  zone: string,
  otherZone: string | null,
  nowMs: number,
  short = false,
): Axis {
  const perMs = scale.width / (scale.toMs - scale.fromMs);
  const stepMs =
    STEPS.find((step) => step * perMs >= (short ? SHORT_WIDTH : labelWidth(step))) ?? (STEPS.at(-1) as number);
  const minorMs = STEPS.find((step) => step * perMs >= 6 && stepMs % step === 0 && step < stepMs);
  const changes = zoneOffsetMinutes(scale.fromMs, zone) !== zoneOffsetMinutes(scale.toMs, zone);
  const ticks = alignedInstants(scale.fromMs, scale.toMs, stepMs, zone).map((ms) => ({
    ms,
    x: scale.x(ms),
    label:
      (short ? shortLabel(ms, stepMs, zone) : tickLabel(ms, stepMs, zone, nowMs)) +
      (changes && stepMs < DAY ? ` ${formatOffset(ms, zone).slice(3) || "+0"}` : ""),
    other: otherZone && otherZone !== zone && stepMs < DAY ? tickLabel(ms, stepMs, otherZone, nowMs) : null,
  }));
  const minor = minorMs ? alignedInstants(scale.fromMs, scale.toMs, minorMs, zone).map(scale.x) : [];
  return { ticks, minor, stepMs };
}

/** Seconds alone, `:24` or `:24.5`, for the lowest scale of a phone. */
function shortLabel(ms: number, stepMs: number, zone: string): string {
  const clock = formatClock(ms, zone, stepMs < SECOND ? "millisecond" : "second");
  return clock.slice(5);
}

function tickLabel(ms: number, stepMs: number, zone: string, nowMs: number): string {
  if (stepMs >= DAY) return formatDay(ms, zone, nowMs);
  if (stepMs < SECOND) return formatClock(ms, zone, "millisecond");
  if (stepMs < MINUTE) return formatClock(ms, zone, "second");
  const clock = formatClock(ms, zone, "minute");
  return clock === "00:00" && stepMs >= HOUR ? formatDay(ms, zone, nowMs) : clock;
}

/** Instants within [fromMs, toMs] at which the zone's clock shows a multiple of the step, at most 2,000 of them. */
export function alignedInstants(fromMs: number, toMs: number, stepMs: number, zone: string): number[] {
  const origin = stepMs % (7 * DAY) === 0 ? FIRST_MONDAY : 0;
  const offsetMs = (ms: number) => zoneOffsetMinutes(ms, zone) * MINUTE;
  const alignUp = (ms: number) => {
    const shift = offsetMs(ms) - origin;
    return Math.ceil((ms + shift) / stepMs) * stepMs - shift;
  };
  const found: number[] = [];
  // Below a minute no zone matters, and asking for the offset of each tick would only cost.
  if (stepMs < MINUTE) {
    for (let ms = Math.ceil(fromMs / stepMs) * stepMs; ms <= toMs && found.length < 2_000; ms += stepMs) found.push(ms);
    return found;
  }
  let ms = alignUp(fromMs);
  while (ms <= toMs && found.length < 2_000) {
    // An offset that changed since the last tick moves this one: align again from a little earlier.
    const settled = stepMs > HOUR ? alignUp(ms - stepMs / 4) : alignUp(ms);
    if (settled > (found.at(-1) ?? Number.NEGATIVE_INFINITY) && settled >= fromMs && settled <= toMs)
      found.push(settled);
    ms = Math.max(settled, ms) + stepMs;
  }
  return found;
}
