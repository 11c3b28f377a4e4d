import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
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
