import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QueryCounters } from "../../../lib/agent/query-counters.ts";
import { ScriptRuns } from "../../../lib/agent/script-runs.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { readScript } from "../../../lib/engines/sqlite/hosted/read-script.ts";
import { splitStatements } from "../../../lib/engines/sqlite/hosted/split-statements.ts";
import { SqliteWorld } from "../../world/sqlite-world.ts";

/** Files of SQL that are run on a hosted database: read bit by bit, one transaction each, begun once. */
let world: SqliteWorld;
let db: ProtectedDatabase;
const folder = mkdtempSync(path.join(tmpdir(), "script-files-"));
const counts = new QueryCounters(path.join(folder, "query-counts.json"), pino({ level: "silent" }));

beforeAll(async () => {
  world = new SqliteWorld();
  db = await world.host();
  await world.engine.query(db, {
    sql: "CREATE TABLE t(a); CREATE TABLE child(of REFERENCES parent(id)); CREATE TABLE parent(id PRIMARY KEY)",
  });
}, 60_000);
afterAll(async () => {
  counts.end();
  rmSync(folder, { recursive: true, force: true });
  await world.close();
});

const write = (sql: string | Uint8Array) => {
  const file = path.join(folder, `${randomUUID()}.sql`);
  writeFileSync(file, sql);
  return file;
};
const count = async (table = "t") =>
  (await world.engine.query(db, { sql: `SELECT count(*) AS n FROM ${table}` })).results[0]?.results[0]?.n;

describe("a file of SQL", () => {
  test("is split where its statements end, however it is cut into pieces", () => {
    const piece = fc.constantFrom(
      "SELECT 1",
      ";",
      "; ",
      "'a;b'",
      "''",
      '"c;d"',
      "[e;f]",
      "`g;h`",
      "-- i;j\n",
      "/* k;l */",
      "/",
      "*",
      "-",
      "\n",
      "é𝄞",
      "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;",
      "CREATE TEMP TRIGGER",
      "END",
      "EXPLAIN",
      "'",
      "--",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.integer({ min: 1, max: 9 }), (pieces, chunkBytes) => {
        const text = pieces.join(" ");
        const isWhole = (sql: string) => !/^(begin|commit|end)\s*;?$/i.test(sql);
        const expected = splitStatements(text).filter(({ sql }) => isWhole(sql));
        const read = [...readScript(write(text), chunkBytes)].filter(({ sql }) => isWhole(sql));
        expect(read).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("takes place as a whole, and says how much it was", async () => {
    const before = await world.engine.current(db);
    const file = write("INSERT INTO t VALUES (1);\nINSERT INTO t SELECT a + 1 FROM t;\nSELECT a FROM t;");
    const ran = await world.engine.runScript(db, file);
    expect(ran).toMatchObject({ statements: 3, meta: { rowsWritten: 2, rowsRead: 2, changedDb: true } });
    const after = await world.engine.current(db);
    expect([ran.bookmark, after.txid]).toEqual([after.bookmark, before.txid + 1]);
    expect(await count()).toBe(2);
  });

  test("takes place not at all where one of its statements fails, is no SQL, or leaves a reference open", async () => {
    const before = await world.engine.current(db);
    const attempts: [string | Uint8Array, RegExp][] = [
      ["INSERT INTO t VALUES (3); INSERT INTO nope VALUES (1)", /no such table: nope/],
      ["INSERT INTO t VALUES (3); ATTACH 'x' AS y", /may not use/],
      ["INSERT INTO child VALUES (1); INSERT INTO t VALUES (3)", /FOREIGN KEY constraint failed/],
      [new Uint8Array([0x49, 0xff, 0xfe]), /no text in UTF-8/],
      ["BEGIN; INSERT INTO t VALUES (3); COMMIT; INSERT INTO t VALUES (4)", /one transaction/],
    ];
    for (const [sql, words] of attempts) await expect(world.engine.runScript(db, write(sql))).rejects.toThrow(words);
    expect((await world.engine.current(db)).bookmark).toBe(before.bookmark);
  });

  test("may stand between BEGIN and COMMIT, and name what it refers to later", async () => {
    const dump =
      "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nINSERT INTO child VALUES (7);\nINSERT INTO parent VALUES (7);\nCOMMIT;\n";
    await world.engine.runScript(db, write(dump));
    expect(await count("child")).toBe(1);
  });

  test("is run once, however often that is asked for, and is not known to the agent's next run", async () => {
    const { uploads } = world.capture.paths;
    const runs = new ScriptRuns(uploads, () => world.engine, counts);
    const uploadId = randomUUID();
    const sql = "INSERT INTO t VALUES ('once')";
    const md5 = createHash("md5").update(sql).digest("hex");
    writeFileSync(path.join(uploads, `${uploadId}.upload`), sql);
    const before = Number(await count());
    const twice = await Promise.all([1, 2].map(() => runs.begin(db, { uploadId, md5 }, 30_000)));
    expect(twice.map(({ ended }) => ended?.ok)).toEqual([true, true]);
    expect((await runs.follow(db.id, twice[0]?.atBookmark ?? "", 0)).ended).toEqual(twice[0]?.ended);
    expect(await count()).toBe(before + 1);
    expect(existsSync(path.join(uploads, `${uploadId}.upload`))).toBe(false);
    const next = new ScriptRuns(uploads, () => world.engine, counts);
    await expect(next.begin(db, { uploadId, md5 }, 0)).rejects.toThrow(/not there any more/);
    await expect(next.follow(db.id, twice[0]?.atBookmark ?? "", 0)).rejects.toThrow(/not known.*started anew/);
  });

  test("is counted like other queries: once, by what its statements are there for", async () => {
    const { uploads } = world.capture.paths;
    const runs = new ScriptRuns(uploads, () => world.engine, counts);
    const begin = async (sql: string) => {
      const uploadId = randomUUID();
      writeFileSync(path.join(uploads, `${uploadId}.upload`), sql);
      const order = { uploadId, md5: createHash("md5").update(sql).digest("hex") };
      return [await runs.begin(db, order, 30_000), await runs.begin(db, order, 30_000)];
    };
    const read = () => counts.read(db.id, Date.now(), Date.now());
    const before = read();
    await begin(
      "PRAGMA foreign_keys=OFF; INSERT INTO t VALUES ('p'), ('q') RETURNING a; SELECT 1; UPDATE t SET a = 'r' WHERE a = 'p'",
    );
    const after = read();
    expect(after).toEqual({
      readQueries: before.readQueries + 2,
      writeQueries: before.writeQueries + 2,
      rowsRead: before.rowsRead + 3,
      rowsWritten: before.rowsWritten + 3,
    });
    await begin("INSERT INTO t VALUES ('s'); INSERT INTO nope VALUES (1)");
    expect(read()).toEqual(after);
  });

  test("of other bytes than were announced is not run", async () => {
    const { uploads } = world.capture.paths;
    const runs = new ScriptRuns(uploads, () => world.engine, counts);
    const uploadId = randomUUID();
    writeFileSync(path.join(uploads, `${uploadId}.upload`), "INSERT INTO t VALUES ('x')");
    const before = await count();
    const { ended } = await runs.begin(db, { uploadId, md5: "0".repeat(32) }, 30_000);
    expect(ended).toMatchObject({ ok: false, error: { code: "invalid_input" } });
    expect(await count()).toBe(before);
  });
});

describe("a database that is written as SQL", () => {
  test("comes from its history: the moment that was asked for, not what is there by now", async () => {
    const { bookmark } = await world.engine.current(db);
    await world.engine.query(db, { sql: "CREATE TABLE later(x)" });
    const file = path.join(folder, "dump.sql");
    const options = { schema: true, data: true, tables: [] };
    const run = { signal: new AbortController().signal, progress: () => undefined };
    const written = await world.engine.copies.writeSqlText(db, bookmark, file, options, run);
    expect(written.bookmark).toBe(bookmark);
    const texts = [...readScript(file)].map(({ sql }) => sql);
    expect(texts.some((sql) => sql.startsWith("CREATE TABLE t(a)"))).toBe(true);
    expect(texts.join()).not.toContain("later");
    const copy = await world.host("copy");
    await world.engine.runScript(copy, file);
    const rows = async (of: ProtectedDatabase) =>
      (await world.engine.query(of, { sql: "SELECT * FROM t" })).results[0]?.results;
    expect(await rows(copy)).toEqual(await rows(db));
  });
});
