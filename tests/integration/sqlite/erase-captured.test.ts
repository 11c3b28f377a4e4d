import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { checkCopy } from "../../../lib/storage/copy/check-copy.ts";
import { copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { bringBack, openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { S3Storage } from "../../../lib/storage/s3-storage.ts";
import { filesWith } from "../../world/erase-points.ts";
import { startS3 } from "../../world/s3-server.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";
import { refusalOf } from "./refusal-of.ts";

const PERSON = `Ada Example ${randomUUID()}`;
let world: SqliteWorld;
let app: DatabaseSync;
let db: ProtectedDatabase;
let history: string;
let withPerson: { bookmark: Bookmark };

beforeAll(async () => {
  world = new SqliteWorld();
  const file = world.file("people.db");
  app = new DatabaseSync(file, { timeout: 10_000 });
  app.exec(
    "PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON; CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT)",
  );
  db = await world.attach(file);
  history = path.join(world.capture.paths.history, db.id);
}, 60_000);
afterAll(async () => {
  app.close();
  await world.close();
});

const count = async (at: Bookmark) => {
  const { results } = await world.engine.view(db, { bookmark: at }, { sql: "SELECT count(*) AS n FROM people" });
  return results[0]?.results[0]?.n;
};

test("while an application writes, its history is erased up to a moment, without a gap and without a trace", {
  timeout: 60_000,
}, async () => {
  app.prepare("INSERT INTO people(name) VALUES (?)").run(PERSON);
  withPerson = await world.engine.current(db);
  app.exec("DELETE FROM people");
  const without = await world.engine.current(db);
  let written = 0;
  let isOver = false;
  const writing = (async () => {
    for (; !isOver; await sleep(2)) {
      app.exec(`INSERT INTO people(name) VALUES ('Ben ${written}')`);
      written++;
    }
  })();
  await sleep(300);
  expect(filesWith(history, Buffer.from(PERSON)).length).toBeGreaterThan(0);
  expect(await count(withPerson.bookmark)).toBe(1);
  await world.engine.room.erase(db, { begins: without.bookmark, beforeMs: 0 }, quietRun());
  // A repeat, as after a crash, finds nothing left to do.
  await world.engine.room.erase(db, { begins: without.bookmark, beforeMs: 0 }, quietRun());
  await sleep(300);
  isOver = true;
  await writing;
  expect(filesWith(history, Buffer.from(PERSON))).toEqual([]);
  expect((await refusalOf(world.engine.resolve(db, { bookmark: withPerson.bookmark }))).code).toBe(
    "moment_outside_window",
  );
  expect(await count(without.bookmark)).toBe(0);
  const now = await world.engine.current(db);
  expect(await count(now.bookmark)).toBe(written);
  const { oldest, gaps, damaged } = await world.engine.window(db);
  expect([oldest?.bookmark, gaps, damaged]).toEqual([without.bookmark, [], []]);
  verifyHistory(history);
});

test("the second copy follows: nothing that was shipped before is left in its bucket, in no object", {
  timeout: 60_000,
}, async () => {
  const s3 = await startS3();
  onTestFinished(() => s3.stop());
  const stores = copyStores(new S3Storage(s3.settings), parseKeyRing(randomBytes(32).toString("base64")));
  const name = `Bea Example ${randomUUID()}`;
  app.prepare("INSERT INTO people(name) VALUES (?)").run(name);
  await world.engine.current(db);
  app.prepare("DELETE FROM people WHERE name = ?").run(name);
  app.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const gone = await world.engine.current(db);
  const objects = async () => {
    const keys: string[] = [];
    for await (const { key } of stores.raw.list("files/")) keys.push(key);
    return keys;
  };
  // The agent writes two heads; what neither names goes after a while.
  const ship = async () => {
    const writer = await CopyWriter.open(stores, db.id);
    const about = { id: db.id, name: db.name, engine: db.engine, origin: db.origin, path: db.path, windowDays: 30 };
    for (let whole = 0; whole < 2; ) {
      const shipped = await writer.ship(world.engine.copySource(db).list(), { about, capturedUntilMs: Date.now() });
      if (shipped.isComplete) whole++;
    }
    return writer;
  };
  const copied = async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "erased-copy-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { signal } = new AbortController();
    await bringBack(stores, await openCopy(stores, db.id), folder, { signal, progress() {} });
    return filesWith(folder, Buffer.from(name));
  };
  await ship();
  // The control: until then it is there.
  expect((await copied()).length).toBeGreaterThan(0);
  await world.engine.room.erase(db, { begins: gone.bookmark, beforeMs: gone.timeMs }, quietRun());
  const writer = await ship();
  await checkCopy(await CopyWriter.open(stores, db.id), { sampleBytes: 1e9, nowMs: Date.now() + 7_200_000 });
  const named = new Set([...writer.objects()].map((object) => `files/${db.id}/${object}`));
  expect((await objects()).filter((key) => !named.has(key))).toEqual([]);
  expect(await copied()).toEqual([]);
});

test("also where the history begins later by now, what is older than that goes", { timeout: 60_000 }, async () => {
  const { oldest } = await world.engine.window(db);
  mkdirSync(path.join(history, "damaged-history"));
  writeFileSync(path.join(history, "damaged-history", "old"), PERSON);
  expect(filesWith(history, Buffer.from(PERSON))).toHaveLength(1);
  await world.engine.room.erase(db, { begins: withPerson.bookmark, beforeMs: 0 }, quietRun());
  expect(filesWith(history, Buffer.from(PERSON))).toEqual([]);
  expect((await world.engine.window(db)).oldest).toEqual(oldest);
  verifyHistory(history);
});

test("the reader that starts again after it misses nothing", { timeout: 60_000 }, async () => {
  await world.capture.killReader();
  world.capture.startReader();
  await world.capture.until(db.id, "protected");
  app.exec("INSERT INTO people(name) VALUES ('Cem')");
  const { txid } = await world.capture.flush(db.id);
  expect(txid).toBeGreaterThan(0);
  const status = await world.engine.status(db);
  expect([status.state, status.problem]).toEqual(["protected", null]);
  expect((await world.engine.window(db)).gaps).toEqual([]);
});
