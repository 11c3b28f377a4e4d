import path from "node:path";
import { promisify } from "node:util";
import { constants, crc32, zstdCompress } from "node:zlib";
import { assert } from "../../../domain/assert.ts";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { appendWhole, publishFile } from "./durable-file.ts";
import {
  type BlockRow,
  encodeBlockTable,
  encodeSegmentHeader,
  encodeTrailer,
  SEGMENT_HEADER,
  segmentName,
  UNFINISHED,
} from "./format.ts";
import { OpenSegment } from "./open-segment.ts";
import { Payload, RECORD } from "./payload.ts";
import { SegmentIndex } from "./segment-index.ts";

const compress = promisify(zstdCompress);
const BLOCK_BYTES = 1024 * 1024;

/**
 * Rewrites an open segment, which nobody appends to any more, as a sealed one and removes it. After a crash at any point
 * the open one, the sealed one, or both are there; the sealed one wins. Compression runs on other threads.
 */
export async function sealSegment(openFile: string): Promise<void> {
  const source = OpenSegment.open(openFile);
  assert(source !== null, "a segment is sealed after its first block");
  try {
    source.refresh();
    assert(source.commits > 0 && source.index.unfinished === null, "a segment is sealed with whole commits");
    const target = path.join(path.dirname(openFile), segmentName(source.header.firstTxid, "sealed"));
    const fd = disk.openSync(`${target}${UNFINISHED}`, "w", 0o600);
    try {
      await writeSealed(source, (bytes) => appendWhole(fd, bytes));
      reachPoint("seal.written");
      await disk.fsync(fd);
      reachPoint("seal.synced");
    } finally {
      disk.closeSync(fd);
    }
    publishFile(target, () => reachPoint("seal.renamed"));
    reachPoint("seal.published");
  } finally {
    source.close();
  }
  disk.rmSync(openFile);
  reachPoint("seal.open-removed");
}

async function writeSealed(source: OpenSegment, append: (bytes: Buffer) => Promise<void>): Promise<void> {
  const index = new SegmentIndex(source.header.firstTxid);
  const rows: BlockRow[] = [];
  let offset = SEGMENT_HEADER;
  await append(encodeSegmentHeader({ ...source.header, kind: "sealed" }));
  for await (const piece of pieces(source)) {
    const commitsBefore = index.table.length;
    for (let at = 0; at < piece.length; ) at = index.take(piece, at, rows.length);
    const stored = await compress(piece, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
    const commits = index.table.length - commitsBefore;
    rows.push({ offset, storedBytes: stored.length, rawBytes: piece.length, crc: crc32(stored), commits });
    offset += stored.length;
    await append(stored);
    reachPoint("seal.block-written");
  }
  const extras = encodeExtras(source.index);
  const tables = Buffer.concat([encodeBlockTable(rows), index.table.encoded(), extras]);
  await append(tables);
  reachPoint("seal.tables-written");
  await append(
    encodeTrailer({
      blocks: rows.length,
      commits: index.table.length,
      extrasBytes: extras.length,
      tablesOffset: offset,
      tablesCrc: crc32(tables),
      flagsUnion: index.flagsUnion,
      firstTimeMs: index.table.timeMs(0),
      lastTimeMs: index.table.timeMs(index.table.length - 1),
      watermarkMs: source.watermarkMs,
      pages: index.pages,
      rawBytes: index.rawBytes,
      chainAfter: source.chainAfter,
    }),
  );
}

/** The source's records in pieces of about 1 MiB that end between two records. Only records of commits are kept. */
async function* pieces(source: OpenSegment): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for (let block = 0; block < source.blockCount; block++) {
    const payload = source.readBlock(block);
    for (let at = 0; at < payload.length; ) {
      const length = payload.readUInt32LE(at + 4);
      const kind = payload[at];
      if (kind === RECORD.commit || kind === RECORD.pages || kind === RECORD.abandon) {
        if (bytes > 0 && bytes + length > BLOCK_BYTES) {
          yield Buffer.concat(parts);
          parts = [];
          bytes = 0;
        }
        parts.push(payload.subarray(at, at + length));
        bytes += length;
      }
      at += length;
    }
  }
  if (bytes > 0) yield Buffer.concat(parts);
}

/** The notes, and what the source said last of window, watermark and position. */
function encodeExtras(from: SegmentIndex): Buffer {
  const extras = new Payload();
  for (const note of from.notes) extras.addNote(note.txid, note.json);
  if (from.window) extras.addWindow(from.window);
  if (from.watermarkMs > 0) extras.addWatermark(from.watermarkMs);
  if (from.position) extras.addPosition(from.position);
  return Buffer.from(extras.payload());
}
