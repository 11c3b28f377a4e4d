const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in words: `0.9 s`, `38 s`, `4 m 18 s`, `2 d 10 h`. Two units at most; milliseconds below 10 ms. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, ms);
  if (length === 0) return "0 s";
  if (length < 10) return `${Math.max(1, Math.round(length))} ms`;
  if (length < 9_950) return `${(length / SECOND).toFixed(length < 100 ? 2 : 1).replace(/\.0$/, "")} s`;
  if (length < MINUTE - 500) return `${Math.round(length / SECOND)} s`;
  const seconds = Math.round(length / SECOND);
  if (length < HOUR) return join(Math.floor(seconds / 60), "m", seconds % 60, "s");
  const minutes = Math.floor(length / MINUTE);
  if (length < DAY) return join(Math.floor(minutes / 60), "h", minutes % 60, "m");
  const hours = Math.floor(length / HOUR);
  return join(Math.floor(hours / 24), "d", hours % 24, "h");
}

function join(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major} ${majorUnit}` : `${major} ${majorUnit} ${minor} ${minorUnit}`;
}

/** Exactly how far two moments of the timeline are apart: `1.219 s`, `4 ms`, then as `formatDuration`. */
export function formatDifference(ms: number): string {
  const length = Math.abs(ms);
  if (length < SECOND) return `${length} ms`;
  if (length < MINUTE) return `${(length / SECOND).toFixed(3)} s`;
  return formatDuration(length);
}

/** How long ago, to the second: `just now`, `2 s ago`, `28 m 43 s ago`; ahead of us counts as just now. */
export function formatAgo(thenMs: number, nowMs: number): string {
  const length = Math.floor((nowMs - thenMs) / SECOND) * SECOND;
  return length < SECOND ? "just now" : `${formatDuration(length)} ago`;
}
