import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatClock, formatDay, isSameDay } from "../../lib/client/format-time.ts";
import type { RestorePlan } from "../../lib/domain/restore.ts";
import type { RestoreStage } from "../../lib/domain/restore-stages.ts";

/** What a restore did, as lists title it: `Back to 14:03:22.481`, `Undo`, `Gave back 14 rows`, `Preview billing-preview-1`. */
export function restoreTitle(restore: RestoreView, zone: string, nowMs: number): string {
  if (restore.target !== "project" && restore.source !== "undo") return titleOfTarget(restore);
  const { timeMs } = restore.to;
  const clock = formatClock(timeMs, zone, "millisecond");
  const when = isSameDay(timeMs, nowMs, zone) ? clock : `${formatDay(timeMs, zone, nowMs)} ${clock}`;
  if (restore.target === "rows") return "Undo, rows as before";
  if (restore.backup && restore.source !== "undo")
    return `Back to backup ${restore.backup.label ?? restore.backup.key ?? ""}`;
  return restore.source === "undo" ? `Undo, back to ${when}` : `Back to ${when}`;
}

function titleOfTarget({ target, copy, preview, rows, secondCopy }: RestoreView): string {
  if (target === "rows") return rows ? `Gave back ${formatCount(rows.rows, "row")}` : "Give rows back";
  if (target === "cutover") return `Cut over to ${preview?.name ?? "a preview"}`;
  if (secondCopy) return `Brought back ${copy?.name ?? ""}`;
  if (target === "new_database") return `New database ${copy?.name ?? ""}`;
  return `${target === "preview" ? "Overwrote preview" : "Preview"} ${copy?.name ?? ""}`;
}

/** By how much a plan goes back. */
export function wayBack({ commits, way }: Pick<RestorePlan, "commits" | "way">): string {
  if (way === "rows") return "its tables alone";
  return commits === null ? "more commits than the history still has" : formatCount(commits, "commit");
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

type StageWords = { done: string; doing: string; means: string; failed: string };

/** A stage in the words of what is done, of what is being done, and what it means. */
export function stageWords(
  stage: RestoreStage,
  restore: Pick<RestoreView, "engine" | "origin" | "target" | "secondCopy">,
): StageWords {
  const ofCopy = restore.secondCopy ? COPY_STAGES[stage] : undefined;
  if (ofCopy) return ofCopy;
  const ofTransfer = isTransfer(restore) ? TRANSFER_STAGES[stage] : undefined;
  return ofTransfer ?? (restore.engine === "postgres" ? CLUSTER_STAGES[stage] : undefined) ?? STAGE_WORDS[stage];
}

/** Whether it goes as one transaction into a server whose files are not ours. */
export function isTransfer({ engine, origin, target }: Pick<RestoreView, "engine" | "origin" | "target">): boolean {
  return engine === "postgres" && origin === "attached" && target === "project";
}

/** What is another thing where the state comes from a second copy. */
const COPY_STAGES: Partial<Record<RestoreStage, StageWords>> = {
  fetch: {
    done: "History fetched from the bucket",
    doing: "Fetching its history from the bucket",
    means: "Each piece is compared with its checksum. The copy itself stays as it is.",
    failed: "while its history was fetched",
  },
  inspect: {
    done: "Commit found in the history",
    doing: "Finding the commit in the history",
    means: "A time means the newest commit at or before it.",
    failed: "while the commit was looked for",
  },
};

/** What is another thing again where the server is somebody else's. */
const TRANSFER_STAGES: Partial<Record<RestoreStage, StageWords>> = {
  prepare: {
    done: "That moment recovered, written and compared",
    doing: "Recovering that moment beside it, and writing it",
    means:
      "At first the server serves on; once its tables are locked, everything is replaced and compared. The last point to cancel.",
    failed: "before anything was committed",
  },
  apply: {
    done: "Committed",
    doing: "Committing it",
    means: "One transaction of the server's own: all of it or nothing.",
    failed: "while it was committed",
  },
};

/** What is another thing to do where the database is a cluster. */
const CLUSTER_STAGES: Partial<Record<RestoreStage, StageWords>> = {
  prepare: {
    done: "That moment recovered beside it",
    doing: "Recovering that moment beside it",
    means: "From a base backup and the log, each file checked, while the cluster serves on. The last point to cancel.",
    failed: "while that moment was recovered",
  },
  write: {
    done: "That moment recovered as a cluster of its own",
    doing: "Recovering that moment as a cluster of its own",
    means: "From a base backup and the log, each file checked. The database notices nothing.",
    failed: "while that moment was recovered",
  },
  apply: {
    done: "Swapped in",
    doing: "Swapping it in",
    means: "What served until now is set aside whole; connections are cut and come back to that moment.",
    failed: "while it was swapped in",
  },
  place: {
    done: "Started and protected",
    doing: "Starting it",
    means: "From then on its log is received.",
    failed: "while it was started",
  },
};

const STAGE_WORDS: Record<RestoreStage, StageWords> = {
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
  fetch: {
    done: "Backup fetched",
    doing: "Fetching the backup",
    means: "From where it is stored, beside the database, which notices nothing.",
    failed: "while the backup was fetched",
  },
  inspect: {
    done: "Backup checked",
    doing: "Checking the backup",
    means: "Nothing of it is used unless every byte is what was stored.",
    failed: "while the backup was checked",
  },
  write: {
    done: "That moment written to a file of its own",
    doing: "Writing that moment to a file of its own",
    means: "Beside the database, which notices nothing.",
    failed: "while that moment was written to a file",
  },
  "hook-before": {
    done: "Hook before the restore has run",
    doing: "Running the operator's hook before the restore",
    means: "If it fails nothing is written. The last point to cancel.",
    failed: "when the operator's hook before it failed",
  },
  apply: {
    done: "Written as one commit",
    doing: "Writing them as one commit",
    means: "Readers see either the old state or the new one, never a mixture.",
    failed: "while it was written",
  },
  place: {
    done: "Put into place and protected",
    doing: "Putting it into place",
    means: "From then on every commit of it is captured.",
    failed: "while it was put into place",
  },
  "hook-after": {
    done: "Hook after the restore has run",
    doing: "Running the operator's hook after the restore",
    means: "The restore stands, whatever becomes of it.",
    failed: "while the operator's hook after it ran",
  },
  hold: {
    done: "Writes go on",
    doing: "Holding writes",
    means: "Time to restart what keeps copies in memory. Readers are not disturbed.",
    failed: "while writes were held",
  },
  check: {
    done: "Checked",
    doing: "Checking what was written",
    means: "The state reached is compared with the one asked for.",
    failed: "at the check",
  },
};

/** How far a stage is: seconds where it is time that passes, else its share. */
export function progressWords(stage: RestoreStage, { done, total }: { done: number; total: number }): string {
  if (stage === "hold") return `${Math.round(done / 1000)} of ${Math.round(total / 1000)} s`;
  return `${Math.floor((100 * done) / total)} %`;
}
