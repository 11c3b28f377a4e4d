import { existsSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bookmark } from "../../../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../../../lib/domain/errors.ts";
import { incarnationFolders } from "../../../../lib/engines/postgres/history/cluster-history.ts";
import { FLUSH_PREFIX } from "../../../../lib/engines/postgres/history/flush-message.ts";
import { ClusterWorld, type HostedCluster, until } from "../../../world/cluster-world.ts";

let world: ClusterWorld;
let hosted: HostedCluster;
/** What was said of the state after each insert. */
const known: { rows: number; bookmark: Bookmark; timeMs: number; txid: number }[] = [];

beforeAll(async () => {
  world = await ClusterWorld.start();
  hosted = await world.host();
  await world.run(hosted.db, "CREATE TABLE t (id int PRIMARY KEY, words text)");
  for (let rows = 1; rows <= 8; rows++) {
    await world.run(hosted.db, "INSERT INTO t VALUES ($1, repeat('x', 1000))", [rows]);
    const { bookmark, timeMs, txid } = await world.engine.current(hosted.db);
    known.push({ rows, bookmark, timeMs, txid });
  }
});
afterAll(() => world?.close());

test("each commit has the next number and a later bookmark, and asking for now makes none", async () => {
  const { db } = hosted;
  expect(known.map(({ txid }) => txid)).toEqual(known.map((_, i) => (known[0]?.txid ?? 0) + i));
  expect(known.map(({ bookmark }) => bookmark)).toEqual(known.map(({ bookmark }) => bookmark).sort());
  const before = await world.engine.current(db);
  await world.engine.resolve(db, { timestampMs: Date.now() });
  expect(await world.engine.current(db)).toEqual(before);
});

test("a time and a bookmark name the same commit, and its state is what was there", async () => {
  const { db } = hosted;
  for (const { bookmark, timeMs, txid } of known) {
    expect(await world.engine.resolve(db, { bookmark })).toMatchObject({ bookmark, timeMs, txid, askedMs: null });
    const byTime = await world.engine.resolve(db, { timestampMs: timeMs });
    expect(byTime.timeMs).toBe(timeMs);
    expect(byTime.txid).toBeGreaterThanOrEqual(txid);
  }
  const middle = known[3];
  const { results } = await world.engine.view(
    db,
    { bookmark: middle?.bookmark ?? "" },
    { sql: "SELECT count(*) AS n FROM t" },
  );
  expect(Number(results[0]?.results[0]?.n)).toBe(middle?.rows);
});

test("the window goes from the first base to now, and its newest state is the newest commit", async () => {
  const { db } = hosted;
  const window = await world.engine.window(db);
  expect(window.gaps).toEqual([]);
  expect(window.damaged).toEqual([]);
  expect(window.spans).toHaveLength(1);
  expect(window.newest?.bookmark).toBe(known.at(-1)?.bookmark);
  expect(window.oldest?.timeMs).toBeLessThanOrEqual(known[0]?.timeMs ?? 0);
  expect(window.capturedThroughMs).toBeGreaterThanOrEqual(known.at(-1)?.timeMs ?? 0);
  const before = (window.spans[0]?.fromMs ?? 0) - 60_000;
  await expect(world.engine.resolve(db, { timestampMs: before })).rejects.toMatchObject({
    code: "moment_outside_window",
  });
  await expect(world.engine.resolve(db, { timestampMs: Date.now() + 60_000 })).rejects.toMatchObject({
    code: "moment_in_future",
  });
});

test("bookmarks of others and of nothing are refused by name", async () => {
  const { db } = hosted;
  const { bookmark } = known[0] ?? { bookmark: "" };
  const foreign = `${bookmark.slice(0, 27)}${"f".repeat(16)}${bookmark.slice(43)}`;
  const nothing = `${bookmark.slice(0, 18)}00000001${bookmark.slice(26)}`;
  const later = `${bookmark.slice(0, 18)}ffffffff${bookmark.slice(26)}`;
  await expect(world.engine.resolve(db, { bookmark: foreign })).rejects.toMatchObject({ code: "foreign_bookmark" });
  await expect(world.engine.resolve(db, { bookmark: nothing })).rejects.toBeInstanceOf(LastgoodError);
  await expect(world.engine.resolve(db, { bookmark: later })).rejects.toMatchObject({ code: "invalid_moment" });
});

test("commits around a moment and their density are counted without flushes", async () => {
  const { db } = hosted;
  const middle = known[4];
  const around = await world.engine.commits(db, { timeMs: middle?.timeMs ?? 0, before: 3, after: 2 });
  const at = around.findIndex(({ bookmark }) => bookmark === middle?.bookmark);
  expect(at).toBeGreaterThanOrEqual(0);
  expect(around.every(({ bytes }) => bytes > 0)).toBe(true);
  const [fromMs, toMs] = [(known[0]?.timeMs ?? 0) - 1, (known.at(-1)?.timeMs ?? 0) + 1];
  const bars = await world.engine.density(db, { fromMs, toMs, buckets: 7 });
  expect(bars.reduce((sum, { commits }) => sum + commits, 0)).toBe(known.length);
});

test("nobody hides a commit by the message that flushes leave", async () => {
  const { db } = hosted;
  const before = await world.engine.current(db);
  await world.run(
    db,
    `DO $$ BEGIN INSERT INTO t VALUES (500, 'hidden'); PERFORM pg_logical_emit_message(true, '${FLUSH_PREFIX}', ''); END $$`,
  );
  const after = await world.engine.current(db);
  expect(after.txid).toBe(before.txid + 1);
  await world.run(db, "DELETE FROM t WHERE id = 500");
});

test("a mark stands on the commit that deleted a lot, and on the one that dropped the table", async () => {
  const { db } = hosted;
  await world.run(db, "INSERT INTO t SELECT i, 'more' FROM generate_series(1000, 3000) i");
  const before = await world.engine.current(db);
  await world.run(db, "DELETE FROM t WHERE id >= 1000");
  const deleted = await world.engine.current(db);
  await world.run(db, "CREATE TABLE doomed (a int)");
  const between = { fromMs: 0, toMs: 1, limit: 1 };
  await world.engine.marks(db, between);
  await world.run(db, "DROP TABLE doomed");
  const dropped = await world.engine.current(db);
  const { marks } = await world.engine.marks(db, { fromMs: known[0]?.timeMs ?? 0, toMs: Date.now() + 1, limit: 50 });
  const large = marks.find(({ bookmark }) => bookmark === deleted.bookmark);
  expect(large).toMatchObject({ kind: "delete", rows: 2001, table: "t", before: { bookmark: before.bookmark } });
  const last = marks.find(({ bookmark }) => bookmark === dropped.bookmark);
  expect(last).toMatchObject({ kind: "schema", table: "doomed", words: "DROP TABLE doomed" });
  // The control: nobody has seen this one, and no name is made up for it.
  await world.run(db, "CREATE TABLE unseen (a int)");
  await world.run(db, "DROP TABLE unseen");
  const unseen = await world.engine.current(db);
  const again = await world.engine.marks(db, { fromMs: known[0]?.timeMs ?? 0, toMs: Date.now() + 1, limit: 50 });
  expect(again.marks.find(({ bookmark }) => bookmark === unseen.bookmark)).toMatchObject({
    table: null,
    words: "DROP TABLE",
  });
});

test("a segment that is not what was received is named, and what needs it is told as damaged", async () => {
  const { db } = hosted;
  const folders = incarnationFolders(hosted.places.history, 1);
  const superuser = await world.connect(db, "superuser");
  await superuser.query("SELECT pg_switch_wal()");
  await world.run(db, "INSERT INTO t VALUES (9001, 'behind')");
  const late = await world.engine.current(db);
  for (const id of [9002, 9004]) {
    await superuser.query("SELECT pg_switch_wal()");
    await world.run(db, "INSERT INTO t VALUES ($1, 'behind that')", [id]);
    await world.engine.current(db);
  }
  const lsn = `${late.bookmark.slice(9, 17)}${late.bookmark.slice(18, 20)}`;
  const name = `00000001${lsn.slice(0, 8)}000000${lsn.slice(8)}.zst`;
  const isMoved = () =>
    existsSync(path.join(folders.archive, name)) && !existsSync(path.join(folders.wal, name.slice(0, 24)));
  expect(await until(async () => isMoved(), 20_000)).toBe(true);
  const file = openSync(path.join(folders.archive, name), "r+");
  writeSync(file, Buffer.from("not what was received"), 0, 21, 100);
  const plan = world.engine.view(db, { bookmark: late.bookmark }, { sql: "SELECT count(*) FROM t" });
  await expect(plan).rejects.toMatchObject({
    code: "history_damaged",
    message: expect.stringContaining(name.slice(0, 24)),
  });
  const window = await world.engine.window(db);
  expect(window.damaged).toHaveLength(1);
  await expect(world.engine.resolve(db, { bookmark: late.bookmark })).rejects.toMatchObject({
    code: "history_damaged",
  });
  // What lies before it stays, and a base after it brings the newest states back.
  await world.engine.resolve(db, { bookmark: known[2]?.bookmark ?? "" });
  await world.run(db, "INSERT INTO t VALUES (9003, 'a base later')");
  await world.base(db);
  const now = await world.engine.current(db);
  expect(await world.engine.resolve(db, { bookmark: now.bookmark })).toMatchObject({ bookmark: now.bookmark });
});

test("a commit after which nothing came until a base was taken is that base's own state, and the next one goes on from it", async () => {
  const { db } = hosted;
  const before = await world.engine.current(db);
  await world.base(db);
  await world.run(db, "INSERT INTO t VALUES (100)");
  const after = await world.engine.current(db);
  for (const [{ bookmark }, rows] of [
    [before, 0],
    [after, 1],
  ] as const) {
    const { results } = await world.engine.view(db, { bookmark }, { sql: "SELECT a.id FROM t a WHERE a.id = 100" });
    expect(results[0]?.results).toHaveLength(rows);
  }
});
