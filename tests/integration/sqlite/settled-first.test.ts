import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { ProtectedDatabase, StoredImage } from "../../../lib/engines/engine.ts";
import { readBody, storageUnavailable } from "../../../lib/storage/storage.ts";
import { runAndDie } from "../../crash/points/run-and-die.ts";
import { runSqlElsewhere } from "../../world/sql-elsewhere.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

const rowsOf = (db: ProtectedDatabase) => runSqlElsewhere(db.path, "", "SELECT * FROM t ORDER BY a");
const isGone = async () => {
  throw storageUnavailable("Reading the backup", new Error("the store is down"));
};

/** A database that has moved on since a backup of it was made. */
async function movedOn(restoreWay: "append" | "backup" = "append") {
  const file = world.file(`${randomUUID()}.db`);
  await runSqlElsewhere(
    file,
    "PRAGMA journal_mode = wal; CREATE TABLE t (a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 'then')",
  );
  const db = { ...(await world.attach(file)), restoreWay } as const;
  const { bookmark, timeMs } = await world.engine.current(db);
  const stored = path.join(world.capture.paths.temporary, `${randomUUID()}.db`);
  await world.engine.copies.writeOut(db, bookmark, stored, quietRun());
  const bytes = readFileSync(stored);
  const pageSizeBytes = bytes.readUInt16BE(16);
  const pageCount = bytes.length / pageSizeBytes;
  const image: StoredImage = { backupId: "b", bookmark, timeMs, sha256: "", pageSizeBytes, pageCount, file: stored };
  const written = await world.engine.documents.write(db, bookmark, { excludeTables: [], schema: null }, quietRun());
  const document = world.file(`${randomUUID()}.json`);
  writeFileSync(document, await readBody(written.body));
  await runSqlElsewhere(db.path, "UPDATE t SET b = 'now'; INSERT INTO t VALUES (2, 'now')");
  return { db, image, document, now: await world.engine.current(db) };
}

type Moved = Awaited<ReturnType<typeof movedOn>>;

const WAYS = {
  image: {
    die: ({ db, image }: Moved, restoreId: string, point: string) =>
      runAndDie("restore-image-once.ts", { data: world.capture.data, db, restoreId, image }, [{ point, nth: 1 }]),
    repeat: ({ db, image }: Moved, restoreId: string) =>
      world.engine.images.takeOverImage(db, restoreId, { ...image, fetch: isGone }, quietRun()),
    committed: "restore.applied",
    begun: "restore.attempt-written",
  },
  document: {
    die: ({ db, document }: Moved, restoreId: string, point: string) =>
      runAndDie("restore-document-once.ts", { data: world.capture.data, db, restoreId, file: document }, [
        { point, nth: 1 },
      ]),
    repeat: ({ db }: Moved, restoreId: string) => world.engine.documents.restore(db, restoreId, isGone, quietRun()),
    committed: "onecommit.commit-told",
    begun: "onecommit.attempt-written",
  },
};

describe.each(Object.entries(WAYS))(
  "a restore from a backup, an %s, whose first try died",
  (_, { die, repeat, committed, begun }) => {
    test("behind its commit is done, though the backup cannot be read any more", { timeout: 60_000 }, async () => {
      const moved = await movedOn();
      const restoreId = randomUUID();
      expect(await die(moved, restoreId, committed)).toMatchObject({ died: 1 });
      const done = await repeat(moved, restoreId);
      expect(await rowsOf(moved.db)).toEqual([[1, "then"]]);
      expect(done.previous.bookmark).toBe(moved.now.bookmark);
      expect(done.restoreBookmark).toBe((await world.engine.current(moved.db)).bookmark);
      expect(await repeat(moved, restoreId)).toEqual(done);
    });

    test("before its commit says why it cannot go on, and nothing was changed", { timeout: 60_000 }, async () => {
      const moved = await movedOn();
      const restoreId = randomUUID();
      expect(await die(moved, restoreId, begun)).toMatchObject({ died: 1 });
      await expect(repeat(moved, restoreId)).rejects.toMatchObject({ code: "storage_unavailable" });
      expect(await world.engine.current(moved.db)).toEqual(moved.now);
    });
  },
);

test("where only the backup could tell what became of the first try, and it is gone, nobody says that nothing was changed", {
  timeout: 60_000,
}, async () => {
  const moved = await movedOn("backup");
  const restoreId = randomUUID();
  const { die, repeat } = WAYS.image;
  expect(await die(moved, restoreId, "restore.copied-back")).toMatchObject({ died: 1 });
  const failure = await repeat(moved, restoreId).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LastgoodError);
  expect(failure).toMatchObject({
    code: "restore_failed",
    message: expect.stringContaining("the store is down"),
    details: { outcome: "unknown" },
  });
  const fetch = async () => moved.image;
  const done = await world.engine.images.takeOverImage(moved.db, restoreId, { ...moved.image, fetch }, quietRun());
  expect(done.restoreBookmark).toBe((await world.engine.current(moved.db)).bookmark);
  expect(await rowsOf(moved.db)).toEqual([[1, "then"]]);
});
