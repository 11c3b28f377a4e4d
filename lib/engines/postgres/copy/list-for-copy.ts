import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import type { CopyListing, ListedFile } from "../../../storage/copy/listed-file.ts";
import { disk } from "../../../storage/disk.ts";
import { listBases } from "../bases/base-record.ts";
import { COMPRESSED } from "../history/archive-segment.ts";
import { incarnationFolders } from "../history/cluster-history.ts";
import { decodeOpenHead } from "../history/commit-rows.ts";
import { indexFiles, readIfThere } from "../history/index-files.ts";
import { ARCHIVED_BYTES, decodeArchived, decodeSummaries, SUMMARY_BYTES } from "../history/segment-summary.ts";
import { isTimelineFile, listReceived, segmentName } from "../history/wal-files.ts";
import { runsOf } from "../moments/cluster-window.ts";
import type { OpenedHistory } from "../moments/opened-histories.ts";

/** Files beside the incarnations; what says how far they reach comes before them. */
const SMALL = ["history.json", "ordinals.json", "through.json"];

/**
 * What a cluster's history consists of, for its second copy. What is small is read first and says less than what is listed then; a segment
 * that moves to the archive meanwhile is seen in one of both places. The index of the open segment is none of it: it is made anew.
 */
export function listForCopy(opened: OpenedHistory, directory: string): CopyListing {
  const { line } = opened;
  const newest = line.commit(line.last);
  if (!newest) {
    throw new LastgoodError("not_protected", "There is no commit yet.", { hint: "Wait for the first base backup." });
  }
  const files: ListedFile[] = [];
  for (const name of SMALL) addContent(files, directory, name);
  // What was damaged and has gone since, as by an erasure, is missed by nobody.
  let isSound = ![...opened.damaged].some((file) => disk.existsSync(file));
  for (const { number } of line.history.incarnations) {
    const listed = listIncarnation(directory, number, line.history.segmentBytes);
    files.push(...listed.files);
    isSound &&= listed.isSound;
  }
  const { ordinal: txid, timeMs } = newest;
  return {
    generation: line.history.tag,
    files,
    newest: { bookmark: line.bookmarkOf(newest), txid, timeMs },
    oldest: oldestOf(opened),
    isSound,
    knows: ({ txid, bookmark }) => {
      const commit = line.commit(txid);
      return commit && line.bookmarkOf(commit) === bookmark;
    },
  };
}

/** The first commit that a base backup leads to. */
function oldestOf(opened: OpenedHistory): NonNullable<CopyListing["oldest"]> | null {
  const [first] = runsOf(opened);
  const commit = first ? opened.line.commit(first.from) : null;
  return commit && { bookmark: opened.line.bookmarkOf(commit), timeMs: commit.timeMs };
}

/** Changes with whatever is received, archived, indexed or taken. Null while there is no history. */
export function copyStamp(directory: string): string | null {
  if (!disk.existsSync(path.join(directory, "history.json"))) return null;
  const incarnations = disk.readdirSync(directory).filter((name) => name.startsWith("incarnation-"));
  const watched = incarnations.flatMap((name) => {
    const { wal, archive, bases, index } = incarnationFolders(directory, Number(name.slice("incarnation-".length)));
    return [wal, archive, bases, index, indexFiles(index).open];
  });
  const times = [path.join(directory, "history.json"), ...watched].map((file) => {
    const stat = disk.statSync(file, { throwIfNoEntry: false, bigint: true });
    return stat ? `${stat.ino}-${stat.mtimeNs}` : "";
  });
  return times.join(" ");
}

function listIncarnation(directory: string, number: number, segmentBytes: number) {
  const folders = incarnationFolders(directory, number);
  const index = indexFiles(folders.index);
  const files: ListedFile[] = [];
  const below = (file: string) => path.relative(directory, file);
  const whole = (file: string, group: string | null = null, name = below(file)) =>
    files.push({ path: below(file), name, kind: "whole", file, group });
  const growing = (file: string, bytes: number, sizeBytes = bytes, name = below(file)) =>
    files.push({ path: below(file), name, kind: "growing", file, bytes, sizeBytes });
  const head = decodeOpenHead(readIfThere(index.open));
  const summaries = decodeSummaries(readIfThere(index.segments));
  const archived = decodeArchived(readIfThere(index.archive));
  if (summaries.length > 0) growing(index.segments, summaries.length * SUMMARY_BYTES);
  if (archived.length > 0) growing(index.archive, archived.length * ARCHIVED_BYTES);
  const noted = readIfThere(index.notes).lastIndexOf(0x0a) + 1;
  if (noted > 0) growing(index.notes, noted);
  addContent(files, directory, below(index.doing));
  for (const summary of summaries) whole(index.rows(segmentName(summary, segmentBytes)));
  const received = listReceived(folders.wal, segmentBytes);
  const there = new Set<string>();
  for (const { name, isPartial, segment } of received) {
    const file = path.join(folders.wal, name);
    const plain = below(path.join(folders.wal, name.slice(0, 24)));
    if (!isPartial) {
      there.add(name);
      whole(file, null, plain);
      continue;
    }
    if (!head) continue;
    const bytes = Math.min(segmentBytes, head.toLsn - segment * segmentBytes);
    if (bytes > 0) growing(file, bytes, segmentBytes, plain);
  }
  for (const name of namesIn(folders.wal)) if (isTimelineFile(name)) whole(path.join(folders.wal, name));
  for (const name of namesIn(folders.archive)) {
    if (!name.endsWith(COMPRESSED)) continue;
    there.add(name.slice(0, -COMPRESSED.length));
    whole(path.join(folders.archive, name));
  }
  for (const { directory: base } of listBases(folders.bases)) {
    for (const name of namesIn(base)) whole(path.join(base, name), below(base));
  }
  return { files, isSound: summaries.every((one) => there.has(segmentName(one, segmentBytes))) };
}

function addContent(files: ListedFile[], directory: string, name: string): void {
  const file = path.join(directory, name);
  if (disk.existsSync(file)) files.push({ path: name, name, kind: "content", content: disk.readFileSync(file) });
}

const namesIn = (folder: string) => (disk.existsSync(folder) ? disk.readdirSync(folder).sort() : []);
