import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { crc32 } from "node:zlib";
import { baseChecksumsName, baseName, MIRROR_NAME } from "../lib/engines/sqlite/history/format.ts";
import { HistoryWriter } from "../lib/engines/sqlite/history/history-writer.ts";
import { writePageChecksums } from "../lib/engines/sqlite/history/page-checksums.ts";

export type LongHistory = {
  directory: string;
  commits: number;
  /** Unix milliseconds of the first commit and the last. */
  fromMs: number;
  toMs: number;
  /** A database to begin and, after an even number of commits, to end with; without one, pages of filler. */
  database?: string;
  pageSize?: number;
};

const FILLER_PAGES = 64;
const COMMITS_AT_ONCE = 2000;

/**
 * Writes a history of any length with the engine's own writer, much faster than a database could be written: two commits change
 * a few words of one page there and back. Its segments, seals and tables are those of any history.
 */
export async function makeLongHistory(
  { directory, commits, fromMs, toMs, database, pageSize = 4096 }: LongHistory,
  report: (done: number) => void = () => undefined,
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const base = path.join(directory, baseName(1));
  if (database) copyFileSync(database, base);
  else writeFileSync(base, randomBytes(FILLER_PAGES * pageSize));
  copyFileSync(base, path.join(directory, MIRROR_NAME));
  const image = readFileSync(base);
  const sizePages = image.length / pageSize;
  const pageAt = (page: number) => Buffer.from(image.subarray((page - 1) * pageSize, page * pageSize));
  const table = Uint32Array.from({ length: sizePages }, (_, i) => crc32(pageAt(i + 1)));
  const historyId = randomBytes(16);
  writePageChecksums(path.join(directory, baseChecksumsName(1)), { historyId, txid: 1, pageSize, table });
  // Page 1 is left alone: it holds what SQLite tells databases and versions by.
  const steps = Array.from({ length: Math.min(FILLER_PAGES, sizePages - 1) }, (_, i) => changeOf(i + 2, pageAt(i + 2)));
  const position = (frame: number) => ({ salt1: 1, salt2: 2, frame, sum1: frame, sum2: ~frame });
  const first = { timeMs: fromMs, sizePages, position: position(1), imageCrc: crc32(Buffer.from(table.buffer)) };
  const writer = HistoryWriter.create(directory, historyId, pageSize, first);
  const msPerCommit = (toMs - fromMs) / commits;
  try {
    for (let i = 1; i <= commits; i++) {
      const step = steps[((i - 1) >> 1) % steps.length];
      if (!step) throw new Error("the database has no second page");
      const [before, after] = i % 2 === 1 ? [step.old, step.fresh] : [step.fresh, step.old];
      writer.beginCommit();
      writer.addPage(step.page, before.crc, after.crc, before.words, 0, after.words, 0);
      const timeMs = Math.floor(fromMs + i * msPerCommit);
      const at = position(i + 1);
      writer.endCommit({ timeMs, rawTimeMs: timeMs, flags: 0, gapFromMs: null, sizeAfter: sizePages, position: at });
      if (i % COMMITS_AT_ONCE !== 0 && i !== commits) continue;
      await writer.flush();
      // Sealing goes on behind the writer's back; without a pause it would never have its turn.
      await new Promise(setImmediate);
      report(i);
    }
  } finally {
    await writer.close();
  }
}

function changeOf(page: number, content: Buffer) {
  const version = (bytes: Buffer) => ({ words: new Int32Array(Uint8Array.from(bytes).buffer), crc: crc32(bytes) });
  const fresh = Buffer.from(content);
  for (let word = 0; word < 3; word++) {
    const at = content.length - 4 - word * 64;
    fresh.writeInt32LE(content.readInt32LE(at) ^ 0x5a5a_5a5a, at);
  }
  return { page, old: version(content), fresh: version(fresh) };
}

// node bench/make-long-history.ts --directory /tmp/long --commits 10000000 [--days 30] [--database app.db --page-size 4096]
if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      directory: { type: "string" },
      commits: { type: "string", default: "10000000" },
      days: { type: "string", default: "30" },
      database: { type: "string" },
      "page-size": { type: "string", default: "4096" },
    },
  });
  if (!values.directory) throw new Error("Name the directory of the new history with --directory.");
  const toMs = Date.now();
  await makeLongHistory(
    {
      directory: values.directory,
      commits: Number(values.commits),
      fromMs: toMs - Number(values.days) * 86_400_000,
      toMs,
      ...(values.database ? { database: values.database } : {}),
      pageSize: Number(values["page-size"]),
    },
    (done) => done % 500_000 === 0 && process.stderr.write(`${done} commits\n`),
  );
}
