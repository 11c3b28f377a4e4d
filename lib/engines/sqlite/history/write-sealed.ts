import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { constants, crc32, zstdCompress } from "node:zlib";
import { reachPoint } from "../../../storage/reach-point.ts";
import { combineSteps, isWorthCombining } from "./combine-steps.ts";
import { CHUNK_ROWS, COMMIT_ROW } from "./commit-row.ts";
import { type BlockRow, encodeBlockTable, encodeSegmentHeader, SEGMENT_HEADER, type SegmentHeader } from "./format.ts";
import type { OpenSegment } from "./open-segment.ts";
import { PageTable } from "./page-table.ts";
import { Payload, RECORD } from "./payload.ts";
import { COMMIT_FLAGS } from "./records.ts";
import { type ChunkRow, encodeChunkTable, sumUp } from "./sealed-rows.ts";
import { encodeTrailer, SECTIONS } from "./sealed-trailer.ts";
import { SegmentIndex } from "./segment-index.ts";
import { encodeStretches, findStretches } from "./stretches.ts";

const compress = promisify(zstdCompress);
const BLOCK_BYTES = 1024 * 1024;
const EXCEPTIONAL = COMMIT_FLAGS.healed | COMMIT_FLAGS.clamped;
const PAGES_AT_ONCE = 3200;
/** The composed steps are kept when they take at most this share of the segment's own blocks. */
const COMBINED_SHARE = 1 / 4;

type Append = (bytes: Buffer) => Promise<void>;

/** Blocks written one behind the other; each is a compressed frame. */
class BlockWriter {
  offset = SEGMENT_HEADER;
  readonly #append: Append;

  constructor(append: Append) {
    this.#append = append;
  }

  async write(raw: Buffer, key: number): Promise<BlockRow> {
    return this.writeStored(await compressed(raw), raw.length, key);
  }

  async writeStored(stored: Buffer, rawBytes: number, key: number): Promise<BlockRow> {
    const row = { offset: this.offset, storedBytes: stored.length, rawBytes, crc: crc32(stored), key };
    this.offset += stored.length;
    await this.#append(stored);
    return row;
  }
}

const compressed = (raw: Buffer) => compress(raw, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });

/** What a sealed segment is made of; `pieces` are records of commits alone, in pieces that end between two of them. */
export type SealSource = Pick<OpenSegment, "chainAfter" | "watermarkMs"> & {
  header: Omit<SegmentHeader, "kind">;
  index: Pick<SegmentIndex, "notes" | "window" | "watermarkMs" | "position">;
  pieces(): AsyncIterable<Buffer>;
};

/** What an open segment holds. */
export function sealSourceOf(open: OpenSegment): SealSource {
  const { header, chainAfter, watermarkMs, index } = open;
  return { header, chainAfter, watermarkMs, index, pieces: () => piecesOf(open) };
}

/** Writes a whole sealed segment. Compression runs on other threads. */
export async function writeSealed(source: SealSource, append: Append): Promise<void> {
  const { firstTxid, pageSize } = source.header;
  const index = new SegmentIndex(firstTxid);
  const pages = new PageTable();
  const blocks: BlockRow[] = [];
  const out = new BlockWriter(append);
  await append(encodeSegmentHeader({ ...source.header, kind: "sealed" }));
  for await (const piece of source.pieces()) {
    const before = index.table.length;
    for (let at = 0; at < piece.length; ) {
      pages.take(piece, at, index.table.length);
      at = index.take(piece, at, blocks.length);
    }
    blocks.push(await out.write(piece, index.table.length - before));
    reachPoint("seal.block-written");
  }
  const recordBytes = out.offset - SEGMENT_HEADER;
  const sorted = pages.isOverfull ? new Uint32Array(0) : pages.sorted();
  const combined = isWorthCombining(pages, pageSize, index.rawBytes)
    ? await writeCombined(
        out,
        combineSteps(pages, sorted, pageSize, () => source.pieces()),
        recordBytes * COMBINED_SHARE,
      )
    : null;
  const pageBlocks = await writePages(out, pages, sorted);
  const chunks = await writeChunks(out, index.table.encoded());
  const extras = encodeExtras(source.index);
  const end = {
    commits: index.table.length,
    flagsUnion: index.flagsUnion,
    chainAfter: source.chainAfter,
    firstTimeMs: index.table.timeMs(0),
    lastTimeMs: index.table.timeMs(index.table.length - 1),
    watermarkMs: source.watermarkMs,
    pages: index.pages,
    rawBytes: index.rawBytes,
    notes: source.index.notes.length,
    touchedPages: pages.isOverfull ? null : pages.size,
    combinedBytes: combined ? combined.reduce((sum, { rawBytes }) => sum + rawBytes, 0) : null,
  };
  const cookies = Buffer.alloc(combined ? pages.cookies.size * 4 : 0);
  if (combined) [...pages.cookies].forEach((cookie, i) => void cookies.writeUInt32LE(cookie, i * 4));
  const tables = {
    blocks: encodeBlockTable(blocks),
    chunks: encodeChunkTable(chunks),
    pages: encodeBlockTable(pageBlocks),
    combined: encodeBlockTable(combined ?? []),
    stretches: encodeStretches(
      index.flagsUnion & EXCEPTIONAL ? findStretches(index.table) : { gaps: [], suspects: [] },
    ),
    cookies,
    extras,
  };
  await append(Buffer.concat(SECTIONS.map((name) => tables[name])));
  reachPoint("seal.tables-written");
  await append(encodeTrailer(end, tables, out.offset));
}

/** Null when they would take more than `limitBytes`; they are in memory until that is known. */
async function writeCombined(
  out: BlockWriter,
  steps: AsyncIterable<{ firstPage: number; raw: Buffer }>,
  limitBytes: number,
): Promise<BlockRow[] | null> {
  const ready: { stored: Buffer; rawBytes: number; firstPage: number }[] = [];
  let bytes = 0;
  for await (const { firstPage, raw } of steps) {
    const stored = await compressed(raw);
    bytes += stored.length;
    if (bytes > limitBytes) return null;
    ready.push({ stored, rawBytes: raw.length, firstPage });
  }
  const rows: BlockRow[] = [];
  for (const { stored, rawBytes, firstPage } of ready) rows.push(await out.writeStored(stored, rawBytes, firstPage));
  return rows;
}

async function writePages(out: BlockWriter, pages: PageTable, sorted: Uint32Array): Promise<BlockRow[]> {
  const rows: BlockRow[] = [];
  for (let at = 0; at < sorted.length; at += PAGES_AT_ONCE) {
    const slots = sorted.subarray(at, at + PAGES_AT_ONCE);
    rows.push(await out.write(pages.encode(slots), pages.pageOf(slots[0] as number)));
  }
  return rows;
}

async function writeChunks(out: BlockWriter, rows: Buffer): Promise<ChunkRow[]> {
  const chunks: ChunkRow[] = [];
  for (let at = 0; at < rows.length; at += CHUNK_ROWS * COMMIT_ROW) {
    const chunk = rows.subarray(at, Math.min(rows.length, at + CHUNK_ROWS * COMMIT_ROW));
    const { offset, storedBytes, crc } = await out.write(chunk, 0);
    chunks.push({ offset, storedBytes, crc, ...sumUp(chunk) });
  }
  return chunks;
}

/**
 * The source's records in pieces of about 1 MiB that end between two records. Only records of commits are kept, without the
 * pages of those that were abandoned.
 */
async function* piecesOf(source: OpenSegment): AsyncGenerator<Buffer> {
  const { abandoned } = source.index;
  let next = 0;
  let parts: Buffer[] = [];
  let bytes = 0;
  for (let block = 0; block < source.blockCount; block++) {
    const payload = source.readBlock(block);
    for (let at = 0; at < payload.length; ) {
      const length = payload.readUInt32LE(at + 4);
      const kind = payload[at];
      const gone = abandoned[next];
      const isGone = gone && (block > gone.block || (block === gone.block && at >= gone.offset));
      if (kind === RECORD.abandon) {
        if (isGone) next++;
      } else if (kind === RECORD.commit || (kind === RECORD.pages && !isGone)) {
        if (bytes > 0 && bytes + length > BLOCK_BYTES) {
          yield Buffer.concat(parts);
          await nextTurn();
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
function encodeExtras(from: SealSource["index"]): Buffer {
  const extras = new Payload();
  for (const note of from.notes) extras.addNote(note.txid, note.json);
  if (from.window) extras.addWindow(from.window);
  if (from.watermarkMs > 0) extras.addWatermark(from.watermarkMs);
  if (from.position) extras.addPosition(from.position);
  return Buffer.from(extras.payload());
}
