import {
  type BudgetedHistory,
  type BudgetStep,
  type DiskLimits,
  type DiskState,
  mayGoBefore,
  STEP_WORDS,
} from "../domain/disk-budget.ts";
import type { MeasuredDisk } from "./disk-usage.ts";

/** As it was when it was written down last; nothing where that is not known. */
export function diskOf(state: DiskState | null): MeasuredDisk {
  const { figures = { countedBytes: 0, freeBytes: 0, sizeBytes: 0 }, parts = [], histories = [] } = state ?? {};
  return {
    figures,
    parts: new Map(parts.map(({ part, bytes }) => [part, bytes])),
    histories: new Map(histories.map(({ databaseId, historyBytes }) => [databaseId, historyBytes])),
    databaseBytes: state?.databaseBytes ?? 0,
  };
}

/** What each step would bring, as far as that can be told before. */
export function wouldGive(
  disk: MeasuredDisk,
  { limits, histories, nowMs }: { limits: DiskLimits; histories: readonly BudgetedHistory[]; nowMs: number },
): DiskState["wouldGive"] {
  const known = histories.filter(({ oldestMs }) => oldestMs !== null);
  const ofHistory = (share: (history: BudgetedHistory) => number) =>
    known.length === 0 ? null : Math.round(known.reduce((sum, one) => sum + one.historyBytes * share(one), 0));
  const shareBefore = (history: BudgetedHistory, beforeMs: number | null) =>
    beforeMs === null || history.oldestMs === null || beforeMs <= history.oldestMs
      ? 0
      : Math.min(1, (beforeMs - history.oldestMs) / Math.max(1, nowMs - history.oldestMs));
  const beyond = (history: BudgetedHistory) => shareBefore(history, nowMs - history.windowDays * 86_400_000);
  const bytes: Record<BudgetStep, number | null> = {
    throwaways: disk.parts.get("throwaways") ?? 0,
    caches: disk.parts.get("caches") ?? 0,
    "beyond-window": ofHistory(beyond),
    "set-aside": disk.parts.get("set-aside") ?? 0,
    "old-history": ofHistory((history) =>
      Math.max(0, shareBefore(history, mayGoBefore(history, limits.leastDays, nowMs)) - beyond(history)),
    ),
    capture: 0,
  };
  return (Object.keys(STEP_WORDS) as BudgetStep[]).map((step) => ({ step, bytes: bytes[step] }));
}
