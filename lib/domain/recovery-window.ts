import type { Bookmark } from "./bookmark.ts";

/** A stretch of time from which any moment can be restored. Unix milliseconds, both ends included. */
export type Span = { fromMs: number; toMs: number };

/**
 * Why no moment of a stretch can be restored, or why its times are doubtful.
 * `suspect` is not a gap: commits are all there, but the clock jumped, so times cannot be trusted.
 */
export type Gap = Span & { reason: string };

export type RecoveryWindow = {
  /** Oldest first, never overlapping; between two of them lies a gap. Empty while nothing is captured yet. */
  spans: Span[];
  gaps: Gap[];
  suspect: Gap[];
  /** What was captured there is stored damaged: its commits cannot be read. At most one, since nothing within is reached. */
  damaged: Gap[];
  /** The oldest and newest restorable states; null while nothing is captured yet. */
  oldest: { bookmark: Bookmark; timeMs: number } | null;
  newest: { bookmark: Bookmark; timeMs: number } | null;
  /** Every commit up to this moment is in the history. */
  capturedThroughMs: number | null;
  /** Days that the database's policy promises, 1 to 365. */
  windowDays: number;
};

/** One commit as lists and the timeline show it. */
export type CommitSummary = { bookmark: Bookmark; txid: number; timeMs: number; pages: number; bytes: number };

/** Where a moment stands in a window, and the nearest moments that are valid. */
export type Placement =
  | { kind: "inside" }
  | { kind: "future"; nearest: { beforeMs?: number } }
  | { kind: "before"; nearest: { afterMs?: number } }
  | { kind: "gap" | "damaged"; gap: Gap; nearest: { beforeMs?: number; afterMs?: number } }
  | { kind: "empty" };

/** Places `atMs` in the window as seen at `nowMs`. Pure; the engine decides which commit it means. */
export function placeMoment(window: RecoveryWindow, atMs: number, nowMs: number): Placement {
  const first = window.spans[0];
  const last = window.spans.at(-1);
  if (!first || !last) return { kind: "empty" };
  if (atMs > nowMs) return { kind: "future", nearest: { beforeMs: nowMs } };
  if (atMs < first.fromMs) return { kind: "before", nearest: { afterMs: first.fromMs } };
  for (const gap of window.damaged) {
    // Of its first millisecond too: a commit that cannot be read may have come in it.
    if (atMs < gap.fromMs || atMs >= gap.toMs) continue;
    return { kind: "damaged", gap, nearest: { beforeMs: gap.fromMs - 1, afterMs: gap.toMs } };
  }
  for (const gap of window.gaps) {
    if (atMs <= gap.fromMs || atMs >= gap.toMs) continue;
    return { kind: "gap", gap, nearest: { beforeMs: gap.fromMs, afterMs: gap.toMs } };
  }
  return { kind: "inside" };
}
