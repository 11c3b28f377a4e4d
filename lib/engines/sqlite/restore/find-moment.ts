import { type Bookmark, requireBookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { type Gap, placeMoment, type RecoveryWindow, type Span } from "../../../domain/recovery-window.ts";
import type { LostCommits } from "../history/holes.ts";
import type { CommitInfo, HistoryView } from "../history/records.ts";

const DAY_MS = 86_400_000;

/** What of a history may be used: its policy's days, counted back from now. */
export type WindowPolicy = { windowDays: number; nowMs: number; capturedThroughMs: number };

/** The commit that was in force when the window began, or the oldest there is. */
export function oldestUsable(
  history: HistoryView,
  { windowDays, nowMs }: Pick<WindowPolicy, "windowDays" | "nowMs">,
): CommitInfo {
  return history.atOrBefore(nowMs - windowDays * DAY_MS) ?? history.oldest();
}

/** The spans from which any moment can be restored, and what lies between them. */
export function windowOf(history: HistoryView, policy: WindowPolicy): RecoveryWindow {
  const oldest = oldestUsable(history, policy);
  const newest = history.newest();
  const fromMs = Math.max(oldest.timeMs, policy.nowMs - policy.windowDays * DAY_MS);
  const capturedThroughMs = Math.max(policy.capturedThroughMs, newest.timeMs);
  const interruptions = history.gaps().filter((gap) => gap.toMs > fromMs);
  const gaps: Gap[] = interruptions.map((gap) => ({
    fromMs: Math.max(gap.fromMs, fromMs),
    toMs: gap.toMs,
    reason: GAP_REASON,
  }));
  const suspect: Gap[] = history
    .suspects()
    .filter((stretch) => stretch.toMs > fromMs)
    .map((stretch) => ({ fromMs: Math.max(stretch.fromMs, fromMs), toMs: stretch.toMs, reason: SUSPECT_REASON }));
  const damaged = damagedStretch(history, { fromMs, toMs: capturedThroughMs });
  const without = [...interruptions, ...damaged].sort((a, b) => a.fromMs - b.fromMs);
  return {
    spans: spansBetween(without, { fromMs, toMs: capturedThroughMs }),
    gaps,
    suspect,
    damaged,
    oldest: { bookmark: history.bookmarkOf(oldest), timeMs: oldest.timeMs },
    newest: { bookmark: history.bookmarkOf(newest), timeMs: newest.timeMs },
    capturedThroughMs,
    windowDays: policy.windowDays,
  };
}

const GAP_REASON = "Capture was interrupted: the commits of this stretch were merged into one.";
const SUSPECT_REASON = "The clock jumped: every commit is there, but the times of this stretch are not certain.";

const DAMAGE_REASON = "The history is damaged: the commits of this stretch cannot be read.";

/** From the last commit before those that are lost to the first one behind them, as far as the window reaches. */
function damagedStretch(history: HistoryView, window: Span): Gap[] {
  const lost = history.lostCommits();
  if (!lost) return [];
  const before = history.byTxid(lost.fromTxid - 1);
  const after = lost.toTxid === null ? null : history.byTxid(lost.toTxid + 1);
  const fromMs = Math.max(before?.timeMs ?? window.fromMs, window.fromMs);
  const toMs = after?.timeMs ?? window.toMs;
  return toMs < window.fromMs ? [] : [{ fromMs, toMs, reason: DAMAGE_REASON }];
}

function spansBetween(gaps: readonly Span[], whole: Span): Span[] {
  const spans: Span[] = [];
  let fromMs = whole.fromMs;
  for (const gap of gaps) {
    if (gap.fromMs >= fromMs) spans.push({ fromMs, toMs: gap.fromMs });
    fromMs = Math.max(fromMs, gap.toMs);
  }
  if (whole.toMs >= fromMs) spans.push({ fromMs, toMs: whole.toMs });
  return spans;
}

/**
 * The commit that a bookmark names. Throws `invalid_moment` for what is no bookmark or names no commit, `foreign_bookmark` for
 * another database's, `moment_outside_window` for one that is older than the window (`policy` null: than the history).
 */
export function findBookmark(history: HistoryView, text: string, policy: WindowPolicy | null): CommitInfo {
  const { parts } = requireBookmark(text);
  if (parts.historyTag !== history.historyTag) {
    throw new LastgoodError("foreign_bookmark", "This bookmark belongs to another database.", {
      field: "bookmark",
      hint: "Use a bookmark of this database, as its history lists them.",
    });
  }
  const oldest = policy ? oldestUsable(history, policy) : history.oldest();
  if (parts.txid < oldest.txid) {
    throw outsideWindow("This bookmark is older than the recovery window.", "bookmark", { afterMs: oldest.timeMs });
  }
  const found = history.byTxid(parts.txid);
  const lost = history.lostCommits();
  if (lost && parts.txid >= lost.fromTxid && parts.txid <= (lost.toTxid ?? parts.txid)) throw isLost(history, lost);
  if (found?.recordTag === parts.recordTag) return found;
  throw new LastgoodError("invalid_moment", "This bookmark names no commit of this database.", {
    field: "bookmark",
    hint: "Copy it again as a whole; the history lists every valid one.",
  });
}

/**
 * The newest commit at or before a time that lies in the window. The history must be captured beyond `atMs` already.
 * Throws `moment_in_future`, `moment_outside_window`, `moment_in_gap` or `history_damaged`, naming the nearest valid moments.
 */
export function findTime(history: HistoryView, atMs: number, policy: WindowPolicy): CommitInfo {
  const window = windowOf(history, policy);
  const placed = placeMoment(window, atMs, policy.nowMs);
  if (placed.kind === "future") throw inFuture(policy.nowMs);
  if (placed.kind === "before" || placed.kind === "empty") {
    const { nearest } = placed.kind === "before" ? placed : { nearest: {} };
    throw outsideWindow("This moment is older than the recovery window.", "timestamp", nearest);
  }
  if (placed.kind === "gap") {
    throw new LastgoodError(
      "moment_in_gap",
      "Capture was interrupted at this moment: its commits were merged into one.",
      {
        field: "timestamp",
        hint: "Choose the moment just before or just after the gap.",
        nearest: placed.nearest,
      },
    );
  }
  const lost = placed.kind === "damaged" ? history.lostCommits() : null;
  if (lost) throw isLost(history, lost);
  const found = history.atOrBefore(atMs);
  if (found) return found;
  throw outsideWindow("This moment is older than the recovery window.", "timestamp", {
    afterMs: history.oldest().timeMs,
  });
}

/** A moment whose commit cannot be read, with the nearest ones that can be restored on both sides. */
function isLost(history: HistoryView, { fromTxid, toTxid }: LostCommits): LastgoodError {
  const before = history.byTxid(fromTxid - 1);
  const after = toTxid === null ? null : history.byTxid(toTxid + 1);
  const named = [before, after].flatMap((commit) => (commit ? [asMoment(history, commit)] : []));
  const choices = named.map(({ bookmark, timeMs }) => `${bookmark} of ${new Date(timeMs).toISOString()}`);
  return new LastgoodError("history_damaged", "The history is damaged at this moment: its commits cannot be read.", {
    hint:
      choices.length > 0 ? `The nearest that can be restored: ${choices.join(" and ")}.` : "Have the history verified.",
    fromTxid,
    toTxid,
    nearest: { ...(before ? { beforeMs: before.timeMs } : {}), ...(after ? { afterMs: after.timeMs } : {}) },
    nearestMoments: named,
  });
}

export function inFuture(nowMs: number): LastgoodError {
  return new LastgoodError("moment_in_future", "This moment lies in the future.", {
    field: "timestamp",
    hint: "Choose a moment up to now.",
    nearest: { beforeMs: nowMs },
  });
}

/** The database is not being captured, so nothing is known of a time after the last look. */
export function notCaptured(capturedThroughMs: number, cause: unknown): LastgoodError {
  return new LastgoodError(
    "moment_outside_window",
    "Nothing after the last captured moment is known yet.",
    {
      field: "timestamp",
      hint: "Choose the last captured moment or an earlier one, or wait until capture goes on.",
      nearest: { beforeMs: capturedThroughMs },
    },
    { cause },
  );
}

function outsideWindow(message: string, field: string, nearest: { afterMs?: number }): LastgoodError {
  return new LastgoodError("moment_outside_window", message, {
    field,
    hint: "What is older than the window is gone; choose a later moment.",
    nearest,
  });
}

/** A commit as the domain names a moment. */
export function asMoment(history: HistoryView, commit: CommitInfo): { bookmark: Bookmark; timeMs: number } {
  return { bookmark: history.bookmarkOf(commit), timeMs: commit.timeMs };
}
