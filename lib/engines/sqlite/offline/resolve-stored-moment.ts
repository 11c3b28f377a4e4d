import { LastgoodError } from "../../../domain/errors.ts";
import type { CommitInfo, HistoryView } from "../history/records.ts";
import { asMoment, findBookmark, findTime, type WindowPolicy } from "../restore/find-moment.ts";

/** A moment of a stored history; `justBefore` it: the commit before a bookmark, the millisecond before a time. */
export type StoredMoment = { justBefore: boolean } & (
  | { kind: "bookmark"; bookmark: string }
  | { kind: "time"; atMs: number }
  | { kind: "oldest" }
  | { kind: "newest" }
);

/** Nothing of a stored history is too old: the policy's days are only told by the metadata. */
const ALL_DAYS = 36_500;

/** The policy under which all of a history may be used; its own end counts as now where this machine's clock is behind. */
export function wholeHistory(history: HistoryView): WindowPolicy {
  const capturedThroughMs = history.watermarkMs();
  const nowMs = Math.max(Date.now(), capturedThroughMs, history.newest().timeMs);
  return { windowDays: ALL_DAYS, nowMs, capturedThroughMs };
}

/**
 * The commit that a moment means, exactly as the running product resolves it. A time beyond what the history knows to be
 * complete is refused, naming what it knows. Throws `invalid_moment`, `foreign_bookmark`, `moment_outside_window`,
 * `moment_in_gap`, `history_damaged`.
 */
export function resolveStoredMoment(history: HistoryView, moment: StoredMoment): CommitInfo {
  if (moment.kind === "time") return resolveTime(history, moment.atMs - (moment.justBefore ? 1 : 0));
  const named = moment.kind === "bookmark" ? findBookmark(history, moment.bookmark, null) : history[moment.kind]();
  if (!moment.justBefore) return named;
  const before = history.byTxid(named.txid - 1);
  if (before) return before;
  throw new LastgoodError("moment_outside_window", "Nothing before the oldest commit is in this history.", {
    hint: "Choose the oldest commit itself, or a later one.",
    nearest: { afterMs: named.timeMs },
  });
}

function resolveTime(history: HistoryView, atMs: number): CommitInfo {
  const policy = wholeHistory(history);
  if (atMs > policy.capturedThroughMs) {
    const newest = asMoment(history, history.newest());
    const known = new Date(policy.capturedThroughMs).toISOString();
    throw new LastgoodError(
      "moment_outside_window",
      `This history is complete up to ${known} and knows nothing later.`,
      {
        hint: `Choose an earlier time, or "newest": the commit ${newest.bookmark} of ${new Date(newest.timeMs).toISOString()}.`,
        nearest: { beforeMs: policy.capturedThroughMs },
        newest,
      },
    );
  }
  return findTime(history, atMs, policy);
}
