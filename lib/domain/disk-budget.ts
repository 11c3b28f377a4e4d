/**
 * How much of an agent's disk Lastgood may take, and what gives way before it takes more: decided from figures alone. Why in this
 * order: docs/decisions/0039. All sizes are bytes, all times Unix milliseconds.
 */

const DAY_MS = 86_400_000;

/** What takes room. The databases themselves are the applications' and count for nothing here. */
export const DISK_PARTS = ["history", "backups", "set-aside", "throwaways", "caches", "uploads", "metadata"] as const;
export type DiskPart = (typeof DISK_PARTS)[number];

/** What gives way, in this order, each from its own share of the limit on. */
export const BUDGET_STEPS = [
  { step: "throwaways", from: 0.9 },
  { step: "caches", from: 0.9 },
  { step: "beyond-window", from: 0.93 },
  { step: "set-aside", from: 0.95 },
  { step: "old-history", from: 0.97 },
  { step: "capture", from: 1 },
] as const;
export type BudgetStep = (typeof BUDGET_STEPS)[number]["step"];
/** The steps that drop history. */
export type PruningStep = Extract<BudgetStep, "beyond-window" | "old-history">;

/** From this share of the limit on people are told, and nothing gives way yet. */
export const WARNING_FROM = 0.8;
/** Capture that was stopped for want of room goes on below this share. */
export const CAPTURE_AGAIN_BELOW = 0.95;

/** `budgetBytes` null: as much as there is above the floor, which is left free whatever else. `leastDays`: history younger than that never gives way. */
export type DiskLimits = { budgetBytes: number | null; floorBytes: number; leastDays: number };
/** `countedBytes`: what Lastgood takes, without databases; the file system's own figures beside it. */
export type DiskFigures = { countedBytes: number; freeBytes: number; sizeBytes: number };

export type DiskLevel = "fine" | "warning" | "giving-way" | "stopped";
/** `limitBytes`: what Lastgood may take by budget and floor together; `share` of it is taken, 1 and more: all of it. */
export type DiskJudgement = { limitBytes: number; share: number; boundBy: "budget" | "floor"; level: DiskLevel };

/** The floor where nobody has set one: a fiftieth of the disk, at most 1 GiB. */
export function usualFloor(sizeBytes: number): number {
  return Math.min(1024 ** 3, Math.floor(sizeBytes / 50));
}

/** How things stand. @param isStopped whether capture is stopped for want of room at this moment */
export function judgeDisk(limits: DiskLimits, figures: DiskFigures, isStopped: boolean): DiskJudgement {
  const { countedBytes, freeBytes, sizeBytes } = figures;
  // A file system that does not tell its size tells no free room either: then there is a budget alone, where one is set.
  const isUnknown = sizeBytes === 0;
  const byFloor = isUnknown ? Number.MAX_SAFE_INTEGER : countedBytes + freeBytes - limits.floorBytes;
  const isBudget = limits.budgetBytes !== null && limits.budgetBytes <= byFloor;
  const limitBytes = Math.max(0, isBudget && limits.budgetBytes !== null ? limits.budgetBytes : byFloor);
  // Below the floor all is taken, however little of it is ours.
  const share =
    limitBytes === 0 || (!isUnknown && freeBytes <= limits.floorBytes)
      ? Math.max(1, countedBytes / Math.max(1, limitBytes))
      : countedBytes / limitBytes;
  const boundBy = isBudget ? "budget" : "floor";
  if (share >= 1 || (isStopped && share >= CAPTURE_AGAIN_BELOW))
    return { limitBytes, share, boundBy, level: "stopped" };
  const first = BUDGET_STEPS[0].from;
  const level = share >= first ? "giving-way" : share >= WARNING_FROM ? "warning" : "fine";
  return { limitBytes, share, boundBy, level };
}

/** The steps that are due at a share, in order; of the last one, which stops capture, see `DiskJudgement.level`. */
export function stepsDue(share: number): BudgetStep[] {
  return BUDGET_STEPS.filter(({ from }) => share >= from).map(({ step }) => step);
}

/** A measurement of before. */
export type DiskSample = { atMs: number; countedBytes: number };
const SAMPLE_EVERY_MS = 3_600_000;
const SAMPLES_KEPT_MS = 7 * DAY_MS;
/** A shorter time says nothing of a rate. */
const LEAST_SPAN_MS = 6 * 3_600_000;

/** The samples with another one, one an hour, of a week at most. */
export function withSample(samples: readonly DiskSample[], sample: DiskSample): DiskSample[] {
  const kept = samples.filter(({ atMs }) => atMs > sample.atMs - SAMPLES_KEPT_MS && atMs <= sample.atMs);
  const last = kept.at(-1);
  return last && sample.atMs - last.atMs < SAMPLE_EVERY_MS ? kept : [...kept, sample];
}

/** Bytes a day, and the days until the limit at that rate. Null where not enough is known, or it is not growing. */
export function forecastDisk(
  samples: readonly DiskSample[],
  now: DiskSample,
  limitBytes: number,
): { bytesPerDay: number | null; daysLeft: number | null } {
  const first = samples[0];
  if (!first || now.atMs - first.atMs < LEAST_SPAN_MS) return { bytesPerDay: null, daysLeft: null };
  const bytesPerDay = Math.round(((now.countedBytes - first.countedBytes) / (now.atMs - first.atMs)) * DAY_MS);
  if (bytesPerDay <= 0) return { bytesPerDay, daysLeft: null };
  return { bytesPerDay, daysLeft: Math.max(0, (limitBytes - now.countedBytes) / bytesPerDay) };
}

/**
 * What is known of one database's history, to decide how much of it may go. `neededFromMs`: since when something needs it that was
 * promised (a protected label, an approval, a restore under way); null: nothing does.
 */
export type BudgetedHistory = {
  databaseId: string;
  historyBytes: number;
  oldestMs: number | null;
  windowDays: number;
  leastWindowDays: number | null;
  neededFromMs: number | null;
};

/** Before which its history may go at most, however full the disk is; null: nothing of it may. */
export function mayGoBefore(history: BudgetedHistory, leastDays: number, nowMs: number): number | null {
  const { oldestMs } = history;
  if (oldestMs === null) return null;
  const beforeMs = withinPromises(Number.POSITIVE_INFINITY, history, { leastDays, nowMs });
  return beforeMs > oldestMs ? beforeMs : null;
}

/** Up to when history goes that was asked to go before `askedMs`, no further than what is promised by now. */
export function withinPromises(
  askedMs: number,
  { neededFromMs, leastWindowDays }: Pick<BudgetedHistory, "neededFromMs" | "leastWindowDays">,
  { leastDays, nowMs }: { leastDays: number; nowMs: number },
): number {
  const promisedMs = nowMs - Math.max(leastDays, leastWindowDays ?? 0) * DAY_MS;
  return Math.min(askedMs, promisedMs, neededFromMs ?? Number.POSITIVE_INFINITY);
}

/** At once no more than this share of the time that a history spans. */
const SHARE_AT_ONCE = 1 / 4;

/** Whose oldest history goes next, and up to when: the largest one first, a quarter of its time. Null: nothing may go any more. */
export function chooseOldHistory(
  histories: readonly BudgetedHistory[],
  leastDays: number,
  nowMs: number,
): { databaseId: string; keepFromMs: number } | null {
  for (const history of histories.toSorted((a, b) => b.historyBytes - a.historyBytes)) {
    const mostMs = mayGoBefore(history, leastDays, nowMs);
    if (mostMs === null || history.oldestMs === null) continue;
    const quarterMs = history.oldestMs + (nowMs - history.oldestMs) * SHARE_AT_ONCE;
    return { databaseId: history.databaseId, keepFromMs: Math.round(Math.min(mostMs, quarterMs)) };
  }
  return null;
}

/** What gave way, when and how much came back; `databaseId` where it was one database's. */
export type GaveWay = { atMs: number; step: BudgetStep; databaseId: string | null; bytes: number };

/** How the disk of an agent stands, as its agent has measured it last. */
export type DiskState = {
  measuredAtMs: number;
  figures: DiskFigures;
  judgement: DiskJudgement;
  parts: { part: DiskPart; bytes: number }[];
  histories: BudgetedHistory[];
  /** Hosted databases and clusters; not counted. */
  databaseBytes: number;
  samples: DiskSample[];
  /** What would come back at each step, as far as that is known before; null: not known. */
  wouldGive: { step: BudgetStep; bytes: number | null }[];
  /** The newest last. */
  gave: GaveWay[];
  /** Since when it has been at its level. */
  sinceMs: number;
  captureStoppedSinceMs: number | null;
};

/** What people are told at each step, and what it means for them. */
export const STEP_WORDS: Readonly<Record<BudgetStep, { what: string; means: string }>> = {
  throwaways: {
    what: "Throwaways",
    means: "What failed drills have left to be looked at, and downloads that were written out.",
  },
  caches: {
    what: "Derived caches",
    means: "Marks of timelines, and copies of clusters' past that nobody looks at. Both are made again when asked for.",
  },
  "beyond-window": {
    what: "History beyond the window",
    means: "No longer restorable by anybody; otherwise it goes within a day.",
  },
  "set-aside": {
    what: "Former data directories of clusters",
    means: "An undo of a restore in place takes its state from the history instead, which takes longer.",
  },
  "old-history": {
    what: "The oldest history",
    means: "A quarter of the time at once, of the largest history first. Moments within the window become unreachable.",
  },
  capture: {
    what: "Capture",
    means: "Nothing is captured any more, so that applications go on writing. Afterwards a gap is reported.",
  },
};
