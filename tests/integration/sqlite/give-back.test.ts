import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SqliteWorld } from "../../world/sqlite-world.ts";
import { GiveBackWorld } from "./give-back-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

/** Each kind of table, with values that are easily spoilt on their way. */
const KINDS = {
  numbered: `CREATE TABLE numbered (id INTEGER PRIMARY KEY, a, b);
    INSERT INTO numbered VALUES (9223372036854775807, 9007199254740993, 1.0), (-9223372036854775808, 1e308, 0.1),
      (3, CAST(x'610062' AS TEXT), x'00ff'), (4, CAST(x'ff41' AS TEXT), -0.0), (5, NULL, 9e999), (6, 'x', '1')`,
  counted: `CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b NOT NULL);
    INSERT INTO counted (a, b) VALUES ('x', 1), ('y', 2), ('z', 3)`,
  keyless: `CREATE TABLE keyless (a TEXT, b INTEGER); CREATE INDEX i ON keyless (b DESC);
    INSERT INTO keyless VALUES ('x', 1), ('x', 1), (NULL, NULL), ('y', 2)`,
  named: `CREATE TABLE named (name TEXT PRIMARY KEY COLLATE NOCASE, a, b);
    INSERT INTO named VALUES ('Ada', 1, x''), ('bob', 2, ''), ('Eve', 3, zeroblob(5000))`,
  keyed: `CREATE TABLE keyed (b TEXT COLLATE NOCASE, n INTEGER, a, PRIMARY KEY (n DESC, b)) WITHOUT ROWID;
    INSERT INTO keyed VALUES ('x', 1, 'one'), ('Y', 9007199254740993, x'00'), ('y', 2, zeroblob(9000))`,
  strict: `CREATE TABLE strict (id INTEGER PRIMARY KEY, a TEXT, b ANY, c INT AS (length(a)) STORED, d TEXT AS (upper(a))) STRICT;
    CREATE UNIQUE INDEX u ON strict (c, a);
    INSERT INTO strict (id, a, b) VALUES (1, 'one', 1), (2, 'two', '2'), (3, 'three', x'03')`,
  "hidden rowid": `CREATE TABLE "hidden rowid" ("rowid" TEXT, "se""lect" TEXT, "_rowid_" INT);
    INSERT INTO "hidden rowid" VALUES ('x', 'a', 1), ('y', 'b', 2)`,
} as const;
const NAMES = Object.keys(KINDS);

describe("rows whose rowids others have by now", () => {
  test("come back beside them, by the key that the table declares", async () => {
    const given = await GiveBackWorld.open(
      world,
      "named-rows",
      `CREATE TABLE lines (item TEXT NOT NULL, n INTEGER NOT NULL, price, PRIMARY KEY (n, item));
       INSERT INTO lines VALUES ('a', 1, 10), ('b', 2, 20), ('c', 3, 30)`,
    );
    const lines = async () =>
      (await given.query("SELECT group_concat(item || price, ' ' ORDER BY n) FROM lines"))[0]?.[0];
    const then = await given.now();
    await given.sql("DELETE FROM lines; INSERT INTO lines VALUES ('x', 7, 70), ('y', 8, 80), ('b', 2, 21)");
    const order = given.order(then, [{ name: "lines", kinds: ["removed"] }]);
    const plan = await given.plan(order);
    expect(plan.tables).toMatchObject([{ name: "lines", inserted: 2 }]);
    expect(plan.conflicts).toEqual([]);
    const done = await given.run(order, plan.digest);
    expect(done.rows.rows).toBe(2);
    expect(await lines()).toBe("a10 b21 c30 x70 y80");
    await given.give(given.undoOf(done));
    expect(await lines()).toBe("b21 x70 y80");
  });
});

describe("rows of every kind of table", () => {
  test("come back exactly as they were, go again, and come back once more", { timeout: 200_000 }, async () => {
    const given = await GiveBackWorld.open(world, "kinds", Object.values(KINDS).join("; "));
    const whole = await given.dump();
    const then = await given.now();
    await given.sql(NAMES.map((name) => `DELETE FROM "${name}"`).join("; "));
    const emptied = await given.dump();
    const order = given.order(
      then,
      NAMES.map((name) => ({ name })),
    );
    const plan = await given.plan(order);
    expect(plan.conflicts).toEqual([]);
    expect(plan.tables.map(({ name, inserted }) => [name, inserted])).toEqual([
      ["numbered", 6],
      ["counted", 3],
      ["keyless", 4],
      ["named", 3],
      ["keyed", 3],
      ["strict", 3],
      ["hidden rowid", 2],
    ]);
    expect(await given.dump()).toBe(emptied);
    const done = await given.run(order, plan.digest);
    expect(done.rows.rows).toBe(24);
    expect(done.rows.skipped).toEqual([]);
    expect(await given.dump()).toBe(whole);
    expect(done.restoreBookmark).toBe(await given.now());
    const undone = await given.give(given.undoOf(done));
    expect(undone.rows.tables[0]).toEqual({ name: "numbered", inserted: 0, setBack: 0, removed: 6, skipped: 0 });
    expect(await given.dump()).toBe(emptied);
    const again = await given.give(given.undoOf(undone));
    expect(again.rows.rows).toBe(24);
    expect(await given.dump()).toBe(whole);
  });
});
