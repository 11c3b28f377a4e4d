import type { RestoreView } from "../../client/api-types.ts";
import { formatCount } from "../../client/format-count.ts";
import { formatDuration } from "../../client/format-duration.ts";
import { isErrorCode, LastgoodError } from "../../domain/errors.ts";
import { type RestoreStage, stagesOf } from "../../domain/restore-stages.ts";
import { cleanCell } from "../text/clean-text.ts";
import { paint } from "../text/paint.ts";
import { factLines } from "../text/table.ts";
import type { Call } from "./call.ts";
import { follow } from "./follow.ts";
import { timeWords } from "./moment.ts";

const DOING: Record<RestoreStage, string> = {
  plan: "planning",
  fetch: "fetching the backup",
  inspect: "checking the backup",
  keep: "keeping the state before",
  prepare: "preparing the pages",
  write: "writing the copy",
  "hook-before": "running the hook before",
  apply: "putting it in place",
  place: "putting the copy in its place",
  check: "checking",
  "hook-after": "running the hook after",
  hold: "holding the writes",
};

/** The same where it comes from a second copy. */
const BRINGING_BACK: Partial<Record<RestoreStage, string>> = {
  fetch: "fetching the history",
  inspect: "finding the commit",
};

/** What a restore does, in a word or two. */
export function targetWords({ target, copy, preview, databaseName, source }: RestoreView): string {
  const undo = source === "undo" ? "undo of " : "";
  if (target === "rows") return `${undo}rows given back`;
  if (target === "cutover") return `${undo}cutover to ${preview?.name ?? "a preview"}`;
  if (target === "project") return `${undo}${source === "undo" ? "a restore of " : ""}${databaseName}`;
  return `${undo}${target.replace("_", " ")} ${copy?.name ?? ""}`.trim();
}

export const isOpen = ({ status }: Pick<RestoreView, "status">) => status === "queued" || status === "running";

/** Waits for the end of a restore. One that fails or is cancelled is thrown as what it failed of. */
export async function followRestore(
  call: Call,
  route: string,
  restore: RestoreView,
  timeoutMs: number | null,
): Promise<RestoreView> {
  const ended = await follow<RestoreView>({
    look: () => call.api.get(`${route}/restores/${restore.id}`),
    isOver: (now) => !isOpen(now),
    tell: (now) => ({ ...shareOf(now), detail: progressWords(now) }),
    what: "the restore",
    resume: watchCommand(restore),
    details: { restoreId: restore.id, database: restore.databaseName },
    output: call.output,
    timeoutMs,
  });
  if (ended.status === "completed") return ended;
  throw endedBadly(ended);
}

/** What follows a restore from anywhere. */
export function watchCommand({ id, databaseName, secondCopy }: RestoreView): string {
  // A database that is only being made is not found by its name yet.
  if (secondCopy) return `lastgood copies watch ${id}`;
  return `lastgood restores watch ${id} --database ${databaseName}`;
}

function shareOf(restore: RestoreView): { stage: string; share: number } {
  const { stage, progress, status } = restore;
  const stages = stagesOf(restore);
  if (stage === null) return { stage: status === "queued" ? "waiting for its turn" : "starting", share: 0 };
  const within = progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
  const doing = (restore.secondCopy && BRINGING_BACK[stage]) || DOING[stage];
  return { stage: doing, share: (Math.max(0, stages.indexOf(stage)) + within) / stages.length };
}

function progressWords({ progress }: RestoreView): string {
  if (!progress || progress.total <= 1) return "";
  return `${formatCount(progress.done, "step")} of ${formatCount(progress.total, "step")}`.replace(/ steps? of/, " of");
}

function endedBadly({ id, databaseName, status, error }: RestoreView): LastgoodError {
  const known = error !== null && isErrorCode(error.code) ? error.code : "restore_failed";
  return new LastgoodError(
    status === "cancelled" ? "cancelled" : known,
    error?.message ?? `The restore of ${databaseName} ended as ${status}.`,
    { hint: error?.hint ?? "The database is as it was before.", restoreId: id, status },
  );
}

/** A restore as text: how it stands, what it reached, and the way back. */
export function restoreLines(restore: RestoreView, zone: string): string[] {
  const { id, status, databaseName, reached, previous, copy, rows, target, error, approval } = restore;
  const at = (state: { bookmark: string; timeMs: number } | null) =>
    state && `${timeWords(state.timeMs, zone)}  ${state.bookmark}`;
  const tookMs = Object.values(restore.timings).reduce((sum, ms) => sum + ms, 0);
  const facts = factLines([
    ["restore", id],
    ["status", { text: status, as: status === "completed" ? "good" : status === "failed" ? "bad" : "warning" }],
    ["what", targetWords(restore)],
    ["database", databaseName],
    ["goes to", reached || restore.to.bookmark === "" ? null : at(restore.to)],
    ["reached", at(reached)],
    ["before", at(previous)],
    ["into", copy && `${copy.name}${copy.id === null ? ", deleted since" : ""}`],
    ["second copy", restore.secondCopy],
    ["backup", restore.backup?.key],
    ["before, kept as", restore.preRestoreKey],
    ["rows", rows && `${formatCount(rows.rows, "row")} in ${formatCount(rows.tables.length, "table")}`],
    ["took", restore.finishedAtMs === null ? null : formatDuration(tookMs)],
    ["reason", restore.reason],
    ["asked by", restore.requestedBy],
    ["approved by", approval?.approvedBy.join(", ")],
    ["undone by", restore.undoneBy],
    ["error", error && { text: error.message, as: "bad" as const }],
  ]);
  return [...facts, ...nextSteps(restore, target === "new_preview" || target === "new_database")];
}

function nextSteps(restore: RestoreView, isCopy: boolean): string[] {
  const { id, status, databaseName, copy, undoneBy, reached, previous } = restore;
  const name = cleanCell(databaseName);
  if (isOpen(restore)) return ["", `Follow it with: ${watchCommand(restore)}`];
  if (status !== "completed") return [];
  if (isCopy) {
    const made = cleanCell(copy?.name ?? "it");
    return ["", `Look at it with: lastgood view --database ${made} "SELECT …"`];
  }
  if (undoneBy !== null || previous === null || reached?.bookmark === previous.bookmark) return [];
  return ["", paint("dim", `Undo it with: lastgood restores undo ${id} --database ${name}`)];
}
