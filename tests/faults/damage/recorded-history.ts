import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { baseChecksumsName, baseName, MIRROR_NAME } from "../../../lib/engines/sqlite/history/format.ts";
import { HistoryWriter, type SealAt } from "../../../lib/engines/sqlite/history/history-writer.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { writePageChecksums } from "../../../lib/engines/sqlite/history/page-checksums.ts";
import { COMMIT_FLAGS } from "../../../lib/engines/sqlite/history/records.ts";
import { pruneHistory } from "../../../lib/engines/sqlite/prune/prune-history.ts";
import { Mirror } from "../../../lib/engines/sqlite/reader/mirror.ts";
import { alignedBuffer, wordsOf } from "../../../lib/engines/sqlite/wal/wal-layout.ts";

const HISTORY_ID = Buffer.from("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "hex");
const FIRST_MS = Date.UTC(2026, 0, 1);

/** A history as capture leaves it when it ends well, beside every state that was put into it, by number of commit. */
export type RecordedHistory = { directory: string; pageSize: number; states: ReadonlyMap<number, Buffer> };

export type RecordOptions = { historyId?: Buffer; sealAt?: SealAt; pruneTo?: number };

/**
 * Puts states of a database, each the next commit, into a history by the engine's own writer, mirror and pruning; with
 * notes, windows, watermarks, a gap and a commit in parts among them.
 */
export async function recordHistory(
  states: readonly Buffer[],
  pageSize: number,
  options: RecordOptions = {},
): Promise<RecordedHistory> {
  const { historyId = HISTORY_ID, sealAt = { bytes: 1e9, commits: 20 } } = options;
  const directory = mkdtempSync(path.join(tmpdir(), "recorded-"));
  const first = states[0] as Buffer;
  const table = checksumsOf(first, pageSize);
  const image = path.join(directory, baseName(1));
  writeFileSync(image, first);
  writePageChecksums(path.join(directory, baseChecksumsName(1)), { historyId, txid: 1, pageSize, table });
  copyFileSync(image, path.join(directory, MIRROR_NAME));
  const imageCrc = crc32(Buffer.from(table.buffer));
  const writer = HistoryWriter.create(
    directory,
    historyId,
    pageSize,
    { timeMs: FIRST_MS, sizePages: table.length, position: positionOf(0), imageCrc },
    sealAt,
  );
  const mirror = new Mirror(directory, pageSize, table);
  const known = new Map([[1, first]]);
  for (const [index, state] of states.entries()) {
    if (index === 0) continue;
    if (index % 9 === 4) await writer.flush();
    writeCommit(writer, mirror, states[index - 1] as Buffer, state, index);
    known.set(writer.newest.txid, state);
    if (index % 3 === 0) {
      await writer.flush();
      mirror.writeOut();
    }
    if (index % 11 === 0) writer.addNote({ kind: "restore", restoreId: `restore-${index}` });
    if (index % 7 === 0) writer.addWindow({ position: positionOf(index), keeper: `keeper-${index}`, confirmed: true });
    if (index % 5 === 0) writer.addWatermark(writer.newest.timeMs + 3);
  }
  writer.addWatermark(writer.newest.timeMs + 5);
  await writer.flush();
  mirror.writeOut();
  await mirror.writeChecksums(writer);
  mirror.close();
  await writer.close();
  if (options.pruneTo !== undefined) prune(directory, options.pruneTo, known);
  return { directory, pageSize, states: known };
}

function writeCommit(writer: HistoryWriter, mirror: Mirror, before: Buffer, after: Buffer, index: number): void {
  const { pageSize } = mirror;
  const size = after.length / pageSize;
  // The history layer does not care where a commit's pages come from: every ninth one is written in parts.
  const isLong = index % 9 === 4;
  if (isLong) writer.beginLongCommit();
  else writer.beginCommit();
  if (size < mirror.sizePages) mirror.shrinkTo(writer, size, () => undefined);
  mirror.growTo(size);
  const bytes = alignedBuffer(pageSize);
  for (let page = 1; page <= size; page++) {
    const at = (page - 1) * pageSize;
    after.copy(bytes, 0, at, at + pageSize);
    if (bytes.equals(before.subarray(at, at + pageSize))) continue;
    mirror.capture(writer, page, bytes, wordsOf(bytes), 0);
    if (isLong && page % 3 === 0) writer.flushPart();
  }
  const isGap = index % 37 === 0;
  const timeMs = Math.max(writer.newest.timeMs, writer.watermarkMs) + 10 + (isGap ? 5000 : 0);
  const end = {
    timeMs,
    rawTimeMs: timeMs,
    flags: isGap ? COMMIT_FLAGS.healed : 0,
    gapFromMs: isGap ? writer.newest.timeMs : null,
    sizeAfter: size,
    position: positionOf(index),
  };
  if (isLong) writer.endLongCommit(end);
  else writer.endCommit(end);
}

function prune(directory: string, keepFromTxid: number, known: Map<number, Buffer>): void {
  const history = openHistory(directory);
  try {
    pruneHistory(history, history.byTxid(keepFromTxid)?.timeMs ?? 0, () => undefined);
    for (const txid of known.keys()) if (txid < history.oldest().txid) known.delete(txid);
  } finally {
    history.close();
  }
}

const positionOf = (index: number) => ({ salt1: 7, salt2: 8, frame: index * 3, sum1: index * 31, sum2: -index });

export function checksumsOf(state: Buffer, pageSize: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: state.length / pageSize }, (_, i) =>
    crc32(state.subarray(i * pageSize, (i + 1) * pageSize)),
  );
}

/** The file of a small shop's database after each of its commits: growth, deletes, VACUUM, a new table. */
export function shopStates(commits: number, pageSize: number, blobBytes = 180): Buffer[] {
  const folder = mkdtempSync(path.join(tmpdir(), "shop-states-"));
  const file = path.join(folder, "shop.db");
  const connection = new DatabaseSync(file);
  try {
    connection.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF`);
    connection.exec("CREATE TABLE orders(id INTEGER PRIMARY KEY, item TEXT, total INTEGER, more BLOB)");
    connection.exec("CREATE INDEX orders_by_item ON orders(item)");
    const states: Buffer[] = [];
    for (let i = 0; i <= commits; i++) {
      connection.exec(statementOf(i, blobBytes));
      connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      states.push(readFileSync(file));
    }
    return states;
  } finally {
    connection.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function statementOf(i: number, blobBytes: number): string {
  if (i % 41 === 40) return "VACUUM";
  if (i % 23 === 22) return `DELETE FROM orders WHERE id < ${i}`;
  if (i === 30) return "CREATE TABLE customers AS SELECT id, item AS name FROM orders";
  if (i % 4 === 3) return `UPDATE orders SET total = total + 1 WHERE id % 9 = ${i % 9}`;
  return `INSERT INTO orders(item, total, more) SELECT 'item ' || abs(random() % 50), ${i}, randomblob(${blobBytes})
    FROM (VALUES (1), (2), (3))`;
}
