import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { extendMarks } from "../../../lib/engines/sqlite/marks/extend-marks.ts";
import { keepLargest } from "../../../lib/engines/sqlite/marks/keep-largest.ts";
import { type MarkIndex, readMarkIndex } from "../../../lib/engines/sqlite/marks/mark-index.ts";
import { PageHeads } from "../../../lib/engines/sqlite/marks/page-heads.ts";
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
