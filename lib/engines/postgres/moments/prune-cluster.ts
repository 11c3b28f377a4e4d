import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory, writeFileDurably } from "../../../storage/durable-file.ts";
import { BASE_RECORD } from "../bases/base-record.ts";
import { type ClusterHistory, incarnationFolders } from "../history/cluster-history.ts";
import { type IndexFiles, indexFiles, readIfThere } from "../history/index-files.ts";
import { decodeNotes, encodeNote } from "../history/segment-notes.ts";
import { decodeArchived, decodeSummaries, encodeArchived, encodeSummary } from "../history/segment-summary.ts";
import { DAMAGED, parseSegmentName } from "../history/wal-files.ts";
import { keepNumbers, openHistory } from "./opened-histories.ts";
import { planPruning, type RecentPlan } from "./plan-pruning.ts";

/**
 * Removes what no commit from `keepFromMs` on needs: base backups first, then log that no base needs. Numbers of commits stay what they
 * were. The receiver alone may: it is the only writer of a history. A crash leaves nothing that is needed and gone.
 */
export function pruneCluster(
  history: ClusterHistory,
  directory: string,
  keepFromMs: number,
  recent: readonly RecentPlan[] = [],
): { removedBytes: number } {
  const opened = openHistory(history, directory);
  const { bases, cuts } = planPruning(opened, keepFromMs, recent);
  let removedBytes = 0;
  const hasAnything = bases.length > 0 || [...cuts.values()].some((cut) => cut > 0);
  if (hasAnything) keepNumbers(directory, opened.line);
  for (const base of bases) removedBytes += removeBase(base);
  for (const [incarnation, cutLsn] of cuts) {
    removedBytes += cutIncarnation(directory, incarnation, cutLsn, history.segmentBytes);
  }
  return { removedBytes };
}

/** First what makes it count, so that half of one never does. */
export function removeBase(directory: string): number {
  const bytes = bytesIn(directory);
  disk.rmSync(path.join(directory, BASE_RECORD), { force: true });
  syncDirectory(directory);
  disk.rmSync(directory, { recursive: true, force: true });
  return bytes;
}

function cutIncarnation(directory: string, incarnation: number, cutLsn: number, segmentBytes: number): number {
  const folders = incarnationFolders(directory, incarnation);
  if (cutLsn <= 0 || !disk.existsSync(folders.index)) return 0;
  const files = indexFiles(folders.index);
  const summaries = decodeSummaries(readIfThere(files.segments));
  // The last one stays: from it the index goes on, and its numbers do.
  const kept = summaries.filter(({ toLsn }, i) => toLsn > cutLsn || i === summaries.length - 1);
  if (kept.length < summaries.length) writeFileDurably(files.segments, ...kept.map(encodeSummary));
  const first = kept[0]?.segment ?? 0;
  rewriteLists(files, first, segmentBytes);
  let removedBytes = removeBefore(folders.index, ".rows", first, segmentBytes);
  removedBytes += removeBefore(folders.archive, ".zst", first, segmentBytes);
  removedBytes += removeBefore(folders.wal, DAMAGED, first, segmentBytes);
  return removedBytes;
}

/** Takes what is of segments before the first one out of the lists of archived segments and of notes. */
export function rewriteLists(files: IndexFiles, first: number, segmentBytes: number): void {
  const archived = decodeArchived(readIfThere(files.archive));
  const stay = archived.filter(({ segment }) => segment >= first);
  if (stay.length < archived.length) writeFileDurably(files.archive, ...stay.map(encodeArchived));
  const notes = decodeNotes(readIfThere(files.notes));
  const told = notes.filter(({ lsn }) => lsn >= first * segmentBytes);
  if (told.length < notes.length) writeFileDurably(files.notes, Buffer.from(told.map(encodeNote).join("")));
}

/** Whatever is older than the first segment that counts, also what an earlier pruning was cut off at. */
function removeBefore(folder: string, ending: string, first: number, segmentBytes: number): number {
  let bytes = 0;
  for (const name of disk.readdirSync(folder)) {
    const parsed = name.endsWith(ending) ? parseSegmentName(name, segmentBytes) : null;
    if (!parsed || parsed.segment >= first) continue;
    const file = path.join(folder, name);
    bytes += disk.statSync(file).size;
    disk.rmSync(file);
  }
  return bytes;
}

/** Of all files below a folder. */
export function bytesIn(directory: string): number {
  return disk
    .readdirSync(directory, { recursive: true })
    .map((name) => disk.statSync(path.join(directory, String(name)), { throwIfNoEntry: false }))
    .reduce((sum, found) => sum + (found?.isFile() ? found.size : 0), 0);
}
