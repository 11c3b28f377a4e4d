import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase, StoredImage } from "../../../lib/engines/engine.ts";
import { quietRun, SqliteWorld, withoutCounters } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

/** Runs SQL in a process of its own, as a program that knows nothing of us. */
function runForeign(file: string, ...statements: string[]): string {
  const script = `import sqlite3,sys
c=sqlite3.connect(sys.argv[1],timeout=10,isolation_level=None)
for s in sys.argv[2:]: r=c.execute(s).fetchall()
print(r)`;
  return execFileSync("python3", ["-c", script, file, ...statements], { encoding: "utf8" }).trim();
}

const fill = (count: number, bytes: number) =>
  `insert into a(v) select randomblob(${bytes}) from (with recursive r(n) as (select 1 union all select n+1 from r limit ${count}) select n from r)`;
const rows = "select count(*), sum(length(v)), total(r) from a";

async function attachFilled(pageSize = 4096): Promise<ProtectedDatabase> {
  const file = world.file(`${randomUUID()}.db`);
  const schema = "create table a(r integer primary key, v blob)";
  runForeign(file, `pragma page_size=${pageSize}`, "pragma journal_mode=wal", schema, fill(300, 900));
  return world.attach(file);
}

/** A state of the history as an image file, as a backup of it would be fetched. */
async function storeImage(db: ProtectedDatabase, at: Bookmark): Promise<StoredImage> {
  const file = path.join(world.capture.paths.temporary, `${randomUUID()}.db`);
  const { bookmark, timeMs } = await world.engine.copies.writeOut(db, at, file, quietRun());
  const bytes = readFileSync(file);
  const pageSizeBytes = bytes.readUInt16BE(16);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return {
    backupId: randomUUID(),
    bookmark,
    timeMs,
    sha256,
    pageSizeBytes,
    pageCount: bytes.length / pageSizeBytes,
    file,
  };
}

const fetched = (image: StoredImage) => ({ ...image, fetch: async () => image });

/** The database as it lies in its file once its log is empty. */
function contentOf(file: string): Buffer {
  runForeign(file, "pragma wal_checkpoint(truncate)");
  return withoutCounters(readFileSync(file));
}

function unmade(): ProtectedDatabase {
  const id = randomUUID();
  const file = path.join(world.capture.paths.hosted, `${id}.db`);
  return { id, name: `copy-${id.slice(0, 4)}`, engine: "sqlite", origin: "hosted", path: file, windowDays: 7 };
}

describe("a backup's image", () => {
  test("is restored over its database as one commit, whose undo brings back what was there", {
    timeout: 60_000,
  }, async () => {
    const db = await attachFilled();
    const then = runForeign(db.path, rows);
    const image = await storeImage(db, (await world.engine.current(db)).bookmark);
    runForeign(db.path, "delete from a where r % 3 = 0", "create table later(x)", fill(500, 700));
    const now = runForeign(db.path, rows);
    const before = await world.engine.current(db);
    const oldest = (await world.engine.window(db)).oldest;
    const restored = await world.engine.images.takeOverImage(db, randomUUID(), fetched(image), quietRun());
    expect(restored.reached).toEqual({ bookmark: image.bookmark, timeMs: image.timeMs });
    expect(restored.previous.bookmark).toBe(before.bookmark);
    expect(runForeign(db.path, rows)).toBe(then);
    expect(runForeign(db.path, "pragma integrity_check")).toBe("[('ok',)]");
    const own = await world.engine.resolve(db, { bookmark: restored.restoreBookmark ?? "" });
    expect(own.txid).toBe(before.txid + 1);
    const window = await world.engine.window(db);
    expect([window.gaps, window.oldest]).toEqual([[], oldest]);
    await world.engine.restore(db, randomUUID(), restored.previous.bookmark, quietRun());
    expect(runForeign(db.path, rows)).toBe(now);
  });

  test("is copied back by SQLite where commits cannot be appended", { timeout: 60_000 }, async () => {
    const db = { ...(await attachFilled()), restoreWay: "backup" } as const;
    const then = runForeign(db.path, rows);
    const image = await storeImage(db, (await world.engine.current(db)).bookmark);
    const kept = readFileSync(image.file);
    runForeign(db.path, "drop table a", "create table a(r integer primary key, v blob)", fill(2, 10));
    await world.engine.images.takeOverImage(db, randomUUID(), fetched(image), quietRun());
    expect(runForeign(db.path, rows)).toBe(then);
    expect(readFileSync(image.file).equals(kept)).toBe(true);
  });

  test("becomes a database of its own, byte for byte, and stays where it is", { timeout: 60_000 }, async () => {
    const db = await attachFilled();
    const image = await storeImage(db, (await world.engine.current(db)).bookmark);
    const bytes = readFileSync(image.file);
    const target = unmade();
    const order = { image, target, restoreId: randomUUID() };
    const copied = await world.engine.images.copyImage(order, quietRun());
    expect(copied.reached.bookmark).toBe(image.bookmark);
    expect(contentOf(target.path).equals(withoutCounters(bytes))).toBe(true);
    const again = await world.engine.images.copyImage(order, quietRun());
    expect(again.copy.bookmark).toBe(copied.copy.bookmark);
    expect(readFileSync(image.file).equals(bytes)).toBe(true);
    expect(readdirSync(path.join(world.capture.paths.temporary, "restores"))).not.toContain(order.restoreId);
  });

  test("restored twice under one id is one commit", { timeout: 60_000 }, async () => {
    const db = await attachFilled();
    const image = await storeImage(db, (await world.engine.current(db)).bookmark);
    runForeign(db.path, "delete from a");
    const restoreId = randomUUID();
    const once = await world.engine.images.takeOverImage(db, restoreId, fetched(image), quietRun());
    runForeign(db.path, "insert into a(v) values (1)");
    const { txid } = await world.engine.current(db);
    const twice = await world.engine.images.takeOverImage(db, restoreId, fetched(image), quietRun());
    expect(twice.restoreBookmark).toBe(once.restoreBookmark);
    expect((await world.engine.current(db)).txid).toBe(txid);
  });

  test.each([
    ["has lost its last page", (file: string) => truncateSync(file, readFileSync(file).length - 4096)],
    ["is empty", (file: string) => truncateSync(file, 0)],
    ["is something else", (file: string) => writeFileSync(file, Buffer.alloc(8192, "x"))],
  ])("that %s is refused, and nothing is changed", { timeout: 60_000 }, async (_, spoil) => {
    const db = await attachFilled();
    const image = await storeImage(db, (await world.engine.current(db)).bookmark);
    spoil(image.file);
    const before = await world.engine.current(db);
    const restoring = world.engine.images.takeOverImage(db, randomUUID(), fetched(image), quietRun());
    await expect(restoring).rejects.toMatchObject({ code: "storage_damaged" });
    const target = unmade();
    const copying = world.engine.images.copyImage({ image, target, restoreId: randomUUID() }, quietRun());
    await expect(copying).rejects.toMatchObject({ code: "storage_damaged" });
    expect((await world.engine.current(db)).bookmark).toBe(before.bookmark);
    expect(readdirSync(world.capture.paths.hosted)).not.toContain(path.basename(target.path));
  });

  test("of another page size is refused in place, by its plan and at its run, and fits a new database", {
    timeout: 60_000,
  }, async () => {
    const [small, db] = [await attachFilled(1024), await attachFilled()];
    const image = await storeImage(small, (await world.engine.current(small)).bookmark);
    const of = { kind: "project", lastRestoreId: null } as const;
    await expect(world.engine.images.planImage(db, image, of)).rejects.toMatchObject({ code: "conflict" });
    const restoring = world.engine.images.takeOverImage(db, randomUUID(), fetched(image), quietRun());
    await expect(restoring).rejects.toMatchObject({ code: "conflict" });
    const target = unmade();
    await world.engine.images.copyImage({ image, target, restoreId: randomUUID() }, quietRun());
    expect(runForeign(target.path, "select count(*) from a")).toBe("[(300,)]");
  });

  test("is planned from what is known of it: how far it goes back only while the history reaches it", async () => {
    const db = await attachFilled();
    const image = await storeImage(db, (await world.engine.current(db)).bookmark);
    const of = { kind: "project", lastRestoreId: null } as const;
    const { images } = world.engine;
    expect((await images.planImage(db, image, of)).commits).toBe(0);
    runForeign(db.path, "delete from a where r = 1", "delete from a where r = 2");
    await world.engine.current(db);
    const plan = await images.planImage(db, image, of);
    expect(plan).toMatchObject({ commits: 2, way: "append", target: "project", to: { bookmark: image.bookmark } });
    const elsewhere = await attachFilled();
    const foreign = (await world.engine.current(elsewhere)).bookmark;
    expect((await images.planImage(db, { ...image, bookmark: foreign }, of)).commits).toBeNull();
    const digests = [
      plan,
      await images.planImage(db, { ...image, sha256: "0".repeat(64) }, of),
      await images.planImage(db, { ...image, backupId: randomUUID() }, of),
      await images.planImage(db, image, { ...of, lastRestoreId: "another" }),
      await images.planImage(db, image, { ...of, kind: "new_preview" }),
    ].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});
