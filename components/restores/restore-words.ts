import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatClock, formatDay, isSameDay } from "../../lib/client/format-time.ts";
import type { RestoreStage } from "../../lib/domain/restore.ts";

/** What a restore did, as lists title it: `Back to 14:03:22.481`, `Undo`. */
export function restoreTitle(restore: RestoreView, zone: string, nowMs: number): string {
  const { timeMs } = restore.to;
  const clock = formatClock(timeMs, zone, "millisecond");
  const when = isSameDay(timeMs, nowMs, zone) ? clock : `${formatDay(timeMs, zone, nowMs)} ${clock}`;
  return restore.source === "undo" ? `Undo, back to ${when}` : `Back to ${when}`;
}

/** The page of a restore. */
export function restoreHref({ databaseName, id }: Pick<RestoreView, "databaseName" | "id">): string {
  return `/databases/${encodeURIComponent(databaseName)}/restores/${id}`;
}

export function isOpen(restore: RestoreView): boolean {
  return restore.status === "queued" || restore.status === "running";
}

/** How long it took from its start to its end, milliseconds; null while it runs. */
export function restoreLength(restore: RestoreView): number | null {
  if (restore.startedAtMs === null || restore.finishedAtMs === null) return null;
  const measured = Object.values(restore.timings).reduce((sum, ms) => sum + ms, 0);
  return measured > 0 ? measured : restore.finishedAtMs - restore.startedAtMs;
}

/** Each stage in the words of what is done, of what is being done, and what it means. */
export const STAGE_WORDS: Record<RestoreStage, { done: string; doing: string; means: string; failed: string }> = {
  plan: {
    done: "Plan checked",
    doing: "Checking the plan",
    means: "The plan that you read is the one that runs.",
    failed: "while the plan was checked",
  },
  keep: {
    done: "Current state kept",
    doing: "Keeping the current state",
    means: "Its bookmark is what Undo goes back to.",
    failed: "while the current state was kept",
  },
  prepare: {
    done: "Pages of that moment computed",
    doing: "Computing the pages of that moment",
    means: "Each one is checked against its checksum. The last point to cancel.",
    failed: "while the pages were computed",
  },
  apply: {
    done: "Written as one commit",
    doing: "Writing them as one commit",
    means: "Readers see either the old state or the new one, never a mixture.",
    failed: "while it was written",
  },
  check: {
    done: "Checked",
    doing: "Checking what was written",
    means: "The state reached is compared with the one asked for.",
    failed: "at the check",
  },
};
