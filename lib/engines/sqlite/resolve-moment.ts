import { setTimeout as sleep } from "node:timers/promises";
import type { Moment, ResolvedMoment } from "../../domain/moment.ts";
import type { ProtectedDatabase } from "../engine.ts";
import type { CaptureClient } from "./capture-client.ts";
import type { History } from "./history/open-history.ts";
import type { CommitInfo } from "./history/records.ts";
import { findBookmark, findTime, inFuture, notCaptured, type WindowPolicy } from "./restore/find-moment.ts";
import { wallClock } from "./wall-clock.ts";

const WATERMARK_TRIES = 20;
const WATERMARK_PAUSE_MS = 5;

/** The window's rules for a database as they are now. */
export function policyOf(db: ProtectedDatabase): Omit<WindowPolicy, "capturedThroughMs"> {
  return { windowDays: db.windowDays, nowMs: wallClock.now() };
}

/**
 * The commit that a moment means. A time later than what is known to be captured resolves only after the reader has caught up
 * and written that down. `historyOf` gives the history as it is at each call. Throws as `findBookmark` and `findTime` do.
 */
export async function resolveMoment(
  db: ProtectedDatabase,
  at: Moment,
  historyOf: () => History,
  capture: CaptureClient,
): Promise<CommitInfo> {
  const policy = policyOf(db);
  let history = historyOf();
  if ("bookmark" in at) {
    return findBookmark(history, at.bookmark, { ...policy, capturedThroughMs: history.watermarkMs() });
  }
  const { timestampMs: atMs } = at;
  if (atMs > policy.nowMs) throw inFuture(policy.nowMs);
  for (let tries = 0; history.watermarkMs() < atMs; tries++) {
    try {
      await capture.flush(db.id, true);
    } catch (error) {
      throw notCaptured(historyOf().watermarkMs(), error);
    }
    history = historyOf();
    if (tries === WATERMARK_TRIES) throw notCaptured(history.watermarkMs(), null);
    if (history.watermarkMs() < atMs) await sleep(WATERMARK_PAUSE_MS);
    history = historyOf();
  }
  return findTime(history, atMs, { ...policy, capturedThroughMs: history.watermarkMs() });
}

/** A commit as the answer to a question for a moment; `askedMs` is null where it was asked for itself. */
export function asResolved(history: History, commit: CommitInfo, askedMs: number | null): ResolvedMoment {
  return {
    bookmark: history.bookmarkOf(commit),
    txid: commit.txid,
    timeMs: commit.timeMs,
    askedMs,
    pages: commit.pageCount,
  };
}
