import { formatDuration } from "../../../lib/client/format-duration.ts";
import type { RecoveryWindow } from "../../../lib/domain/recovery-window.ts";
import { estimateTextWidth } from "./estimate-text-width.ts";
import type { TimeScale } from "./time-scale.ts";

export type Stretch = { x: number; width: number };
export type DrawnGap = Stretch & { fromMs: number; toMs: number; reason: string; open: boolean };

export type Coverage = { covered: Stretch[]; gaps: DrawnGap[]; suspect: DrawnGap[] };

/**
 * Where moments can be restored, where not, and where times are doubtful, in x. `stoppedAtMs` is since when nothing is
 * captured any more: from there to now lies an open gap, which is an alarm and not a fact of the past.
 */
export function layoutCoverage(
  window: Pick<RecoveryWindow, "spans" | "gaps" | "suspect" | "damaged">,
  scale: TimeScale,
  nowMs: number,
  stoppedAtMs: number | null,
): Coverage {
  const clip = (fromMs: number, toMs: number, least: number): Stretch | null => {
    if (toMs < scale.fromMs || fromMs > scale.toMs) return null;
    const left = Math.max(0, scale.x(fromMs));
    const right = Math.min(scale.width, scale.x(Math.min(toMs, nowMs)));
    return { x: left, width: Math.max(least, right - left) };
  };
  const draw = (fromMs: number, toMs: number, reason: string, open: boolean): DrawnGap[] => {
    const stretch = clip(fromMs, toMs, 4);
    return stretch ? [{ ...stretch, fromMs, toMs, reason, open }] : [];
  };
  const lastSpan = window.spans.at(-1);
  const covered = window.spans.flatMap((span) => {
    const toMs = span === lastSpan && stoppedAtMs === null ? Math.max(span.toMs, nowMs) : span.toMs;
    const stretch = clip(span.fromMs, toMs, 1);
    return stretch ? [stretch] : [];
  });
  const gaps = window.gaps.flatMap((gap) => draw(gap.fromMs, gap.toMs, gap.reason, false));
  gaps.push(...window.damaged.flatMap((gap) => draw(gap.fromMs, gap.toMs, gap.reason, false)));
  if (stoppedAtMs !== null) gaps.push(...draw(stoppedAtMs, nowMs, "Capture has stopped", true));
  return { covered, gaps, suspect: window.suspect.flatMap((gap) => draw(gap.fromMs, gap.toMs, gap.reason, false)) };
}

export type GapWords = Stretch & { text: string; open: boolean };

const LEAST_NAMED_GAP = 8;

/** Where the words of gaps stand: on the gap, moved in from the edges; left out where they would lie on another's. */
export function layoutGapWords(gaps: readonly DrawnGap[], width: number): GapWords[] {
  const placed: GapWords[] = [];
  for (const gap of [...gaps].sort((a, b) => b.width - a.width)) {
    const length = formatDuration(gap.toMs - gap.fromMs);
    const text = gap.open ? `not captured for ${length}` : `gap ${length}`;
    const wordsWidth = estimateTextWidth(text) + 12;
    const x = Math.min(Math.max(2, gap.x + gap.width / 2 - wordsWidth / 2), width - wordsWidth - 2);
    const isFree = placed.every((other) => x + wordsWidth + 4 <= other.x || x >= other.x + other.width + 4);
    if (isFree && (gap.open || gap.width >= LEAST_NAMED_GAP))
      placed.push({ text, x, width: wordsWidth, open: gap.open });
  }
  return placed;
}
