import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import pino from "pino";
import { afterEach, describe, expect, test } from "vitest";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import type { EngineContext } from "../../../lib/engines/sqlite/engine-context.ts";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { extendMarks } from "../../../lib/engines/sqlite/marks/extend-marks.ts";
import { findFacts } from "../../../lib/engines/sqlite/marks/find-facts.ts";
import { HistoryMarks } from "../../../lib/engines/sqlite/marks/history-marks.ts";
import { keepLargest } from "../../../lib/engines/sqlite/marks/keep-largest.ts";
import { type MarkIndex, readMarkIndex, readMarkList } from "../../../lib/engines/sqlite/marks/mark-index.ts";
import { PageHeads } from "../../../lib/engines/sqlite/marks/page-heads.ts";
import { OpenHistories } from "../../../lib/engines/sqlite/open-histories.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { FileHistory } from "../../world/file-history.ts";

const PAGE = 512;
const histories: FileHistory[] = [];
const views: History[] = [];
afterEach(async () => {
  for (const view of views.splice(0)) view.close();
  for (const history of histories.splice(0)) await history.remove();
});

function make(sealAt?: { bytes: number; commits: number }): FileHistory {
  const history = new FileHistory(sealAt);
  histories.push(history);
  return history;
}

async function view(history: FileHistory): Promise<History> {
  await history.flush();
  const opened = openHistory(history.made.directory);
  views.push(opened);
  return opened;
}

const fileOf = (history: FileHistory) => path.join(history.made.directory, "marks-of-it");

async function indexOf(history: FileHistory): Promise<MarkIndex> {
  return extendMarks(await view(history), fileOf(history));
}

/** A database with something in it, and a table that nothing is deleted from. */
function makeShop(sealAt?: { bytes: number; commits: number }): FileHistory {
  const history = make(sealAt);
  history.commit("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, body TEXT); CREATE TABLE other (body TEXT)");
  history.insert("t", 2_000);
  history.insert("other", 500);
  return history;
}

const deletesOf = ({ candidates }: MarkIndex) => candidates.filter(({ rows }) => rows > 0);
const changesOf = ({ candidates }: MarkIndex) => candidates.filter(({ schema }) => schema).map(({ txid }) => txid);

describe("large deletes", () => {
  test("without WHERE are found, though SQLite frees their pages without writing them", async () => {
    const history = makeShop();
    const txid = history.commit("DELETE FROM t");
    expect(deletesOf(await indexOf(history))).toMatchObject([{ txid, emptied: true, schema: false }]);
    const [found] = deletesOf(await indexOf(history));
    expect(found?.rows).toBeGreaterThan(1_000);
    expect(found?.rows).toBeLessThan(3_000);
  });

  test("of half a table are found", async () => {
    const history = makeShop();
    const txid = history.commit("DELETE FROM t WHERE id % 2 = 0");
    const [found, ...others] = deletesOf(await indexOf(history));
    expect(found).toMatchObject({ txid, emptied: false });
    expect(found?.rows).toBeGreaterThan(500);
    expect(found?.rows).toBeLessThan(1_500);
    expect(others).toEqual([]);
  });

  test("of many small commits are one, counted exactly, also where each is logged; read in pieces or at once", async () => {
    const history = makeShop();
    await indexOf(history);
    const before = history.commit("CREATE TABLE log (id INTEGER PRIMARY KEY, said TEXT)");
    for (let id = 1; id <= 400; id++) {
      history.commit(`DELETE FROM t WHERE id % 400 = ${id - 1}; INSERT INTO log(said) VALUES ('${id} is gone')`);
      if (id === 250) await indexOf(history);
    }
    const index = await indexOf(history);
    findFacts(await view(history), index, fileOf(history), [], 10_000);
    const streaks = index.candidates.filter(({ streak }) => streak);
    expect(streaks).toMatchObject([{ facts: { kind: "delete", table: "t" } }]);
    expect(streaks[0]?.txid).toBeGreaterThan(before);
    expect(streaks[0]?.streak?.through).toBe(before + 400);
    expect(streaks[0]?.facts?.rows).toBeGreaterThan(1_500);
    expect(streaks[0]?.facts?.words).toBe(
      `DELETE ${streaks[0]?.facts?.rows?.toLocaleString("en-US")} rows in ${streaks[0]?.streak?.commits.toLocaleString("en-US")} commits`,
    );
  });

  test("of rows that came as fast, as in a queue, are nothing", async () => {
    const history = makeShop();
    const jobs = Array(8).fill("('job')").join();
    for (let round = 1; round <= 200; round++) {
      history.commit(`INSERT INTO other(body) VALUES ${jobs}`);
      history.commit("DELETE FROM other WHERE rowid IN (SELECT rowid FROM other ORDER BY rowid LIMIT 8)");
    }
    const index = await indexOf(history);
    findFacts(await view(history), index, fileOf(history), [], 10_000);
    expect(index.candidates.filter(({ streak, facts }) => streak && facts !== null)).toEqual([]);
  });

  test("of a small table that lies on one page are found when it is emptied, and not when it keeps most", async () => {
    const history = makeShop();
    history.commit("CREATE TABLE small (id INTEGER PRIMARY KEY, body TEXT)");
    history.insert("small", 12, 4);
    history.commit("DELETE FROM small WHERE id < 4");
    history.insert("small", 3, 4);
    const txid = history.commit("DELETE FROM small");
    expect(deletesOf(await indexOf(history))).toMatchObject([{ txid, rows: 12, emptied: true }]);
  });

  test("of a table without rowids are found", async () => {
    const history = make();
    history.commit("CREATE TABLE w (k INTEGER PRIMARY KEY, body TEXT) WITHOUT ROWID");
    history.commit(
      `INSERT INTO w WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 900) SELECT i, 'row ' || i FROM s`,
    );
    const txid = history.commit("DELETE FROM w WHERE k > 100");
    expect(deletesOf(await indexOf(history))).toMatchObject([{ txid }]);
  });

  test("are told from pages that are used again, from growth, from updates and from VACUUM", async () => {
    const history = makeShop();
    const txid = history.commit("DELETE FROM t WHERE id > 300");
    for (let i = 0; i < 40; i++) history.insert("t", 25);
    history.commit("UPDATE t SET body = 'shorter'");
    history.commit("UPDATE t SET body = hex(randomblob(60)) WHERE id % 3 = 0");
    history.commit("VACUUM");
    for (let i = 0; i < 10; i++) history.insert("other", 40, 60);
    expect(deletesOf(await indexOf(history)).map((found) => found.txid)).toEqual([txid]);
  });

  test("of few rows among many are no marks", async () => {
    const history = makeShop();
    for (let i = 0; i < 30; i++) history.commit(`DELETE FROM t WHERE id = ${i * 7}`);
    expect(deletesOf(await indexOf(history))).toEqual([]);
  });
});

test("changes of the schema are found, and nothing else is taken for one", async () => {
  const history = makeShop();
  const made = history.commit("CREATE INDEX by_n ON t (n)");
  history.insert("t", 10);
  const altered = history.commit("ALTER TABLE t ADD COLUMN more TEXT");
  const dropped = history.commit("DROP TABLE other");
  history.commit("DELETE FROM t WHERE id < 50");
  expect(changesOf(await indexOf(history)).slice(1)).toEqual([made, altered, dropped]);
});

/** Numbers of commits, and what is said of them. */
async function told(history: FileHistory): Promise<[number, string | null][]> {
  const index = await indexOf(history);
  const opened = views.at(-1);
  if (!opened) throw new Error("the history was opened");
  findFacts(opened, index, fileOf(history), [], 60_000);
  return index.candidates.map(({ txid, facts }) => [txid, facts?.words ?? null]);
}

describe("what a marked commit did", () => {
  test("is told with the exact number of rows and the table, also where none of its pages was written", async () => {
    const history = makeShop();
    const rows = history.count("t");
    const wiped = history.commit("DELETE FROM t");
    history.insert("t", 1_500);
    const half = history.commit("DELETE FROM t WHERE id % 2 = 0");
    const both = history.commit("DELETE FROM t WHERE id < 600; DELETE FROM other WHERE rowid <= 250");
    const words = new Map(await told(history));
    expect(rows).toBe(2_000);
    expect(words.get(wiped)).toBe("DELETE 2,000 rows");
    expect(words.get(half)).toBe("DELETE 750 rows");
    expect(words.get(both)).toBe("DELETE 550 rows in 2 tables");
    const { candidates } = readMarkList(fileOf(history)) ?? { candidates: [] };
    expect(candidates.find(({ txid }) => txid === wiped)?.facts).toMatchObject({ table: "t", rows: 2_000 });
  });

  test("is told in SQL's words where it changed the schema", async () => {
    const history = makeShop();
    const changes: [string, string][] = [
      ["CREATE INDEX by_n ON t (n)", "CREATE INDEX by_n"],
      ["ALTER TABLE t ADD COLUMN more TEXT", "ALTER TABLE t"],
      ["ALTER TABLE other RENAME TO another", "ALTER TABLE other RENAME TO another"],
      ["CREATE TABLE made (a); CREATE INDEX of_it ON made (a)", "CREATE TABLE made"],
      ["CREATE VIEW seen AS SELECT * FROM t", "CREATE VIEW seen"],
      ["CREATE TABLE one (a); CREATE TABLE two (a); CREATE TABLE three (a)", "CREATE TABLE one and 2 more"],
      ["DROP TABLE made", "DROP TABLE made"],
      ["DROP INDEX by_n", "DROP INDEX by_n"],
    ];
    const expected = changes.map(([sql, words]) => [history.commit(sql), words]);
    expect((await told(history)).slice(1)).toEqual(expected);
  });

  test("is nothing of note where a table was filled anew, or VACUUM changed the schema's cookie", async () => {
    const history = makeShop();
    const refilled = history.commit(
      "CREATE TEMP TABLE kept AS SELECT * FROM t; DELETE FROM t; INSERT INTO t SELECT id, n, 'other' FROM kept; DROP TABLE kept",
    );
    const vacuum = history.commit("VACUUM");
    const words = new Map(await told(history));
    expect(words.get(refilled) ?? null).toBe(null);
    expect([words.has(vacuum), words.get(vacuum)]).toEqual([true, null]);
  });

  test("of a dropped table names the rows that went with it", async () => {
    const history = makeShop();
    const txid = history.commit("DROP TABLE other");
    await told(history);
    const found = readMarkList(fileOf(history))?.candidates.find((one) => one.txid === txid);
    expect(found?.facts).toEqual({ kind: "schema", words: "DROP TABLE other", table: "other", rows: 500 });
  });
});

describe("the marks of a database", () => {
  function marksOf(history: FileHistory): { marks: HistoryMarks; db: ProtectedDatabase } {
    const histories = new OpenHistories();
    const directory = history.made.directory;
    const db: ProtectedDatabase = {
      id: randomUUID(),
      name: "t",
      engine: "sqlite",
      origin: "hosted",
      path: directory,
      windowDays: 365 * 100,
    };
    const context = {
      paths: runtimePaths(path.join(directory, "data")),
      log: pino({ level: "silent" }),
      historyOf: () => histories.get(directory),
      historyDirectory: () => directory,
    } as unknown as EngineContext;
    closing.push(() => histories.close());
    return { marks: new HistoryMarks(context), db };
  }
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  const always = { fromMs: 0, toMs: Date.now(), limit: 100 };

  test("are read by a child: told at once as far as they are known, then exactly, with the state before", async () => {
    const history = makeShop();
    const txid = history.commit("DELETE FROM t");
    await history.flush();
    const { marks, db } = marksOf(history);
    expect(marks.marks(db, always)).toEqual({ marks: [], leftOut: 0, readThroughMs: null, isReading: true });
    await marks.readAhead(db);
    const answer = marks.marks(db, always);
    expect(answer).toMatchObject({ leftOut: 0, isReading: false });
    const opened = await view(history);
    const before = opened.byTxid(txid - 1);
    expect(answer.marks.at(-1)).toMatchObject({
      kind: "delete",
      txid,
      words: "DELETE 2,000 rows",
      table: "t",
      rows: 2_000,
      exact: true,
      before: before && { bookmark: opened.bookmarkOf(before), timeMs: before.timeMs },
    });
    await marks.close();
  });

  test("leave out what a restore did, whose note the history holds", async () => {
    const history = makeShop();
    const txid = history.commit("DELETE FROM t");
    await history.flush();
    const opened = await view(history);
    const commit = opened.newest();
    const { marks, db } = marksOf(history);
    await marks.readAhead(db);
    const idsOf = () => marks.marks(db, always).marks.map((mark) => mark.txid);
    expect(idsOf()).toContain(txid);
    history.made.writer.addNote({ kind: "restore", commit: opened.bookmarkOf(commit) });
    await history.flush();
    expect(idsOf()).not.toContain(txid);
    await marks.close();
  });

  test("beyond the limit are the smaller deletes and the older changes, and their number is told", async () => {
    const history = makeShop();
    const sizes = [1_000, 30, 600, 40, 800];
    const deleted = sizes.map((rows) => {
      history.commit("DELETE FROM t");
      history.insert("t", rows);
      return rows;
    });
    history.commit("DELETE FROM t");
    await history.flush();
    const { marks, db } = marksOf(history);
    await marks.readAhead(db);
    const { marks: found, leftOut } = marks.marks(db, { ...always, limit: 4 });
    expect(found.filter(({ kind }) => kind === "delete").map(({ rows }) => rows)).toEqual([2_000, 1_000, 800]);
    expect(leftOut).toBe(deleted.length + 1 + 1 - 4);
    await marks.close();
  });
});

describe("the index of marks", () => {
  test("knows the heads of all pages as they are in the file, through seals, growth, shrinking and VACUUM", async () => {
    const history = makeShop({ bytes: 1e9, commits: 9 });
    history.commit("PRAGMA auto_vacuum = 2; VACUUM");
    for (let i = 0; i < 12; i++) {
      history.insert("t", 90, 40);
      history.commit(`DELETE FROM t WHERE id % 5 = ${i % 5}`);
      if (i % 4 === 0) history.commit("PRAGMA incremental_vacuum(40)");
    }
    const { heads, through } = await indexOf(history);
    const image = path.join(history.made.directory, "image");
    const state = history.made.state();
    writeFileSync(image, state);
    const expected = PageHeads.ofImage(image, PAGE, state.length / PAGE);
    expect(through.txid).toBe(history.made.writer.newest.txid);
    expect(heads.pages).toBe(state.length / PAGE);
    expect(Buffer.concat(heads.encoded())).toEqual(Buffer.concat(expected.encoded()));
    expect([heads.tableCells, heads.indexCells]).toEqual([expected.tableCells, expected.indexCells]);
  });

  test("extended step by step is what it is when made at once, and goes on where it stood", async () => {
    const history = makeShop({ bytes: 1e9, commits: 5 });
    for (let i = 0; i < 8; i++) {
      history.insert("t", 200);
      history.commit(`DELETE FROM t WHERE id % 2 = ${i % 2}`);
      await indexOf(history);
    }
    const stepwise = await indexOf(history);
    rmSync(fileOf(history));
    const atOnce = await indexOf(history);
    expect(stepwise.candidates).toEqual(atOnce.candidates);
    expect(stepwise.through).toEqual(atOnce.through);
    expect(deletesOf(atOnce).length).toBeGreaterThan(3);
  });

  test("that is damaged, cut or of another history is made anew", async () => {
    const history = makeShop();
    const txid = history.commit("DELETE FROM t");
    await indexOf(history);
    const sound = readFileSync(fileOf(history));
    const breaks: (() => void)[] = [
      () => truncateSync(fileOf(history), sound.length - 5),
      () =>
        writeFileSync(fileOf(history), Buffer.concat([sound.subarray(0, 100), Buffer.alloc(9), sound.subarray(109)])),
      () => writeFileSync(fileOf(history), "something else"),
    ];
    for (const damage of breaks) {
      damage();
      expect(readMarkIndex(fileOf(history))).toBe(null);
      expect(deletesOf(await indexOf(history))).toMatchObject([{ txid }]);
    }
    const other = makeShop();
    other.commit("CREATE TABLE extra (a)");
    writeFileSync(fileOf(other), sound);
    // Made histories share their id, so that what tells them apart is the commit at which the index stands.
    expect(deletesOf(await indexOf(other))).toEqual([]);
  });

  test("keeps of each hour the largest deletes and the last changes of the schema", () => {
    const candidate = (txid: number, rows: number) => ({
      txid,
      timeMs: txid * 10,
      schema: rows === 0,
      rows,
      of: 1e6,
      emptied: false,
    });
    const many = Array.from({ length: 400 }, (_, i) => candidate(i + 1, i % 2 === 0 ? 0 : (i * 7919) % 5_000));
    const kept = keepLargest(many);
    expect(kept.filter(({ schema }) => schema).map(({ txid }) => txid)).toEqual(
      Array.from({ length: 12 }, (_, i) => 377 + i * 2),
    );
    const least = Math.min(...kept.filter(({ rows }) => rows > 0).map(({ rows }) => rows));
    const leftOut = many.filter((one) => one.rows > 0 && !kept.includes(one)).map(({ rows }) => rows);
    expect(least).toBeGreaterThanOrEqual(Math.max(...leftOut));
    expect(kept.filter(({ rows }) => rows > 0)).toHaveLength(12);
  });
});
