import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import type { DocumentRestored } from "../../../lib/engines/engine-documents.ts";
import { readBody } from "../../../lib/storage/storage.ts";
import { runSqlElsewhere } from "../../world/sql-elsewhere.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

async function open(name: string, sql: string): Promise<ProtectedDatabase> {
  const file = world.file(`${name}.db`);
  await runSqlElsewhere(file, `PRAGMA journal_mode = wal; ${sql}`);
  return world.attach(file);
}

const sql = (db: ProtectedDatabase, text: string) => runSqlElsewhere(db.path, text);
const query = (db: ProtectedDatabase, text: string) => runSqlElsewhere(db.path, "", text);
const dump = async (db: ProtectedDatabase) => JSON.stringify(await query(db, ":dump"));

/** Writes the document of now into a file and answers its path. */
async function write(db: ProtectedDatabase, excludeTables: string[] = []): Promise<string> {
  const { bookmark } = await world.engine.current(db);
  const options = { excludeTables, schema: null };
  const written = await world.engine.documents.write(db, bookmark, options, quietRun());
  const file = world.file(`${randomUUID()}.json`);
  writeFileSync(file, await readBody(written.body));
  return file;
}

const restore = (db: ProtectedDatabase, file: string, id = randomUUID()): Promise<DocumentRestored> =>
  world.engine.documents.restore(db, id, async () => file, quietRun());

/** Each kind of table, with values that are easily spoilt on their way. */
const KINDS = `
  CREATE TABLE numbered (id INTEGER PRIMARY KEY, a, b);
  INSERT INTO numbered VALUES (9223372036854775807, 9007199254740993, 1.0), (-9223372036854775808, 1e308, 0.1),
    (3, CAST(x'610062' AS TEXT), x'00ff'), (4, CAST(x'ff41' AS TEXT), -0.0), (5, NULL, 9e999), (6, 'x', '1'), (7, 'null', '\ufffd');
  CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, b NOT NULL);
  INSERT INTO counted (a, b) VALUES ('x', 1), ('y', 2), ('z', 3); DELETE FROM counted WHERE a = 'z';
  CREATE TABLE keyless (a TEXT, b INTEGER); CREATE INDEX i ON keyless (b DESC);
  INSERT INTO keyless VALUES ('x', 1), ('x', 1), (NULL, NULL), ('y', 2); DELETE FROM keyless WHERE rowid = 1;
  CREATE TABLE keyed (b TEXT COLLATE NOCASE, n INTEGER, a, PRIMARY KEY (n DESC, b)) WITHOUT ROWID;
  INSERT INTO keyed VALUES ('x', 1, 'one'), ('Y', 9007199254740993, x'00'), ('y', 2, zeroblob(9000));
  CREATE TABLE strict (id INTEGER PRIMARY KEY, a TEXT, b ANY, c INT AS (length(a)) STORED, d TEXT AS (upper(a))) STRICT;
  CREATE UNIQUE INDEX u ON strict (c, a);
  INSERT INTO strict (id, a, b) VALUES (1, 'one', 1), (2, 'two', '2'), (3, 'three', x'03');
  CREATE TABLE "hidden rowid" ("rowid" TEXT, "__proto__" TEXT, "_rowid_" INT, "oid" BLOB);
  INSERT INTO "hidden rowid" VALUES ('x', 'a', 1, 1.5), ('y', 'b', 2, NULL), ('y', 'b', 2, NULL);
  CREATE TABLE "x"") VALUES (1);--
" ("" TEXT, "constructor" INT); INSERT INTO "x"") VALUES (1);--
" VALUES ('', 1), ('é', 2);
  CREATE TABLE empty (a)`;
const TABLES = ["numbered", "counted", "keyless", "keyed", "strict", "hidden rowid", 'x"") VALUES (1);--\n', "empty"];

describe("a document put back", () => {
  test("brings every kind of table back exactly, as one commit that can be undone", async () => {
    const db = await open("kinds", KINDS);
    const whole = await dump(db);
    const file = await write(db);
    await sql(db, TABLES.map((name) => `DELETE FROM "${name}"`).join("; "));
    await sql(db, "INSERT INTO empty VALUES (1); INSERT INTO keyless VALUES ('other', 5)");
    const changed = await dump(db);
    const before = await world.engine.current(db);
    const done = await restore(db, file);
    expect(await dump(db)).toBe(whole);
    expect(done.replaced.rows).toBe(23);
    expect(done.previous.bookmark).toBe(before.bookmark);
    expect(done.restoreBookmark).toBe((await world.engine.current(db)).bookmark);
    await world.engine.restore(db, randomUUID(), done.previous.bookmark, quietRun());
    expect(await dump(db)).toBe(changed);
  });
});
