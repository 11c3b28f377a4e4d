import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { formatBookmark } from "../lib/domain/bookmark.ts";
import { baseChecksumsName, baseName, MIRROR_NAME } from "../lib/engines/sqlite/history/format.ts";
import { historyTagOf } from "../lib/engines/sqlite/history/history-identity.ts";
import { HistoryWriter } from "../lib/engines/sqlite/history/history-writer.ts";
import { writePageChecksums } from "../lib/engines/sqlite/history/page-checksums.ts";
import { COMMIT_FLAGS } from "../lib/engines/sqlite/history/records.ts";

/** Something that happened at a moment: statements that became one commit. A restore is told by a note beside the history. */
export type Story = { atMs: number; sql: string; isRestore?: boolean };
export type StoriedHistory = {
  directory: string;
  /** The database, which the statements are run on one after the other: it ends as the history does. */
  file: string;
  commits: number;
  fromMs: number;
  toMs: number;
  stories: readonly Story[];
  /** Stretches in which nothing was captured. */
  gaps: readonly { fromMs: number; toMs: number }[];
};

const PAGE = 4096;
const BUSY_PAGES = 64;
const MINUTE_MS = 60_000;
const COMMITS_AT_ONCE = 2_000;

/** Share of the busiest minute at a moment: working days, weekends, nights. */
function load(ms: number): number {
  const date = new Date(ms);
  const hour = date.getUTCHours() + date.getUTCMinutes() / 60;
  const share = 0.1 + 0.62 * Math.exp(-((hour - 10) ** 2) / 9) + 0.72 * Math.exp(-((hour - 14.6) ** 2) / 11);
  const isWeekend = date.getUTCDay() % 6 === 0;
  return share * (isWeekend ? 0.38 : 1) * (0.78 + 0.44 * pseudo(ms / MINUTE_MS));
}

/** The same number from 0 to 1 for the same seed. */
function pseudo(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}

/** Fills a new database: what the ordinary commits write to comes first, so that its pages are the same all the time. */
export function prepareStoriedDatabase(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA page_size = ${PAGE}; PRAGMA journal_mode = WAL; CREATE TABLE visits (id INTEGER PRIMARY KEY, body BLOB);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)
    INSERT INTO visits (body) SELECT randomblob(900) FROM n`);
  database.exec(sql);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

/**
 * A long history in which things happened: ordinary commits that come as the hours of a week do, gaps, and commits that SQLite
 * itself made of statements. Written with the engine's own writer, much faster than a database could be written.
 */
export async function makeStoriedHistory(
  { directory, file, commits, fromMs, toMs, stories, gaps }: StoriedHistory,
  report: (done: number) => void = () => undefined,
): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const states = [readFileSync(file), ...stories.map(({ sql }) => stateAfter(file, sql))];
  const [first] = states;
  if (!first) throw new Error("the database has a state");
  const busy = pagesAlikeInAll(states);
  writeFileSync(path.join(directory, baseName(1)), first);
  copyFileSync(file, path.join(directory, MIRROR_NAME));
  const historyId = randomBytes(16);
  const table = Uint32Array.from({ length: first.length / PAGE }, (_, i) => crc32(pageOf(first, i + 1)));
  writePageChecksums(path.join(directory, baseChecksumsName(1)), { historyId, txid: 1, pageSize: PAGE, table });
  const position = (frame: number) => ({ salt1: 1, salt2: 2, frame, sum1: frame, sum2: ~frame });
  const begin = {
    timeMs: fromMs,
    sizePages: table.length,
    position: position(1),
    imageCrc: crc32(Buffer.from(table.buffer)),
  };
  const writer = HistoryWriter.create(directory, historyId, PAGE, begin);
  const versions = busy.map((page) => changeOf(page, pageOf(first, page)));
  const isChanged = versions.map(() => false);
  let frame = 1;
  let state = first;
  let gapFromMs: number | null = null;
  const end = (timeMs: number) => {
    const flags = gapFromMs === null ? 0 : COMMIT_FLAGS.healed;
    writer.endCommit({
      timeMs,
      rawTimeMs: timeMs,
      flags,
      gapFromMs,
      sizeAfter: state.length / PAGE,
      position: position(++frame),
    });
    gapFromMs = null;
  };
  const flip = (which: number) => {
    const version = versions[which];
    if (!version) throw new Error("there is such a page");
    const [before, after] = isChanged[which] ? [version.fresh, version.old] : [version.old, version.fresh];
    writer.addPage(version.page, before.crc, after.crc, before.words, 0, after.words, 0);
    isChanged[which] = !isChanged[which];
  };
  const ordinary = (timeMs: number) => {
    writer.beginCommit();
    const many = 1 + Math.floor(pseudo(frame) ** 3 * 6);
    const start = Math.floor(pseudo(frame + 0.5) * versions.length);
    for (let i = 0; i < many; i++) flip((start + i) % versions.length);
    end(timeMs);
  };
  const tell = (story: Story, after: Buffer) => {
    writer.beginCommit();
    for (let page = 1; page <= Math.max(state.length, after.length) / PAGE; page++) {
      const [old, fresh] = [pageOf(state, page), pageOf(after, page)];
      if (old.equals(fresh)) continue;
      writer.addPage(page, crc32(old), crc32(fresh), wordsOf(old), 0, wordsOf(fresh), 0);
    }
    state = after;
    end(story.atMs);
    if (!story.isRestore) return;
    const { txid, recordTag } = writer.newest;
    const commit = formatBookmark({ txid, historyTag: historyTagOf(historyId), recordTag });
    writer.addNote({ kind: "restore", restoreId: "00000000-0000-4000-8000-000000000000", commit });
  };

  const minutes = Math.ceil((toMs - fromMs) / MINUTE_MS);
  const isInGap = (ms: number) => gaps.find((gap) => ms >= gap.fromMs && ms < gap.toMs);
  let total = 0;
  for (let i = 0; i < minutes; i++) total += load(fromMs + i * MINUTE_MS);
  let owed = 0;
  let told = 0;
  let done = 0;
  for (let i = 0; i < minutes; i++) {
    const minuteMs = fromMs + i * MINUTE_MS;
    owed += (load(minuteMs) / total) * commits;
    const count = Math.floor(owed);
    owed -= count;
    const times = Array.from({ length: count }, (_, k) => minuteMs + Math.floor(pseudo(i * 997 + k) * MINUTE_MS));
    for (const ms of [...times, ...storiesWithin(minuteMs)].sort((a, b) => a - b)) {
      if (ms > toMs) continue;
      const gap = isInGap(ms);
      if (gap) {
        gapFromMs = gap.fromMs;
        continue;
      }
      const story = stories[told];
      if (story && ms === story.atMs) tell(story, states[++told] as Buffer);
      else ordinary(ms);
      if (++done % COMMITS_AT_ONCE !== 0) continue;
      await writer.flush();
      // Sealing goes on behind the writer's back; without a pause it would never have its turn.
      await new Promise(setImmediate);
      report(done);
    }
  }
  for (const [which, changed] of isChanged.entries()) {
    if (!changed) continue;
    writer.beginCommit();
    flip(which);
    end(toMs);
  }
  await writer.flush();
  await writer.close();
  if (!state.equals(readFileSync(file))) throw new Error("the history ends as the database does");

  function storiesWithin(minuteMs: number): number[] {
    return stories.map(({ atMs }) => atMs).filter((ms) => ms >= minuteMs && ms < minuteMs + MINUTE_MS);
  }
}

function stateAfter(file: string, sql: string): Buffer {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  return readFileSync(file);
}

/** Pages that are the same in all states, page 1 left alone: it holds what SQLite tells databases and versions by. */
function pagesAlikeInAll(states: readonly Buffer[]): number[] {
  const pages = Math.min(...states.map((state) => state.length)) / PAGE;
  const found: number[] = [];
  for (let page = 2; page <= pages && found.length < BUSY_PAGES; page++) {
    const [one, ...others] = states.map((state) => pageOf(state, page));
    if (one?.[0] === 0x0d && others.every((other) => other.equals(one))) found.push(page);
  }
  if (found.length === 0) throw new Error("some pages stay as they are");
  return found;
}

/** A page of its own memory; zeroes where the state has none. */
function pageOf(state: Buffer, page: number): Buffer {
  const content = Buffer.from(new ArrayBuffer(PAGE));
  content.set(state.subarray((page - 1) * PAGE, page * PAGE));
  return content;
}

const wordsOf = (page: Buffer) => new Int32Array(page.buffer, page.byteOffset, page.length / 4);

function changeOf(page: number, content: Buffer) {
  const version = (bytes: Buffer) => ({ words: wordsOf(pageOf(bytes, 1)), crc: crc32(bytes) });
  const fresh = Buffer.from(content);
  for (let word = 0; word < 3; word++) {
    const at = content.length - 4 - word * 64;
    fresh.writeInt32LE(content.readInt32LE(at) ^ 0x5a5a_5a5a, at);
  }
  return { page, old: version(content), fresh: version(fresh) };
}
