import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { ForeignProgram } from "../../world/foreign-program.ts";
import { quietRun, SqliteWorld, withoutCounters } from "../../world/sqlite-world.ts";

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

/** A whole copy of a live database, made by SQLite in a process of its own. */
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

/** A database that is still to be made. */
function unmade(): ProtectedDatabase {
  const id = randomUUID();
  const file = path.join(world.capture.paths.hosted, `${id}.db`);
  return { id, name: `copy-${id.slice(0, 4)}`, engine: "sqlite", origin: "hosted", path: file, windowDays: 7 };
}

async function copyTo(source: ProtectedDatabase, to: Bookmark, restoreId = randomUUID()) {
  const target = unmade();
  const copied = await world.engine.copies.copy({ source, to, target, restoreId }, quietRun());
  return { target: { ...target, restoreWay: copied.restoreWay }, copied };
}

const rows = "select r, v from a order by r";
const fill = (count: number, bytes: number) =>
  `insert into a(v) select randomblob(${bytes}) from (with recursive r(n) as (select 1 union all select n+1 from r limit ${count}) select n from r)`;

async function attachFilled(name: string): Promise<ProtectedDatabase> {
  const file = world.file(name);
  runForeign(file, `pragma journal_mode=wal;;create table a(r integer primary key, v blob);;${fill(400, 900)}`);
  return world.attach(file);
}

async function hostFilled(): Promise<ProtectedDatabase> {
  const db = await world.host();
  await world.engine.query(db, { sql: "create table a(r integer primary key, v blob)" });
  await world.engine.query(db, { sql: fill(400, 900) });
  return db;
}

describe.each([
  ["attached", () => attachFilled(`${randomUUID()}.db`)],
  ["hosted", hostFilled],
])("a copy of an %s database", (_, make) => {
  test("holds the state of its bookmark byte for byte, accepts queries, and leaves the source as it was", async () => {
    const source = await make();
    const { bookmark } = await world.engine.current(source);
    const then = copyLive(source.path);
    const rowsThen = runForeign(source.path, rows);
    runForeign(source.path, "delete from a where r % 3 = 0;;create table later(x);;vacuum");
    const before = await world.engine.current(source);
    const { target, copied } = await copyTo(source, bookmark);
    expect(copied.reached.bookmark).toBe(bookmark);
    expect(copyLive(target.path).equals(then)).toBe(true);
    expect(runForeign(target.path, rows)).toBe(rowsThen);
    expect((await world.engine.current(source)).bookmark).toBe(before.bookmark);
    const counted = await world.engine.query(target, {
      sql: "select count(*) as n from a; insert into a(v) values(1)",
    });
    expect(counted.results[0]?.results).toEqual([{ n: 400 }]);
    expect(runForeign(source.path, "select count(*) from a")).toBe("[(267,)]");
    expect((await world.engine.window(target)).oldest?.bookmark).toBe(copied.copy.bookmark);
  });

  test("becomes the project's state as one commit, and undo brings back the state before", async () => {
    const project = await make();
    const { target: preview } = await copyTo(project, (await world.engine.current(project)).bookmark);
    runForeign(project.path, "delete from a where r < 100;;insert into a(v) values(zeroblob(5000))");
    await world.engine.query(preview, { sql: "create table rehearsed(x); insert into rehearsed values(42)" });
    await world.engine.query(preview, { sql: "update a set v = randomblob(1000) where r % 7 = 0" });
    await world.engine.query(preview, { sql: fill(600, 700) });
    const to = (await world.engine.current(preview)).bookmark;
    const wanted = copyLive(preview.path);
    const before = await world.engine.current(project);
    const imageBefore = copyLive(project.path);
    const restored = await world.engine.copies.takeOver(project, randomUUID(), { source: preview, to }, quietRun());
    expect(restored.reached.bookmark).toBe(to);
    expect(restored.previous.bookmark).toBe(before.bookmark);
    expect(copyLive(project.path).equals(wanted)).toBe(true);
    expect(runForeign(project.path, "pragma integrity_check")).toBe("[('ok',)]");
    const own = await world.engine.resolve(project, { bookmark: restored.restoreBookmark ?? "" });
    expect(own.txid).toBe(before.txid + 1);
    await world.engine.restore(project, randomUUID(), restored.previous.bookmark, quietRun());
    expect(copyLive(project.path).equals(imageBefore)).toBe(true);
    expect(copyLive(preview.path).equals(wanted)).toBe(true);
    expect((await world.engine.window(project)).gaps).toEqual([]);
  });
});

describe("a cutover", () => {
  test("under a foreign writer and reader loses no read, breaks no sum, and keeps what was written until then", {
    timeout: 90_000,
  }, async () => {
    const file = world.file("busy.db");
    const writer = new ForeignProgram("money_mover.py", ["write", file, "--pause", "0.01"]);
    await writer.next();
    const project = await world.attach(file);
    const watcher = new ForeignProgram("money_mover.py", ["watch", file, "--pause", "0.01"]);
    await watcher.next();
    const { target: preview } = await copyTo(project, (await world.engine.current(project)).bookmark);
    const to = (await world.engine.current(preview)).bookmark;
    const reached: string[] = [];
    for (let round = 0; round < 3; round++) {
      const restored = await world.engine.copies.takeOver(project, randomUUID(), { source: preview, to }, quietRun());
      const own = await world.engine.resolve(project, { bookmark: restored.restoreBookmark ?? "" });
      const before = await world.engine.resolve(project, { bookmark: restored.previous.bookmark });
      expect(before.txid).toBe(own.txid - 1);
      reached.push(restored.reached.bookmark);
    }
    for (const report of await Promise.all([writer, watcher].map((program) => program.end<{ broken: number }>()))) {
      expect(report).toMatchObject({ broken: 0, errors: [] });
    }
    expect(reached).toEqual([to, to, to]);
    expect(runForeign(file, "pragma integrity_check")).toBe("[('ok',)]");
    expect((await world.engine.window(project)).gaps).toEqual([]);
  });

  test("takes over growth, shrinking and another schema, by appending and by SQLite's own backup", {
    timeout: 90_000,
  }, async () => {
    const project = await attachFilled("shapes.db");
    const { target: preview } = await copyTo(project, (await world.engine.current(project)).bookmark);
    const shapes = [
      fill(2000, 900),
      "delete from a where r > 20",
      "vacuum",
      "drop table a; create table b(x primary key)",
    ];
    for (const [i, sql] of shapes.entries()) {
      if (sql === "vacuum") runForeign(preview.path, sql);
      else await world.engine.query(preview, { sql });
      runForeign(project.path, `create table if not exists noise(x);;insert into noise values(randomblob(3000))`);
      const to = (await world.engine.current(preview)).bookmark;
      const way = i % 2 === 0 ? "append" : "backup";
      const written: ProtectedDatabase = { ...project, restoreWay: way };
      const before = copyLive(project.path);
      const restored = await world.engine.copies.takeOver(written, randomUUID(), { source: preview, to }, quietRun());
      expect(copyLive(project.path).equals(copyLive(preview.path)), `${sql} by ${way}`).toBe(true);
      await world.engine.restore(project, randomUUID(), restored.previous.bookmark, quietRun());
      expect(copyLive(project.path).equals(before)).toBe(true);
    }
  });

  test("repeated under its id answers the same and writes nothing again; to another page size it is refused", async () => {
    const project = await hostFilled();
    const { target: preview } = await copyTo(project, (await world.engine.current(project)).bookmark);
    const { bookmark: to } = await world.engine.query(preview, { sql: "delete from a" });
    const id = randomUUID();
    const first = await world.engine.copies.takeOver(project, id, { source: preview, to }, quietRun());
    const after = await world.engine.current(project);
    expect(await world.engine.copies.takeOver(project, id, { source: preview, to }, quietRun())).toEqual(first);
    expect((await world.engine.current(project)).bookmark).toBe(after.bookmark);
    const file = world.file("other-size.db");
    runForeign(file, "pragma page_size=8192;;pragma journal_mode=wal;;create table a(x)");
    const other = await world.attach(file);
    const refused = world.engine.copies.takeOver(other, randomUUID(), { source: preview, to }, quietRun());
    await expect(refused).rejects.toMatchObject({ code: "conflict" });
    expect((await world.engine.current(other)).txid).toBe(1);
  });
});

describe("making a copy", () => {
  test("that is cancelled leaves no file; under its id it is made after all, once", async () => {
    const source = await hostFilled();
    const to = (await world.engine.current(source)).bookmark;
    const target = unmade();
    const request = { source, to, target, restoreId: randomUUID() };
    const run = quietRun();
    run.cancel(new Error("no longer wanted"));
    await expect(world.engine.copies.copy(request, run)).rejects.toThrow("no longer wanted");
    expect(existsSync(target.path)).toBe(false);
    const goAhead = () => Promise.reject(new Error("too late wanted no longer"));
    await expect(world.engine.copies.copy(request, { ...quietRun(), goAhead })).rejects.toThrow("too late");
    const copied = await world.engine.copies.copy(request, quietRun());
    // What a crash between the end and its row leaves: the file is there, and is never written again.
    await world.engine.query(target, { sql: "create table mine(x)" });
    expect((await world.engine.copies.copy(request, quietRun())).copy).toEqual(copied.copy);
    expect(runForeign(target.path, "select count(*) from mine")).toBe("[(0,)]");
  });

  test("from a history whose page does not read back is refused, and nothing has its name", async () => {
    const source = await hostFilled();
    const { bookmark } = await world.engine.current(source);
    const directory = path.join(world.capture.paths.history, source.id);
    for (const name of readdirSync(directory).filter((one) => /^(base-.*|mirror)\.db$/.test(one))) {
      const file = path.join(directory, name);
      const bytes = readFileSync(file);
      bytes.fill(0x5a, Math.min(bytes.length, 2 * 4096) - 100, Math.min(bytes.length, 2 * 4096));
      chmodSync(file, 0o600);
      writeFileSync(file, bytes);
    }
    const target = unmade();
    const copy = world.engine.copies.copy({ source, to: bookmark, target, restoreId: randomUUID() }, quietRun());
    await expect(copy).rejects.toMatchObject({ code: "history_damaged" });
    expect(existsSync(target.path)).toBe(false);
  });
});
