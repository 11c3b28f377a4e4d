import type { Gap, RecoveryWindow, Span } from "../../../domain/recovery-window.ts";
import type { Branch } from "./branch.ts";
import { type Run, restorableRuns } from "./choose-base.ts";
import type { ClusterLine } from "./cluster-line.ts";

const DAY_MS = 86_400_000;
/** A clock that goes back by less is a clock like any other. */
const JUMP_US = 1_000_000;

const NO_BASE = "The log goes on, and no base backup of that time is there to replay it onto.";
const DAMAGED = "The received log is damaged: the commits of this stretch cannot be replayed.";
const SUSPECT = "The server's clock jumped: every commit is there, but the times of this stretch are not certain.";

/** What a window follows from. `capturedThroughMs`: by the server's clock, null where nobody knows. */
export type WindowFacts = {
  line: ClusterLine;
  branchOf(incarnation: number): Branch;
  windowDays: number;
  nowMs: number;
  capturedThroughMs: number | null;
};

/** The commits that can be restored, by number, as stretches of neighbours over the whole line. */
export function runsOf({ line, branchOf }: Pick<WindowFacts, "line" | "branchOf">): Run[] {
  const runs: Run[] = [];
  for (const piece of line.pieces) {
    for (const run of restorableRuns(branchOf(piece.stretch.incarnation), piece)) {
      const former = runs.at(-1);
      if (former && run.from === former.to + 1) Object.assign(former, { to: run.to, brokenBehind: run.brokenBehind });
      else runs.push({ ...run });
    }
  }
  return runs;
}

/** The oldest commit that the window's days allow; the one in force when they began. */
export function oldestOrdinal({ line, windowDays, nowMs }: Pick<WindowFacts, "line" | "windowDays" | "nowMs">): number {
  return Math.max(1, line.ordinalAt(nowMs - windowDays * DAY_MS));
}

export function windowOf(facts: WindowFacts): RecoveryWindow {
  const { line, windowDays, nowMs } = facts;
  const oldestUsable = oldestOrdinal(facts);
  const runs = runsOf(facts)
    .filter(({ to }) => to >= oldestUsable)
    .map((run) => ({ ...run, from: Math.max(run.from, oldestUsable) }));
  const timeOf = (ordinal: number) => line.commit(ordinal)?.timeMs ?? 0;
  const [first, last] = [runs[0], runs.at(-1)];
  const newestMs = last ? timeOf(last.to) : null;
  const capturedThroughMs = maximum(facts.capturedThroughMs, newestMs);
  const empty = { spans: [], gaps: [], suspect: [], damaged: [], oldest: null, newest: null };
  if (!first || !last || capturedThroughMs === null) return { ...empty, capturedThroughMs, windowDays };
  const fromMs = Math.max(timeOf(first.from), nowMs - windowDays * DAY_MS);
  const { gaps, damaged } = without(facts, runs, { fromMs, toMs: capturedThroughMs });
  const moment = (ordinal: number) => {
    const commit = line.commit(ordinal);
    return commit && { bookmark: line.bookmarkOf(commit), timeMs: commit.timeMs };
  };
  return {
    spans: spansBetween(
      [...gaps, ...damaged].sort((a, b) => a.fromMs - b.fromMs),
      { fromMs, toMs: capturedThroughMs },
    ),
    gaps,
    suspect: suspects(line, { fromMs, toMs: capturedThroughMs }),
    damaged,
    oldest: moment(first.from),
    newest: moment(last.to),
    capturedThroughMs,
    windowDays,
  };
}

/** What lies between the commits that can be restored, and the gaps that were written down. */
function without({ line }: WindowFacts, runs: readonly Run[], window: Span): { gaps: Gap[]; damaged: Gap[] } {
  const recorded = line.history.gaps.filter((gap) => gap.toMs > window.fromMs && gap.fromMs < window.toMs);
  const gaps: Gap[] = recorded.map((gap) => ({ ...gap, fromMs: Math.max(gap.fromMs, window.fromMs) }));
  const damaged: Gap[] = [];
  runs.forEach((run, i) => {
    const next = runs[i + 1];
    if (!next && run.to >= line.last) return;
    const fromMs = line.commit(run.to)?.timeMs ?? window.fromMs;
    const toMs = next ? (line.commit(next.from)?.timeMs ?? window.toMs) : window.toMs;
    if (gaps.some((gap) => gap.fromMs <= toMs && gap.toMs >= fromMs)) return;
    if (run.brokenBehind) damaged.push({ fromMs, toMs, reason: DAMAGED });
    else gaps.push({ fromMs, toMs, reason: NO_BASE });
  });
  return { gaps: gaps.sort((a, b) => a.fromMs - b.fromMs), damaged };
}

/** Where times are not certain: the clock went back within a segment, or between two states that served one after the other. */
export function suspects({ pieces }: ClusterLine, window: Span): Gap[] {
  const found: Gap[] = [];
  for (const index of new Set(pieces.map((piece) => piece.index))) {
    for (const { lagUs, lastTimeUs } of index.segments) {
      if (lagUs < JUMP_US) continue;
      const toMs = Math.floor(lastTimeUs / 1000);
      const fromMs = Math.max(Math.floor((lastTimeUs - lagUs) / 1000), window.fromMs);
      if (toMs > window.fromMs) found.push({ fromMs, toMs, reason: SUSPECT });
    }
  }
  // A state that was swapped in may be served by a clock that is behind: its first commits have the time of the last one before it.
  for (const { index, rankStart, rankEnd, floorUs } of pieces) {
    const first = rankEnd > rankStart ? index.commit(rankStart + 1) : null;
    if (!first || floorUs - first.timeUs < JUMP_US) continue;
    const toMs = Math.floor(floorUs / 1000);
    const fromMs = Math.max(Math.floor(first.timeUs / 1000), window.fromMs);
    if (toMs > window.fromMs) found.push({ fromMs, toMs, reason: SUSPECT });
  }
  return found.sort((a, b) => a.fromMs - b.fromMs);
}

function spansBetween(gaps: readonly Span[], whole: Span): Span[] {
  const spans: Span[] = [];
  let { fromMs } = whole;
  for (const gap of gaps) {
    if (gap.fromMs >= fromMs) spans.push({ fromMs, toMs: gap.fromMs });
    fromMs = Math.max(fromMs, gap.toMs);
  }
  if (whole.toMs >= fromMs && !gaps.some((gap) => gap.toMs >= whole.toMs)) spans.push({ fromMs, toMs: whole.toMs });
  return spans;
}

function maximum(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
