import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory, writeFileDurably } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { type ClusterHistory, incarnationFolders } from "../history/cluster-history.ts";
import { indexFiles, readIfThere } from "../history/index-files.ts";
import { decodeSummaries, encodeSummary } from "../history/segment-summary.ts";
import { parseSegmentName } from "../history/wal-files.ts";
import { keepNumbers, openHistory } from "./opened-histories.ts";
import { planErasing } from "./plan-erasing.ts";
import { bytesIn, removeBase, rewriteLists } from "./prune-cluster.ts";

/**
 * Removes whatever of a history was written before a time of the server's clock, Unix milliseconds: base backups, incarnations, archived and
 * received log, rows of the index; see `planErasing`. Numbers of commits stay what they were. The receiver alone may, while it takes no base.
 * Killed anywhere, what stays is restorable, and a repeat goes on. Throws `conflict` where nothing could be restored afterwards.
 * @returns the bytes by which the history became smaller
 */
export function eraseCluster(history: ClusterHistory, directory: string, fromMs: number): { removedBytes: number } {
  const opened = openHistory(history, directory);
  const { bases, firsts, begins, goesOn } = planErasing(opened, fromMs);
  if (!begins || !goesOn) throw noBase();
  const before = bytesIn(directory);
  keepNumbers(directory, opened.line);
  reachPoint("purge.numbers-kept");
  for (const base of bases) {
    removeBase(base);
    reachPoint("purge.base-removed");
  }
  for (const [incarnation, first] of firsts) {
    if (first === null) removeIncarnation(directory, incarnation);
    else if (first > 0) beginAt(directory, incarnation, first, history.segmentBytes);
  }
  return { removedBytes: Math.max(0, before - bytesIn(directory)) };
}

/** What is said where a history has no base backup that it could begin with. */
export function noBase(): LastgoodError {
  return new LastgoodError("conflict", "No base backup was begun since that moment.", {
    hint: "One is taken with the next try; look at the health of the database if that does not come to its end.",
    retryAfterSeconds: 60,
  });
}

/** First its list of segments: without that nobody looks for the rest. */
function removeIncarnation(directory: string, incarnation: number): void {
  const { root, index } = incarnationFolders(directory, incarnation);
  if (!disk.existsSync(root)) return;
  if (disk.existsSync(index)) {
    for (const file of [indexFiles(index).segments, indexFiles(index).open]) disk.rmSync(file, { force: true });
    syncDirectory(index);
  }
  reachPoint("purge.incarnation-emptied");
  disk.rmSync(root, { recursive: true, force: true });
  syncDirectory(directory);
  reachPoint("purge.incarnation-removed");
}

/** The lists first, then what they named, also what an earlier try or a pruning was cut off at. */
function beginAt(directory: string, incarnation: number, first: number, segmentBytes: number): void {
  const folders = incarnationFolders(directory, incarnation);
  const files = indexFiles(folders.index);
  const summaries = decodeSummaries(readIfThere(files.segments));
  const kept = summaries.filter(({ segment }) => segment >= first);
  // The index goes on from its last summary, and its numbers do.
  if (kept.length === 0 && summaries.length > 0) throw noBase();
  if (kept.length < summaries.length) writeFileDurably(files.segments, ...kept.map(encodeSummary));
  rewriteLists(files, first, segmentBytes);
  reachPoint("purge.index-cut");
  for (const folder of [folders.index, folders.archive, folders.wal]) removeOlder(folder, first, segmentBytes);
  reachPoint("purge.log-removed");
}

/** Whatever is named as an older segment, with any ending. */
function removeOlder(folder: string, first: number, segmentBytes: number): void {
  if (!disk.existsSync(folder)) return;
  for (const name of disk.readdirSync(folder)) {
    const parsed = parseSegmentName(name, segmentBytes);
    if (parsed && parsed.segment < first) disk.rmSync(path.join(folder, name));
  }
  syncDirectory(folder);
}
