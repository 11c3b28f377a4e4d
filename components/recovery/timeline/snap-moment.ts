import { formatDuration } from "../../../lib/client/format-duration.ts";
import { placeMoment, type RecoveryWindow } from "../../../lib/domain/recovery-window.ts";

/** Where the cursor comes to rest, and in words why that is not where it was put; null when it is. */
export type Snapped = { ms: number; why: string | null };

/** The nearest moment that can be restored: the cursor cannot rest in a gap, before the window or in the future. */
export function snapMoment(window: RecoveryWindow, atMs: number, nowMs: number): Snapped {
  const ms = Math.round(atMs);
  const placement = placeMoment(window, ms, nowMs);
  if (placement.kind === "inside" || placement.kind === "empty") return { ms, why: null };
  if (placement.kind === "future") return { ms: nowMs, why: "That moment has not come yet." };
  if (placement.kind === "before") {
    return { ms: placement.nearest.afterMs ?? ms, why: "Nothing older can be reached." };
  }
  const { gap, nearest } = placement;
  const beforeMs = nearest.beforeMs ?? gap.fromMs;
  const afterMs = nearest.afterMs ?? gap.toMs;
  const toBefore = ms - beforeMs <= afterMs - ms;
  return {
    ms: toBefore ? beforeMs : afterMs,
    why: `In a gap of ${formatDuration(gap.toMs - gap.fromMs)}: moved to its nearer edge.`,
  };
}
