import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GiveBackPlan, GivenBack, RowsOrder } from "../../../lib/domain/give-back.ts";
import { SqlSession } from "../../world/sql-session.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";
import { GiveBackWorld } from "./give-back-world.ts";
import { refusalOf } from "./refusal-of.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

const conflictsOf = ({ conflicts }: GiveBackPlan) =>
  conflicts.map(({ kind, table, rows, solvedByParents }) => [kind, table, rows, solvedByParents]);

const SHOP = `CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT UNIQUE COLLATE NOCASE);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, customer REFERENCES customers (id), total);
  CREATE TABLE seen (what); CREATE TRIGGER after_order AFTER INSERT ON orders BEGIN INSERT INTO seen VALUES (new.id); END;
  CREATE TRIGGER no_delete BEFORE DELETE ON orders WHEN old.total > 90 BEGIN SELECT raise(ABORT, 'no'); END;
  INSERT INTO customers VALUES (1, 'ada@example'), (2, 'bob@example'), (3, 'eve@example');
  INSERT INTO orders VALUES (10, 1, 5), (11, 1, 9007199254740993), (12, 2, 7), (13, NULL, 8), (14, 3, 2);
  DELETE FROM seen`;

describe("rows that cannot simply be given back", () => {
  test("are named by kind; nothing happens until they may be skipped, and parents can come along", {
    timeout: 120_000,
  }, async () => {
    const given = await GiveBackWorld.open(world, "shop", SHOP);
    const then = await given.now();
    await given.sql(`PRAGMA foreign_keys = OFF; DROP TRIGGER no_delete; DELETE FROM orders; DELETE FROM customers WHERE id < 3;
      INSERT INTO customers VALUES (7, 'BOB@example')`);
    const order = given.order(then, [{ name: "orders" }]);
    const plan = await given.plan(order);
    expect(conflictsOf(plan)).toEqual([["parent-missing", "orders", 3, 3]]);
    expect(plan.missingParents).toEqual([{ table: "customers", rows: 2 }]);
    expect(plan.notices.map(({ kind, names }) => [kind, names])).toEqual([["triggers", ["after_order"]]]);
    const withParents = given.order(then, [{ name: "orders" }], ["parents"]);
    const wider = await given.plan(withParents);
    // Customer 2 cannot come back: another row has its address by now; so neither can order 12.
    expect(conflictsOf(wider)).toEqual([
      ["key-taken", "customers", 1, 0],
      ["parent-missing", "orders", 1, 1],
    ]);
    expect(
      wider.tables.map(({ name, inserted, inConflict, neededBy }) => [name, inserted, inConflict, neededBy]),
    ).toEqual([
      ["orders", 4, 1, []],
      ["customers", 1, 1, ["orders"]],
    ]);
    const done = await given.run(withParents, wider.digest);
    expect(done.rows.rows).toBe(5);
    expect(await given.query("SELECT id, customer FROM orders ORDER BY id")).toEqual([
      [10, 1],
      [11, 1],
      [13, null],
      [14, 3],
    ]);
    expect(await given.query("SELECT * FROM seen")).toEqual([]);
    expect(await given.query("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).toEqual([["after_order"]]);
    // An order that was added since refers to customer 1, which the undo would take away.
    await given.sql("INSERT INTO orders VALUES (20, 1, 1); UPDATE orders SET total = 6 WHERE id = 10");
    const undo = given.undoOf(done);
    const back = await given.plan(undo);
    expect(conflictsOf(back)).toEqual([
      ["changed-since", "orders", 1, 0],
      ["still-referenced", "customers", 1, 0],
    ]);
    const undone = await given.run(undo, back.digest);
    expect(undone.rows.tables.map(({ name, removed, skipped }) => [name, removed, skipped])).toEqual([
      ["orders", 3, 1],
    ]);
    expect(await given.query("SELECT id FROM orders ORDER BY id")).toEqual([[10], [20]]);
  });

  test("a row that changes between plan and run is a conflict of its own", { timeout: 120_000 }, async () => {
    const given = await GiveBackWorld.open(
      world,
      "moved",
      "CREATE TABLE t (a INTEGER PRIMARY KEY, b UNIQUE); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z'), (4, 'q')",
    );
    const then = await given.now();
    await given.sql(
      "UPDATE t SET b = 'other' WHERE a = 1; UPDATE t SET b = 'x' WHERE a = 2; UPDATE t SET b = 'y' WHERE a = 1; DELETE FROM t WHERE a > 2",
    );
    const missingOnly = await given.plan(given.order(then, [{ name: "t" }]));
    expect(missingOnly.tables[0]).toMatchObject({ inserted: 2, setBack: 0 });
    const order = given.order(then, [{ name: "t", keys: ["r1", "r2", "r3", "r4", "r99"] }]);
    const plan = await given.plan(order);
    expect(plan.tables[0]).toMatchObject({ inserted: 2, setBack: 2, unknown: 1 });
    expect(plan.tables[0]?.samples[0]).toEqual({ key: "r1", kind: "changed", now: [1, "y"], past: [1, "x"] });
    await given.sql("INSERT INTO t VALUES (3, 'new')");
    const before = await given.dump();
    expect(await refusalOf(given.run(order, plan.digest))).toMatchObject({ code: "conflict" });
    expect(await given.dump()).toBe(before);
    const done = await given.run(order, plan.digest, { "changed-since": "skip" });
    expect(done.rows).toMatchObject({ rows: 3, skipped: [{ kind: "changed-since", table: "t", rows: 1 }] });
    expect(await given.query("SELECT * FROM t ORDER BY a")).toEqual([
      [1, "x"],
      [2, "y"],
      [3, "new"],
      [4, "q"],
    ]);
    await given.give(given.undoOf(done));
    expect(await given.dump()).toBe(before);
  });

  test("today's table decides: a rule that is new, columns that are gone or new", { timeout: 120_000 }, async () => {
    const given = await GiveBackWorld.open(
      world,
      "ruled",
      `CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c); INSERT INTO t VALUES (1, 'x', 1), (2, NULL, 2), (3, 'z', 3);
       CREATE VIRTUAL TABLE f USING fts5 (b); INSERT INTO f VALUES ('x'); CREATE VIEW v AS SELECT * FROM t`,
    );
    const then = await given.now();
    await given.sql(`DROP TABLE t; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL, d DEFAULT 'new', CHECK (a <> 3));
      DELETE FROM f`);
    const plan = await given.plan(
      given.order(then, [{ name: "t" }, { name: "f" }, { name: "v" }, { name: "f_content" }]),
    );
    expect(conflictsOf(plan)).toEqual([
      ["rule-broken", "t", 1, 0],
      ["rule-broken", "t", 1, 0],
      ["table-refused", "f", 0, 0],
      ["table-refused", "v", 0, 0],
      ["table-refused", "f_content", 0, 0],
    ]);
    expect(plan.notices.map(({ kind, names }) => [kind, names])).toEqual([
      ["column-gone", ["c"]],
      ["column-new", ["d"]],
    ]);
    expect(await refusalOf(given.plan(given.order(then, [{ name: "nowhere" }])))).toMatchObject({ code: "not_found" });
    expect(await refusalOf(given.plan(given.order(then, [{ name: "t", keys: ["kWzFd"] }])))).toMatchObject({
      code: "invalid_input",
    });
    await given.give(given.order(then, [{ name: "t" }]));
    expect(await given.query("SELECT * FROM t")).toEqual([[1, "x", "new"]]);
  });

  test("a table that is gone is made again with its indexes and triggers, and goes with the undo", {
    timeout: 120_000,
  }, async () => {
    const given = await GiveBackWorld.open(
      world,
      "gone",
      `CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b); CREATE UNIQUE INDEX u ON t (lower(b)); CREATE TABLE log (x);
       CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;
       INSERT INTO t (b) VALUES ('x'), ('y'), ('z'); DELETE FROM t WHERE a = 3; DELETE FROM log`,
    );
    const whole = await given.dump();
    const then = await given.now();
    await given.sql("DROP TABLE t");
    const dropped = await given.dump();
    const order = given.order(then, [{ name: "t" }]);
    const plan = await given.plan(order);
    expect(plan.notices[0]).toMatchObject({ kind: "table-made-again", names: ["u", "tr"] });
    const done = await given.run(order, plan.digest);
    expect(await given.dump()).toBe(whole);
    await given.give(given.undoOf(done));
    expect(await given.dump()).toBe(dropped);
  });

  test("a program that writes all the while loses nothing and waits", { timeout: 120_000 }, async () => {
    const given = await GiveBackWorld.open(
      world,
      "busy",
      "CREATE TABLE t (a INTEGER PRIMARY KEY, b); CREATE TABLE mine (n); INSERT INTO t VALUES (1, zeroblob(100)), (2, 'x'), (3, 1)",
    );
    const then = await given.now();
    await given.sql("DELETE FROM t");
    const writer = await SqlSession.open(given.db.path);
    const writing = writer.many("INSERT INTO mine VALUES (?)", 1, 400);
    const done = await given.give(given.order(then, [{ name: "t" }]));
    await writing;
    expect(done.rows.rows).toBe(3);
    expect(await given.query("SELECT count(*), max(n) FROM mine")).toEqual([[400, 400]]);
    expect(await given.query("SELECT count(*) FROM t")).toEqual([[3]]);
    writer.kill();
  });
});

describe("a hosted database", () => {
  test("has its callers wait while rows are given back, and none is turned away", { timeout: 120_000 }, async () => {
    const db = await world.host("waiting");
    const { engine } = world;
    await engine.query(db, {
      sql: "CREATE TABLE t (a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 'x'), (2, 'y')",
    });
    const { bookmark } = await engine.current(db);
    await engine.query(db, { sql: "DELETE FROM t" });
    const order: RowsOrder = { kind: "give-back", from: bookmark, selection: { tables: [{ name: "t" }], include: [] } };
    const { digest: planDigest } = await engine.rows.plan(db, order, quietRun());
    const { signal } = new AbortController();
    let giving: Promise<GivenBack> | null = null;
    await new Promise<void>((resolve) => {
      const progress = (stage: string) => stage === "prepare" && resolve();
      giving = engine.rows.run(db, randomUUID(), { order, planDigest, onConflict: {} }, { signal, progress });
    });
    const counts = await Promise.all(
      [1, 2, 3].map(() => engine.query(db, { sql: "INSERT INTO t (b) VALUES ('mine'); SELECT count(*) AS n FROM t" })),
    );
    await giving;
    expect(counts.map(({ results }) => Number(results[1]?.results[0]?.n))).toEqual([3, 4, 5]);
    const after = await engine.query(db, { sql: "SELECT count(*) AS n FROM t" });
    expect(after.results[0]?.results[0]?.n).toBe(5);
    expect(after.bookmark).toBe((await engine.current(db)).bookmark);
  });
});
