import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../../../lib/domain/bookmark.ts";
import type { DatabaseDiff } from "../../../../lib/domain/diff.ts";
import type { GiveBackPlan, GivenBack, OnConflict, RowsOrder } from "../../../../lib/domain/give-back.ts";
import type { ProtectedDatabase } from "../../../../lib/engines/engine.ts";
import { ClusterWorld } from "../../../world/cluster-world.ts";
import { quietRun } from "../../../world/sqlite-world.ts";

const SCHEMA = `
  CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, seen timestamptz, score numeric, raw bytea, tags text[]);
  CREATE TABLE orders (id bigint PRIMARY KEY, person int NOT NULL REFERENCES people, v text);
  CREATE TABLE log (at timestamptz DEFAULT now(), what text);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log (what) VALUES (TG_OP); RETURN NULL; END';
  CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON people FOR EACH ROW EXECUTE FUNCTION note();
  INSERT INTO people (name, seen, score, raw, tags) SELECT 'p' || i, '2026-01-02 03:04:05.678901+00', 1.10, '\\x00ff', '{a,NULL}' FROM generate_series(1, 100) i;
  INSERT INTO orders SELECT i, (i % 100) + 1, 'o' || i FROM generate_series(1, 1000) i;
  TRUNCATE log`;

let world: ClusterWorld;
let db: ProtectedDatabase;
/** Before anything was lost, and after. */
let before: Bookmark;
let after: Bookmark;

beforeAll(async () => {
  world = await ClusterWorld.start();
  ({ db } = await world.host());
  await world.run(db, SCHEMA);
  before = (await world.engine.current(db)).bookmark;
  await world.run(
    db,
    `DELETE FROM orders WHERE person IN (7, 8); DELETE FROM people WHERE id IN (7, 8);
     UPDATE people SET score = 2, tags = NULL WHERE id = 9; INSERT INTO people (name) VALUES ('later')`,
  );
  after = (await world.engine.current(db)).bookmark;
}, 120_000);

afterAll(async () => {
  await world?.close();
}, 60_000);

async function whole(from: Bookmark, to: Bookmark): Promise<DatabaseDiff> {
  for (;;) {
    const diff = await world.engine.diffs.diff(db, from, to);
    if (diff.state === "complete") return diff;
  }
}

const plan = (order: RowsOrder): Promise<GiveBackPlan> => world.engine.rows.plan(db, order, quietRun());

async function carryOut(order: RowsOrder, onConflict: OnConflict = {}, id = randomUUID()): Promise<GivenBack> {
  const { digest } = await plan(order);
  return world.engine.rows.run(db, id, { order, planDigest: digest, onConflict }, quietRun());
}

const state = () =>
  world.run(db, "SELECT id, name, seen, score::text, raw, tags FROM people WHERE name <> 'later' ORDER BY id");

describe("a cluster", () => {
  test("answers SQL as it is now, with a bookmark of what it did", async () => {
    const written = await world.engine.query(db, {
      sql: "INSERT INTO log (what) VALUES ($1) RETURNING what",
      params: ["by query"],
    });
    expect(written.results[0]?.results).toEqual([{ what: "by query" }]);
    const { results } = await world.engine.view(
      db,
      { bookmark: written.bookmark },
      { sql: "SELECT what FROM log WHERE what LIKE 'by%'" },
    );
    expect(results[0]?.results).toEqual([{ what: "by query" }]);
    await expect(world.engine.query(db, { sql: "DELETE FROM log", readOnly: true })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  test("answers SQL as it was at a moment, and only reads there", async () => {
    const count = { sql: "SELECT count(*) AS n, (SELECT score FROM people WHERE id = 9) AS score FROM people" };
    const then = await world.engine.view(db, { bookmark: before }, count);
    expect(then).toMatchObject({ bookmark: before, results: [{ results: [{ n: 100, score: "1.10" }] }] });
    const now = await world.engine.view(db, { bookmark: after }, count);
    expect(now.results[0]?.results).toEqual([{ n: 99, score: "2" }]);
    await expect(world.engine.view(db, { bookmark: before }, { sql: "DELETE FROM people" })).rejects.toMatchObject({
      code: "sql_denied",
    });
    await expect(
      world.engine.view(db, { bookmark: before }, { sql: "SELECT rolpassword FROM pg_authid" }),
    ).rejects.toMatchObject({ code: "sql_denied" });
    await expect(
      world.engine.view(db, { bookmark: before }, { sql: "SELECT 1" }, AbortSignal.abort(new Error("gone"))),
    ).rejects.toThrow("gone");
  });

  test("tells what differs between two moments, and shows the rows", async () => {
    const diff = await whole(before, after);
    expect(diff.tables.map(({ name, added, removed, changed }) => [name, added, removed, changed])).toEqual([
      ["log", expect.any(Number), 0, 0],
      ["orders", 0, 20, 0],
      ["people", 1, 2, 1],
    ]);
    expect(diff.to.txid).toBeGreaterThan(diff.from.txid);
    const { rows } = await world.engine.diffs.diffRows(db, {
      ...{ from: before, to: after, table: "people", kinds: ["changed"], after: null, limit: 10 },
    });
    expect(rows[0]?.before).toEqual([
      9,
      "p9",
      "2026-01-02 03:04:05.678901+00",
      "1.10",
      { blob: "AP8=", bytes: 2 },
      "{a,NULL}",
    ]);
    expect(rows[0]?.after?.[3]).toBe("2");
  });

  test("gets rows back exactly as they were, as one commit without its triggers, and the undo takes that back", async () => {
    const [was, logged] = [await state(), await world.run(db, "SELECT count(*)::int AS n FROM log")];
    const order: RowsOrder = {
      kind: "give-back",
      from: before,
      selection: { tables: [{ name: "orders" }, { name: "people", kinds: ["removed", "changed"] }], include: [] },
    };
    const shown = await plan(order);
    expect(shown).toMatchObject({ rows: 23, conflicts: [], missingParents: [] });
    expect(shown.tables.map(({ name, inserted, setBack }) => [name, inserted, setBack])).toEqual([
      ["orders", 20, 0],
      ["people", 2, 1],
    ]);
    expect(shown.notices.map(({ kind, names }) => [kind, names])).toEqual([["triggers", ["noted"]]]);
    expect(shown.tables[1]?.samples).toHaveLength(3);
    expect(world.engine.rows.kept(db, order, shown.digest)).toEqual(shown);
    const id = randomUUID();
    const done = await world.engine.rows.run(db, id, { order, planDigest: shown.digest, onConflict: {} }, quietRun());
    expect(done.rows).toMatchObject({ rows: 23, skipped: [] });
    const { results } = await world.engine.view(
      db,
      { bookmark: before },
      { sql: "SELECT id, name, seen, score, raw, tags FROM people ORDER BY id" },
    );
    const now = await world.engine.query(db, {
      sql: "SELECT id, name, seen, score, raw, tags FROM people WHERE name <> 'later' ORDER BY id",
    });
    expect(now.results[0]?.results).toEqual(results[0]?.results);
    expect(await world.run(db, "SELECT count(*)::int AS n FROM log")).toEqual(logged);
    expect(await world.run(db, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'noted'")).toEqual([
      { tgenabled: "O" },
    ]);

    const [commit, previous] = [done.restoreBookmark, done.previous.bookmark];
    if (commit === null) throw new Error("rows were written");
    const one = await whole(previous, commit);
    expect(one.tables.map(({ name, added, changed }) => [name, added, changed])).toEqual([
      ["orders", 20, 0],
      ["people", 2, 1],
    ]);
    expect(one.to.txid).toBe(one.from.txid + 1);
    expect(
      await world.engine.rows.run(db, id, { order, planDigest: shown.digest, onConflict: {} }, quietRun()),
    ).toEqual(done);

    const undone = await carryOut({ kind: "undo", previous, reached: commit, tables: ["orders", "people"] });
    expect(undone.rows).toMatchObject({ rows: 23 });
    expect(await state()).toEqual(was);
  });

  test("leaves rows alone that are in conflict, or gives nothing back", async () => {
    await world.run(
      db,
      "INSERT INTO people (name) VALUES ('p7'); ALTER TABLE orders ADD COLUMN must int NOT NULL DEFAULT 4",
    );
    const order: RowsOrder = {
      kind: "give-back",
      from: before,
      selection: { tables: [{ name: "people" }], include: [] },
    };
    const { conflicts, rows } = await plan(order);
    expect([rows, conflicts]).toMatchObject([1, [{ kind: "key-taken", table: "people", rows: 1 }]]);
    await expect(carryOut(order)).rejects.toMatchObject({ code: "conflict", details: { outcome: "nothing" } });
    expect(await world.run(db, "SELECT id FROM people WHERE id IN (7, 8)")).toEqual([]);
    const orders: RowsOrder = {
      kind: "give-back",
      from: before,
      selection: { tables: [{ name: "orders" }], include: [] },
    };
    expect(await plan(orders)).toMatchObject({
      rows: 0,
      conflicts: [{ kind: "parent-missing", rows: 20, solvedByParents: 20 }],
      missingParents: [{ table: "people", rows: 2 }],
    });
    const along: RowsOrder = { ...orders, selection: { ...orders.selection, include: ["parents"] } };
    expect((await plan(along)).tables.map(({ name, inserted, neededBy }) => [name, inserted, neededBy])).toEqual([
      ["orders", 20, []],
      ["people", 1, ["orders"]],
    ]);
    const done = await carryOut(order, { "key-taken": "skip" });
    expect(done.rows).toMatchObject({ rows: 1, skipped: [{ kind: "key-taken", rows: 1 }] });
    expect(await world.run(db, "SELECT id, name FROM people WHERE id IN (7, 8)")).toEqual([{ id: 8, name: "p8" }]);
  });

  test("whose rows were changed after the plan keeps them so", async () => {
    const order: RowsOrder = {
      kind: "give-back",
      from: before,
      selection: { tables: [{ name: "people", kinds: ["changed"] }], include: [] },
    };
    const { digest } = await plan(order);
    await world.run(db, "UPDATE people SET score = 5 WHERE id = 9");
    const rows = { order, planDigest: digest, onConflict: {} };
    await expect(world.engine.rows.run(db, randomUUID(), rows, quietRun())).rejects.toMatchObject({ code: "conflict" });
    expect(await world.run(db, "SELECT score::text FROM people WHERE id = 9")).toEqual([{ score: "5" }]);
  });
});
