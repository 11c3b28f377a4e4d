import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { appendWhole, publishFile, syncDirectory, UNFINISHED } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { baseChecksumsName, baseName, historyDamaged, parseName, segmentName } from "../history/format.ts";
import { type History, openHistory } from "../history/open-history.ts";
import { writePageChecksums } from "../history/page-checksums.ts";
import { COMMIT_HEADER, RECORD } from "../history/payload.ts";
import { requireCommit } from "../history/require-commit.ts";
import { SealedSegment } from "../history/sealed-segment.ts";
import { SET_ASIDE } from "../history/set-aside.ts";
import { verifyHistory } from "../history/verify-history.ts";
import { type SealSource, writeSealed } from "../history/write-sealed.ts";
import { advanceBase, shareBlocks } from "./advance-base.ts";

/**
 * Makes a history begin with the state of commit `txid`, so that not a byte of what was before is left in it: the base image becomes that
 * state, its segment is written anew without the steps up to it, and older segments, images and whatever was set aside as damaged go. That
 * commit keeps its number, time and bookmark. The commit's segment must be sealed. Killed anywhere it leaves a history that is whole, and a
 * repeat goes on. At the end every byte of the history is read. Throws `history_damaged`.
 * @returns the bytes by which the history became smaller
 */
export async function eraseHistory(
  directory: string,
  txid: number,
  report: (done: number, total: number) => void,
): Promise<number> {
  const history = openHistory(directory);
  try {
    const before = bytesIn(directory);
    requireCommit(history, txid);
    const holding = segmentOf(history, txid);
    if (history.baseTxid() !== txid) makeBase(history, txid, report);
    removeOlder(history, holding.header.firstTxid);
    removeImages(directory, txid);
    await beginSegmentAt(holding, txid);
    removeSetAside(directory);
    verifyHistory(directory);
    history.refresh();
    if (history.baseTxid() !== txid || history.allSegments()[0]?.header.firstTxid !== txid) {
      throw historyDamaged(directory, "it does not begin where it should", txid, txid);
    }
    return Math.max(0, before - bytesIn(directory));
  } finally {
    history.close();
  }
}

function segmentOf(history: History, txid: number): SealedSegment {
  const holding = history.allSegments().findLast(({ header }) => header.firstTxid <= txid);
  if (holding instanceof SealedSegment) return holding;
  throw new LastgoodError("conflict", "The newest commits are not sealed yet.", {
    hint: "Try again in a moment.",
    retryAfterSeconds: 5,
  });
}

/** As pruning does; see `pruneHistory`. */
function makeBase(history: History, txid: number, report: (done: number, total: number) => void): void {
  const { directory, historyId, pageSize } = history;
  const image = path.join(directory, baseName(txid));
  const unfinished = `${image}${UNFINISHED}`;
  const isShared = shareBlocks(history.base().path, unfinished);
  if (!isShared) disk.copyFileSync(history.base().path, unfinished);
  const table = advanceBase(history, txid, unfinished, isShared, report);
  writePageChecksums(path.join(directory, baseChecksumsName(txid)), { historyId, txid, pageSize, table });
  publishFile(image);
  reachPoint("erase.base-published");
}

function removeOlder(history: History, firstTxid: number): void {
  for (const segment of history.allSegments()) {
    if (segment.header.firstTxid >= firstTxid) break;
    disk.rmSync(segment.file);
    syncDirectory(history.directory);
    reachPoint("erase.segment-removed");
  }
}

function removeImages(directory: string, txid: number): void {
  const kept = new Set([baseName(txid), baseChecksumsName(txid)]);
  for (const name of disk.readdirSync(directory)) {
    if (name.startsWith("base-") && !kept.has(name)) disk.rmSync(path.join(directory, name), { force: true });
  }
  syncDirectory(directory);
  reachPoint("erase.images-removed");
}

/** Writes the segment anew from the commit on. While both are there only what is behind the commit counts, in either. */
async function beginSegmentAt(holding: SealedSegment, txid: number): Promise<void> {
  const directory = path.dirname(holding.file);
  const target = path.join(directory, segmentName(txid, "sealed"));
  const isFirst = holding.header.firstTxid === txid;
  if (!isFirst || holding.table().info(0).pageCount > 0) {
    const fd = disk.openSync(`${target}${UNFINISHED}`, "w", 0o600);
    try {
      await writeSealed(sourceFrom(holding, txid), (bytes) => appendWhole(fd, bytes));
      await disk.fsync(fd);
    } finally {
      disk.closeSync(fd);
    }
    reachPoint("erase.segment-written");
    publishFile(target);
    reachPoint("erase.segment-published");
  }
  for (const name of disk.readdirSync(directory)) {
    const parsed = parseName(name);
    const isOlder = parsed && parsed.what !== "base" && parsed.txid < txid;
    if (isOlder) disk.rmSync(path.join(directory, name));
  }
  syncDirectory(directory);
  reachPoint("erase.segment-replaced");
}

function sourceFrom(holding: SealedSegment, txid: number): SealSource {
  const { header, chainAfter, watermarkMs } = holding;
  const { notes, window, position, watermarkMs: said } = holding.extras();
  return {
    // Nothing is before it that it could follow.
    header: { ...header, firstTxid: txid, chainBefore: 0 },
    chainAfter,
    watermarkMs,
    index: { notes: notes.filter((note) => note.txid >= txid), window, position, watermarkMs: said },
    pieces: () => piecesFrom(holding, txid),
  };
}

/** The records of the commits behind `txid`, and of that one its header alone: what it changed is what was before. */
async function* piecesFrom(holding: SealedSegment, txid: number): AsyncGenerator<Buffer> {
  let current = holding.header.firstTxid;
  // In version 1 pages may have been abandoned: those of a commit count only with the commit itself.
  const mayBeAbandoned = holding.header.version === 1;
  let waiting: Buffer[] = [];
  for (let block = 0; block < holding.blockCount; block++) {
    const payload = holding.readBlock(block);
    const parts: Buffer[] = [];
    for (let at = 0; at < payload.length; ) {
      const bytes = payload.readUInt32LE(at + 4);
      const kind = payload[at];
      const record = payload.subarray(at, at + bytes);
      if (kind === RECORD.abandon) waiting = [];
      if (kind === RECORD.pages && current > txid) (mayBeAbandoned ? waiting : parts).push(record);
      if (kind === RECORD.commit) {
        if (current > txid) parts.push(...waiting, record);
        if (current === txid) parts.push(withoutPages(record.subarray(0, COMMIT_HEADER)));
        waiting = [];
        current++;
      }
      at += bytes;
    }
    if (parts.length > 0) yield Buffer.concat(parts);
  }
}

function withoutPages(record: Buffer): Buffer {
  const header = Buffer.from(record);
  header.writeUInt32LE(COMMIT_HEADER, 4);
  // Its pages in all, and those in this record.
  header.writeUInt32LE(0, 48);
  header.writeUInt32LE(0, 52);
  return header;
}

/** Damaged files and whole histories that were set aside; nothing is ever restored from them. */
function removeSetAside(directory: string): void {
  for (const name of disk.readdirSync(directory)) {
    if (name.startsWith(SET_ASIDE)) disk.rmSync(path.join(directory, name), { recursive: true, force: true });
  }
  syncDirectory(directory);
}

function bytesIn(directory: string): number {
  return disk
    .readdirSync(directory)
    .reduce((sum, name) => sum + (disk.statSync(path.join(directory, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
