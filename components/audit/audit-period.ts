const HOUR_MS = 3_600_000;

/** How far back a look at the audit log goes. */
export const PERIODS = [
  { value: "hour", text: "an hour ago", lengthMs: HOUR_MS },
  { value: "day", text: "24 hours ago", lengthMs: 24 * HOUR_MS },
  { value: "week", text: "7 days ago", lengthMs: 7 * 24 * HOUR_MS },
  { value: "month", text: "30 days ago", lengthMs: 30 * 24 * HOUR_MS },
] as const;
