import { existsSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Bookmark } from "../../../../lib/domain/bookmark.ts";
import { parseBookmark } from "../../../../lib/domain/bookmark.ts";
import type { DatabaseDiff, DiffKind, DiffRow } from "../../../../lib/domain/diff.ts";
import type { ProtectedDatabase } from "../../../../lib/engines/engine.ts";
import { DiffJobs } from "../../../../lib/engines/sqlite/diff/diff-jobs.ts";
import { summariseCommit } from "../../../../lib/engines/sqlite/diff/summarise-commit.ts";
import { openHistory } from "../../../../lib/engines/sqlite/history/open-history.ts";
import { materialiseEitherWay } from "../../../../lib/engines/sqlite/restore/materialise-either-way.ts";
import { SqliteWorld } from "../../../world/sqlite-world.ts";
import { compareBySql } from "./except-oracle.ts";
import { MadeStates } from "./made-states.ts";

let world: SqliteWorld;
let db: ProtectedDatabase;
let writer: DatabaseSync;

/** Writes as a program of its own would; answers the moment behind it. */
async function write(...statements: string[]): Promise<Bookmark> {
  for (const sql of statements) writer.exec(sql);
  return (await world.engine.current(db)).bookmark;
}

/** Asks until it is complete. */
async function diff(from: Bookmark, to: Bookmark, of = db): Promise<DatabaseDiff> {
  for (;;) {
    const found = await world.engine.diffs.diff(of, from, to);
    if (found.state === "complete") return found;
  }
}

async function allRows(from: Bookmark, to: Bookmark, table: string, kinds: DiffKind[], limit = 7): Promise<DiffRow[]> {
  const rows: DiffRow[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof world.engine.diffs.diffRows>> = await world.engine.diffs.diffRows(db, {
      from,
      to,
      table,
      kinds,
      after,
      limit,
    });
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...page.rows);
    after = page.next;
  } while (after !== null);
  return rows;
}

/** A state as a file, by the way that restores go. */
async function fileOf(bookmark: Bookmark, { id } = db): Promise<string> {
  const file = world.file(`${bookmark}.db`);
  if (existsSync(file)) return file;
  const history = openHistory(path.join(world.capture.paths.history, id));
  await materialiseEitherWay(history, parseBookmark(bookmark)?.txid ?? 0, file);
  history.close();
  const state = new DatabaseSync(file);
  state.exec("PRAGMA journal_mode = DELETE");
  state.close();
  return file;
}

async function expectAsSqlSays(from: Bookmark, to: Bookmark, of = db): Promise<DatabaseDiff> {
  const found = await diff(from, to, of);
  for (const [name, counts] of compareBySql(await fileOf(from, of), await fileOf(to, of))) {
    const { added = 0, removed = 0, changed = 0 } = found.tables.find((table) => table.name === name) ?? {};
    expect({ name, added, removed, changed }).toEqual({ name, ...counts });
  }
  return found;
}

let before: Bookmark;
let filled: Bookmark;
let emptied: Bookmark;
let mixed: Bookmark;

beforeAll(async () => {
  world = new SqliteWorld();
  const file = world.file("shop.db");
  writer = new DatabaseSync(file, { timeout: 10_000 });
  writer.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, total REAL, note TEXT);
    CREATE TABLE prices (sku TEXT, country TEXT COLLATE NOCASE, price NUMERIC, PRIMARY KEY (country, sku)) WITHOUT ROWID;
    CREATE TABLE untouched (a); INSERT INTO untouched VALUES (1);
    CREATE VIRTUAL TABLE docs USING fts5(body)`);
  db = await world.attach(file);
  before = await write("SELECT 1");
  const count = (from: number, to: number) =>
    `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})`;
  filled = await write(
    `${count(1, 2000)} INSERT INTO orders SELECT i, 'customer ' || (i % 50), i, 'note ' || i FROM n`,
    `${count(1, 300)} INSERT INTO prices SELECT 'sku ' || i, CASE i % 2 WHEN 0 THEN 'de' ELSE 'AT' END, i / 3.0 FROM n`,
    "INSERT INTO docs VALUES ('look before you leap')",
  );
  emptied = await write("DELETE FROM orders");
  mixed = await write(
    `${count(500, 700)} INSERT INTO orders SELECT i, 'customer ' || (i % 50), i + (i % 10 = 0), 'note ' || i FROM n`,
    "INSERT INTO orders VALUES (9223372036854775807, 'last', 1e300, zeroblob(20))",
    "UPDATE prices SET price = price + 1 WHERE sku LIKE 'sku 2%'",
    "UPDATE prices SET country = 'DE' WHERE sku = 'sku 8'",
    "DELETE FROM prices WHERE sku = 'sku 9'",
    "ALTER TABLE orders ADD COLUMN paid INTEGER DEFAULT 1",
    "CREATE INDEX by_customer ON orders (customer)",
  );
});
afterAll(async () => {
  writer.close();
  await world.close();
});

describe("the difference of two captured moments", () => {
  test("DELETE without WHERE takes exactly the rows that were there", async () => {
    const found = await expectAsSqlSays(filled, emptied);
    const orders = found.tables.find(({ name }) => name === "orders");
    expect(orders).toMatchObject({ added: 0, removed: 2000, changed: 0, exact: true, how: "pages" });
    expect(found.sameTables).toContain("untouched");
    expect(found.from.bookmark).toBe(filled);
    expect(found.progress).toBeNull();
  });

  test("is the same as ATTACH and EXCEPT say, in both directions", async () => {
    const ends: [Bookmark, Bookmark][] = [
      [before, filled],
      [filled, mixed],
      [emptied, mixed],
      [mixed, before],
    ];
    for (const [from, to] of ends) await expectAsSqlSays(from, to);
  });

  test("of a moment with itself is nothing", async () => {
    const found = await diff(mixed, mixed);
    expect(found.tables.filter(({ how }) => how !== "not-compared")).toEqual([]);
    expect(found.schema).toEqual([]);
  });

  test("names a virtual table as not compared, and what it keeps its content in", async () => {
    const found = await diff(before, filled);
    const docs = found.tables.find(({ name }) => name === "docs");
    expect(docs).toMatchObject({ how: "not-compared", exact: false, added: 0 });
    expect(docs?.reason).toMatch(/fts5.*docs_content/);
    expect(found.tables.find(({ name }) => name === "docs_content")).toMatchObject({
      added: 1,
      reason: "Part of the virtual table docs.",
    });
  });

  test("tells what became of the schema", async () => {
    const { schema } = await diff(filled, mixed);
    expect(schema.map(({ kind, name, change }) => `${change} ${kind} ${name}`)).toEqual([
      "changed table orders",
      "added index by_customer",
    ]);
    expect(schema[0]?.after).toMatch(/paid INTEGER DEFAULT 1/);
  });
});

describe("the rows that differ", () => {
  test("come in the order of their keys, page by page, each once", async () => {
    const rows = await allRows(filled, mixed, "orders", ["removed"], 500);
    expect(rows).toHaveLength(1799);
    expect(rows[0]).toEqual({
      key: "r1",
      kind: "removed",
      before: [1, "customer 1", { real: "1.0" }, "note 1", null],
      after: null,
    });
    const changed = await allRows(filled, mixed, "orders", ["changed"]);
    expect(changed.map(({ key }) => key)).toEqual(Array.from({ length: 21 }, (_, i) => `r${500 + 10 * i}`));
    const added = await allRows(filled, mixed, "orders", ["added", "changed"]);
    expect(added.at(-1)).toMatchObject({
      key: "r9223372036854775807",
      after: [
        { integer: "9223372036854775807" },
        "last",
        { real: "1e+300" },
        { blob: "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", bytes: 20 },
        1,
      ],
    });
  });

  test("of a table that is in the order of its primary key are found by that key", async () => {
    const rows = await allRows(filled, mixed, "prices", ["removed", "changed", "added"], 10);
    expect(rows).toHaveLength(113);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(113);
    const renamed = rows.find(({ after }) => after?.[1] === "DE");
    expect(renamed).toMatchObject({ kind: "changed", before: ["sku 8", "de", expect.anything()] });
  });

  test("of a table that is not there, or not compared, are refused with the cause", async () => {
    await expect(allRows(filled, mixed, "nothing", ["added"])).rejects.toMatchObject({ code: "not_found" });
    await expect(allRows(filled, mixed, "docs", ["added"])).rejects.toMatchObject({ code: "invalid_input" });
  });
});

describe("the summary of one commit", () => {
  test("counts what it did to each table, and tells of the schema", async () => {
    const txidOf = (bookmark: Bookmark) => parseBookmark(bookmark)?.txid ?? 0;
    const history = openHistory(path.join(world.capture.paths.history, db.id));
    try {
      expect(summariseCommit(history, txidOf(emptied))).toEqual({
        tables: [{ table: "orders", added: 0, removed: 2000, changed: 0 }],
        schema: [],
      });
      expect(summariseCommit(history, txidOf(mixed))?.schema).toMatchObject([{ name: "by_customer", change: "added" }]);
      expect(summariseCommit(history, 1)).toBeNull();
      expect(summariseCommit(history, txidOf(emptied), { mostMs: 0 })).toBeNull();
    } finally {
      history.close();
    }
  });
});

test.each([3, 10])(
  "random commits that were captured differ as SQL says (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    const file = world.file(`random-${seed}.db`);
    const states = new MadeStates(seed, file);
    try {
      const random = await world.attach(file);
      const bookmarks: Bookmark[] = [];
      for (const changes of [0, 2, 9, 1, 12]) {
        states.change(changes);
        bookmarks.push((await world.engine.current(random)).bookmark);
      }
      for (const [from, to] of [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 4],
        [0, 4],
        [4, 2],
      ] as const) {
        await expectAsSqlSays(bookmarks[from] as Bookmark, bookmarks[to] as Bookmark, random);
      }
    } finally {
      states.remove();
    }
  },
);

describe("comparisons under way", () => {
  const commitOf = (bookmark: Bookmark) => {
    const { txid = 0, recordTag = "" } = parseBookmark(bookmark) ?? {};
    return { txid, recordTag };
  };
  const task = (from: Bookmark, to: Bookmark) => ({
    historyDirectory: path.join(world.capture.paths.history, db.id),
    from: commitOf(from),
    to: commitOf(to),
  });

  test("wait for their turn where as many run as may, and each is told at once how far it is", async () => {
    const jobs = new DiffJobs({ mostProcesses: 1, answerWithinMs: 0 });
    try {
      const first = await jobs.compare(task(before, filled));
      expect(first.compared.isComplete).toBe(false);
      await jobs.compare(task(filled, mixed));
      expect(jobs.running).toBe(1);
      // The second one begins once the first one is through, without being asked for again.
      await vi.waitFor(async () => {
        expect((await jobs.compare(task(filled, mixed))).compared.isComplete).toBe(true);
      }, 20_000);
      expect(jobs.running).toBe(1);
      expect((await jobs.compare(task(before, filled))).compared.tables.length).toBeGreaterThan(0);
    } finally {
      jobs.end();
    }
  });

  test("of a history that was begun anew meanwhile are refused, though its commits have the same numbers", async () => {
    const jobs = new DiffJobs({ answerWithinMs: 60_000 });
    try {
      const stale = { ...task(before, filled), from: { txid: 1, recordTag: "0123456789abcdef" } };
      await expect(jobs.compare(stale)).rejects.toMatchObject({ code: "moment_outside_window" });
    } finally {
      jobs.end();
    }
  });

  test("end when nobody asks for them any more, and what they found stays", async () => {
    const jobs = new DiffJobs({ abandonedAfterMs: 0 });
    try {
      await vi.waitFor(
        async () => expect((await jobs.compare(task(before, filled))).compared.isComplete).toBe(true),
        20_000,
      );
      await vi.waitFor(() => expect(jobs.running).toBe(0), 20_000);
      expect((await jobs.compare(task(before, filled))).compared.isComplete).toBe(true);
      expect(jobs.running).toBe(0);
      const query = { table: "orders", kinds: ["added"] as const, after: null, limit: 3 };
      expect((await jobs.rows(task(before, filled), query)).rows).toHaveLength(3);
    } finally {
      jobs.end();
    }
  });
});
