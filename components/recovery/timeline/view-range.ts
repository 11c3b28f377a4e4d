import type { TimeRange } from "./time-scale.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The zooms that have a button, widest first. */
export const ZOOMS = [
  { value: "30d", text: "30 d", spanMs: 30 * DAY, onlyWide: false },
  { value: "7d", text: "7 d", spanMs: 7 * DAY, onlyWide: true },
  { value: "1d", text: "1 d", spanMs: DAY, onlyWide: false },
  { value: "1h", text: "1 h", spanMs: HOUR, onlyWide: false },
  { value: "1m", text: "1 m", spanMs: MINUTE, onlyWide: false },
  { value: "1s", text: "1 s", spanMs: SECOND, onlyWide: true },
] as const;
export type ZoomValue = (typeof ZOOMS)[number]["value"];

export const LEAST_SPAN_MS = 100;
/** Room right of now, as a share of the view: what is there has not happened yet. */
const AHEAD = 0.05;
const LEAST_WINDOW_MS = 5 * MINUTE;

/**
 * What the uppermost scale shows: the promised window, or only as far back as there is anything when the history is
 * younger, so that a first hour is not a sliver of thirty days.
 */
export function windowRange(nowMs: number, windowDays: number, oldestMs: number | null): TimeRange {
  const promisedMs = nowMs - windowDays * DAY;
  if (oldestMs === null) return { fromMs: Math.max(promisedMs, nowMs - HOUR), toMs: nowMs };
  const youngMs = oldestMs - (nowMs - oldestMs) * 0.03;
  return { fromMs: Math.max(promisedMs, Math.min(youngMs, nowMs - LEAST_WINDOW_MS)), toMs: nowMs };
}

/** The view of a span around a moment, kept between the window's beginning and a little after now. */
export function viewAround(centreMs: number, spanMs: number, window: TimeRange): TimeRange {
  return clampView({ fromMs: centreMs - spanMs / 2, toMs: centreMs + spanMs / 2 }, window);
}

/** Moves a view inside of the window without changing its span, unless the window is shorter. */
export function clampView(view: TimeRange, window: TimeRange): TimeRange {
  const longest = (window.toMs - window.fromMs) / (1 - AHEAD);
  const spanMs = Math.min(Math.max(view.toMs - view.fromMs, LEAST_SPAN_MS), Math.max(longest, LEAST_SPAN_MS));
  const latestMs = window.toMs + spanMs * AHEAD;
  const fromMs = Math.min(Math.max(view.fromMs, window.fromMs), latestMs - spanMs);
  return { fromMs, toMs: fromMs + spanMs };
}

/** Zooms by a factor (below 1: closer) so that what is at `fixedMs` stays where it is. */
export function zoomView(view: TimeRange, factor: number, fixedMs: number, window: TimeRange): TimeRange {
  const longest = (window.toMs - window.fromMs) / (1 - AHEAD);
  const before = view.toMs - view.fromMs;
  const spanMs = Math.min(Math.max(before * factor, LEAST_SPAN_MS), longest);
  const share = (fixedMs - view.fromMs) / before;
  return clampView({ fromMs: fixedMs - share * spanMs, toMs: fixedMs + (1 - share) * spanMs }, window);
}

/** Moves by a share of the view's own span. */
export function panView(view: TimeRange, share: number, window: TimeRange): TimeRange {
  const byMs = (view.toMs - view.fromMs) * share;
  return clampView({ fromMs: view.fromMs + byMs, toMs: view.toMs + byMs }, window);
}

/** Moves the view as little as needed for a moment to stand inside of it, with an eighth of the span to spare. */
export function revealMoment(view: TimeRange, ms: number, window: TimeRange): TimeRange {
  const spanMs = view.toMs - view.fromMs;
  if (ms >= view.fromMs && ms <= view.toMs) return view;
  const fromMs = ms < view.fromMs ? ms - spanMs / 8 : ms - (spanMs * 7) / 8;
  return clampView({ fromMs, toMs: fromMs + spanMs }, window);
}

/** The button whose zoom a view has, if it has one's. */
export function zoomOf(view: TimeRange): ZoomValue | null {
  const spanMs = view.toMs - view.fromMs;
  return ZOOMS.find((zoom) => Math.abs(zoom.spanMs - spanMs) < zoom.spanMs * 0.02)?.value ?? null;
}

/** Bar widths that are asked for: few enough that a view that grows or moves asks the same question for a while. */
function roundStep(leastMs: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, leastMs)));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= leastMs) ?? leastMs;
}

const AHEAD_BUCKETS = 16;

/**
 * The stretch to ask the server for: whole buckets of a round length, at most `most` of them in view, beginning at a
 * multiple of sixteen, with as many ahead.
 */
export function bucketRange(view: TimeRange, most: number): TimeRange & { buckets: number } {
  const stepMs = roundStep((view.toMs - view.fromMs) / most);
  const chunkMs = stepMs * AHEAD_BUCKETS;
  const fromMs = Math.floor(view.fromMs / chunkMs) * chunkMs;
  const buckets = Math.ceil((view.toMs - view.fromMs) / stepMs) + 2 * AHEAD_BUCKETS;
  const rounded = Math.ceil(buckets / AHEAD_BUCKETS) * AHEAD_BUCKETS;
  return { fromMs, toMs: fromMs + stepMs * rounded, buckets: rounded };
}
