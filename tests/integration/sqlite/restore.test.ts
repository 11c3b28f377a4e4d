import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { materialise } from "../../../lib/engines/sqlite/restore/materialise.ts";
import { ForeignProgram } from "../../world/foreign-program.ts";
import { quietRun, SqliteWorld, withoutCounters } from "../../world/sqlite-world.ts";

const ROUNDS = Number(process.env.LASTGOOD_TEST_RESTORES ?? 10);

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

/** Runs SQL in a process of its own, as a program that knows nothing of us. */
function runForeign(file: string, sql: string): string {
  const script = `import sqlite3,sys
c=sqlite3.connect(sys.argv[1],timeout=10,isolation_level=None)
for s in sys.argv[2].split(";;"): r=c.execute(s).fetchall()
print(r)`;
  return execFileSync("python3", ["-c", script, file, sql], { encoding: "utf8" }).trim();
}

/** A whole copy of the live database, made by SQLite in a process of its own. */
function copyLive(file: string): Buffer {
  const copy = `${file}.copy`;
  execFileSync("python3", [
    "-c",
    "import sqlite3,sys; a=sqlite3.connect(sys.argv[1]); b=sqlite3.connect(sys.argv[2]); a.backup(b); b.close()",
    file,
    copy,
  ]);
  const image = readFileSync(copy);
  rmSync(copy);
  return withoutCounters(image);
}

function imageAt(db: ProtectedDatabase, txid: number): Buffer {
  const history = openHistory(`${world.capture.paths.history}/${db.id}`);
  const file = world.file(`image-${randomUUID()}.db`);
  try {
    materialise(history, txid, file);
    return withoutCounters(readFileSync(file));
  } finally {
    history.close();
    rmSync(file);
  }
}

const restore = (db: ProtectedDatabase, to: Bookmark, id = randomUUID()) =>
  world.engine.restore(db, id, to, quietRun());

describe("going back", () => {
  test("restores and undos under a foreign writer and reader lose no read, break no sum, and reach what they say", {
    timeout: 180_000,
  }, async () => {
    const file = world.file("ledger.db");
    const writer = new ForeignProgram("money_mover.py", ["write", file]);
    await writer.next();
    const db = await world.attach(file);
    const watchers = [0, 0.01].map(
      (pause) => new ForeignProgram("money_mover.py", ["watch", file, "--pause", `${pause}`]),
    );
    for (const watcher of watchers) await watcher.next();
    const reached: { target: number; restored: number }[] = [];
    let undo: Bookmark | null = null;
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(150);
      const { oldest, newest } = await world.engine.window(db);
      const span = (newest?.timeMs ?? 0) - (oldest?.timeMs ?? 0);
      const atMs: number = (oldest?.timeMs ?? 0) + Math.floor((span * ((round * 7) % 19)) / 19);
      const to: Bookmark = undo ?? (await world.engine.resolve(db, { timestampMs: atMs })).bookmark;
      const target = await world.engine.resolve(db, { bookmark: to });
      const restored = await restore(db, to);
      expect(restored.reached.bookmark).toBe(to);
      const own = await world.engine.resolve(db, { bookmark: restored.restoreBookmark ?? "" });
      const before = await world.engine.resolve(db, { bookmark: restored.previous.bookmark });
      expect(before.txid).toBe(own.txid - 1);
      reached.push({ target: target.txid, restored: own.txid });
      undo = round % 2 === 0 ? restored.previous.bookmark : null;
    }
    const reports = [writer, ...watchers].map((program) =>
      program.end<{ rounds: number; broken: number; errors: string[] }>(),
    );
    for (const report of await Promise.all(reports)) {
      expect(report).toMatchObject({ broken: 0, errors: [] });
      expect(report.rounds).toBeGreaterThan(100);
    }
    expect(runForeign(file, "pragma integrity_check")).toBe("[('ok',)]");
    expect((await world.engine.window(db)).gaps).toEqual([]);
    for (const { target, restored } of reached.filter((_, round) => round % 4 < 2)) {
      expect(imageAt(db, restored).equals(imageAt(db, target))).toBe(true);
    }
  });

  test("a restored file is byte for byte the copy taken at that commit, growing, shrinking and across schema changes", async () => {
    const file = world.file("copies.db");
    runForeign(file, "pragma journal_mode=wal;;create table a(id integer primary key, v blob)");
    const db = await world.attach(file);
    const steps = [
      "insert into a(v) select randomblob(900) from (with recursive r(n) as (select 1 union all select n+1 from r limit 300) select n from r)",
      "create table b(x);;insert into b select v from a",
      "delete from a where id % 2",
      "drop table b;;vacuum",
      "create index i on a(v)",
      "update a set v = randomblob(2000)",
    ];
    const states: { bookmark: Bookmark; copy: Buffer }[] = [];
    for (const sql of steps) {
      runForeign(file, sql);
      const { bookmark } = await world.engine.current(db);
      states.push({ bookmark, copy: copyLive(file) });
    }
    for (const at of [0, 3, 1, 5, 2, 4, 0]) {
      const state = states[at];
      if (!state) throw new Error("a state for each step");
      await restore(db, state.bookmark);
      expect(copyLive(file).equals(state.copy)).toBe(true);
      expect(runForeign(file, "pragma integrity_check")).toBe("[('ok',)]");
    }
  });

  test("the backup way reaches the same state, also while somebody writes", { timeout: 60_000 }, async () => {
    const file = world.file("backup-way.db");
    const writer = new ForeignProgram("money_mover.py", ["write", file, "--pause", "0.02"]);
    await writer.next();
    const db: ProtectedDatabase = { ...(await world.attach(file)), restoreWay: "backup" };
    const { bookmark, txid } = await world.engine.current(db);
    await sleep(300);
    expect(await world.engine.plan(db, bookmark, null)).toMatchObject({ way: "backup" });
    const restored = await restore(db, bookmark);
    const own = await world.engine.resolve(db, { bookmark: restored.restoreBookmark ?? "" });
    expect(await writer.end()).toMatchObject({ broken: 0, errors: [] });
    expect(imageAt(db, own.txid).equals(imageAt(db, txid))).toBe(true);
  });

  test("a restore to the present changes nothing and says so", async () => {
    const file = world.file("present.db");
    runForeign(file, "pragma journal_mode=wal;;create table a(x)");
    const db = await world.attach(file);
    const { bookmark } = await world.engine.current(db);
    expect(await world.engine.plan(db, bookmark, null)).toMatchObject({ commits: 0, pages: 0 });
    expect(await restore(db, bookmark)).toMatchObject({
      restoreBookmark: null,
      pages: 0,
      reached: { bookmark },
      previous: { bookmark },
    });
    expect((await world.engine.current(db)).bookmark).toBe(bookmark);
  });

  test("repeating a restore under its id answers the same and writes nothing again", async () => {
    const file = world.file("repeat.db");
    runForeign(file, "pragma journal_mode=wal;;create table a(x)");
    const db = await world.attach(file);
    const { bookmark } = await world.engine.current(db);
    runForeign(file, "insert into a values(1)");
    const id = randomUUID();
    const first = await restore(db, bookmark, id);
    const after = await world.engine.current(db);
    expect(await restore(db, bookmark, id)).toEqual(first);
    expect((await world.engine.current(db)).bookmark).toBe(after.bookmark);
  });

  test("a cancelled restore leaves everything as it was", async () => {
    const file = world.file("cancelled.db");
    runForeign(file, "pragma journal_mode=wal;;create table a(x)");
    const db = await world.attach(file);
    const { bookmark } = await world.engine.current(db);
    runForeign(file, "insert into a values(1)");
    const run = quietRun();
    run.cancel(new Error("no longer wanted"));
    await expect(world.engine.restore(db, randomUUID(), bookmark, run)).rejects.toThrow("no longer wanted");
    expect(runForeign(file, "select count(*) from a")).toBe("[(1,)]");
    await restore(db, bookmark);
    expect(runForeign(file, "select count(*) from a")).toBe("[(0,)]");
  });

  test.each(["append", "backup"] as const)("a restore by %s that may not go ahead has written nothing", async (way) => {
    const file = world.file(`refused-${way}.db`);
    runForeign(file, "pragma journal_mode=wal;;create table a(x)");
    const db = { ...(await world.attach(file)), restoreWay: way };
    const { bookmark } = await world.engine.current(db);
    runForeign(file, "insert into a values(1)");
    const before = (await world.engine.current(db)).bookmark;
    let asked = 0;
    const goAhead = async () => {
      asked++;
      // As late as can be: by then nobody else can commit, where the lock is ours to take.
      const writing = () => runForeign(file, "pragma busy_timeout=0;;insert into a values(2)");
      if (way === "append") expect(writing).toThrow("locked");
      throw new LastgoodError("metadata_unavailable", "Nobody can tell.");
    };
    const id = randomUUID();
    await expect(world.engine.restore(db, id, bookmark, { ...quietRun(), goAhead })).rejects.toThrow(
      "Nobody can tell.",
    );
    expect(asked).toBe(1);
    expect((await world.engine.current(db)).bookmark).toBe(before);
    await world.engine.restore(db, id, bookmark, quietRun());
    expect(runForeign(file, "select count(*) from a")).toBe("[(0,)]");
  });

  test("a restore waits for a writer's lock, and what is committed meanwhile is not lost", {
    timeout: 60_000,
  }, async () => {
    const file = world.file("locked.db");
    runForeign(file, "pragma journal_mode=wal;;create table a(x)");
    const db = await world.attach(file);
    const { bookmark } = await world.engine.current(db);
    runForeign(file, "insert into a values(1)");
    const script = `import sqlite3,sys,time
c=sqlite3.connect(sys.argv[1],isolation_level=None); c.execute("begin immediate"); c.execute("insert into a values(2)"); time.sleep(3); c.execute("commit")`;
    spawn("python3", ["-c", script, file]);
    await sleep(500);
    const restored = await restore(db, bookmark);
    expect(runForeign(file, "select count(*) from a")).toBe("[(0,)]");
    // What the other one committed meanwhile came before the restore and is not lost.
    await restore(db, restored.previous.bookmark);
    expect(runForeign(file, "select count(*) from a")).toBe("[(2,)]");
  });
});

describe("moments", () => {
  let db: ProtectedDatabase;
  let other: ProtectedDatabase;
  let first: Bookmark;
  beforeAll(async () => {
    const files = ["moments.db", "moments-other.db"].map((name) => world.file(name));
    for (const file of files) runForeign(file, "pragma journal_mode=wal;;create table a(x)");
    db = await world.attach(files[0] ?? "");
    other = await world.attach(files[1] ?? "");
    first = (await world.engine.current(db)).bookmark;
    for (let i = 0; i < 5; i++) runForeign(db.path, "insert into a values(1)");
  });

  test("the same time resolves the same for ever, whatever is written right after", async () => {
    for (let i = 0; i < 10; i++) {
      const atMs = Date.now();
      const found = await world.engine.resolve(db, { timestampMs: atMs });
      runForeign(db.path, "insert into a values(2)");
      await world.engine.current(db);
      expect(await world.engine.resolve(db, { timestampMs: atMs })).toEqual(found);
    }
  });

  test("each wrong moment is refused by name with the nearest valid ones", async () => {
    const refusal = async (at: Parameters<typeof world.engine.resolve>[1], of = db) => {
      try {
        await world.engine.resolve(of, at);
        return null;
      } catch (error) {
        return error as { code: string; details: { nearest?: object } };
      }
    };
    expect(await refusal({ timestampMs: Date.now() + 60_000 })).toMatchObject({ code: "moment_in_future" });
    const before = await refusal({ timestampMs: 1 });
    expect(before).toMatchObject({
      code: "moment_outside_window",
      details: { nearest: { afterMs: expect.any(Number) } },
    });
    expect(await refusal({ bookmark: first }, other)).toMatchObject({ code: "foreign_bookmark" });
    expect(await refusal({ bookmark: "x" })).toMatchObject({ code: "invalid_moment" });
    const forged = `${first.slice(0, -1)}${first.endsWith("0") ? "1" : "0"}`;
    expect(await refusal({ bookmark: forged })).toMatchObject({ code: "invalid_moment" });
    const later = first.replace(/^(.{8})-(.{8})-(.{8})/, "00ffffff-00000000-00ffffff");
    expect(await refusal({ bookmark: later })).toMatchObject({ code: "invalid_moment" });
    expect(await refusal({ bookmark: first })).toBeNull();
  });

  test("plans are bound to database, target and last restore, not to the moving present", async () => {
    const plan = await world.engine.plan(db, first, null);
    runForeign(db.path, "insert into a values(3)");
    await world.engine.current(db);
    const again = await world.engine.plan(db, first, null);
    expect(again.digest).toBe(plan.digest);
    expect(again.commits).toBe((plan.commits ?? Number.NaN) + 1);
    expect((await world.engine.plan(db, first, "another")).digest).not.toBe(plan.digest);
  });
});
