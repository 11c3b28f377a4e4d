import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { splitStatements } from "../../../lib/engines/sqlite/hosted/split-statements.ts";
import { writeSqlText } from "../../../lib/engines/sqlite/sql-text/write-sql-text.ts";

/** A database written as SQL and read back is the same one: by SQLite here, and by the sqlite3 program where there is one. */
const folder = mkdtempSync(path.join(tmpdir(), "sql-text-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ALL = { schema: true, data: true, tables: [] };
const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

function dump(connection: DatabaseSync, options: Parameters<typeof writeSqlText>[1] = ALL): string {
  const parts: string[] = [];
  writeSqlText(connection, options, (text) => parts.push(text));
  return parts.join("");
}

function load(sql: string): DatabaseSync {
  const connection = new DatabaseSync(":memory:", { enableDoubleQuotedStringLiterals: true });
  connection.exec(`BEGIN; ${sql}; COMMIT`);
  return connection;
}

/** Everything that is in a database: what was made, and each row with its number, types and bytes. */
function contentOf(connection: DatabaseSync): unknown {
  const schema = connection
    .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
    .all();
  const tables = connection.prepare("PRAGMA main.table_list").all() as { name: string; type: string; wr: number }[];
  const rows = tables
    .filter(
      ({ name, type }) =>
        (type === "table" || type === "virtual") && (!/^sqlite_/.test(name) || name === "sqlite_sequence"),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, wr }) => {
      const columns = connection.prepare(`PRAGMA main.table_xinfo(${quote(name)})`).all() as {
        name: string;
        hidden: number;
      }[];
      const shown = columns.filter(({ hidden }) => hidden !== 1).map((column) => quote(column.name));
      const taken = columns.map((column) => column.name.toLowerCase());
      const rowid = ["rowid", "_rowid_", "oid"].find((one) => !taken.includes(one));
      const number = wr === 0 && name !== "sqlite_sequence" && rowid && type === "table" ? [rowid] : [];
      const exact = shown.flatMap((one) => [`typeof(${one})`, `hex(CAST(${one} AS BLOB))`, `quote(${one})`]);
      const all = connection.prepare(`SELECT ${[...number, ...exact].join(", ")} FROM ${quote(name)}`);
      all.setReturnArrays(true);
      all.setReadBigInts(true);
      return [name, (all.all() as unknown as unknown[][]).map(String).sort()];
    });
  return { schema, rows, version: connection.prepare("PRAGMA user_version").get() };
}

const sqliteProgram = (() => {
  try {
    execFileSync("sqlite3", ["--version"]);
    return true;
  } catch {
    return false;
  }
})();

const text = fc.string({
  unit: fc.constantFrom("a", "é", "'", '"', "\n", "\r", "\0", "\ufeff", "𝄞", ";", "-", "/", "*", "\\", "%"),
});
const value = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n),
  fc.double({ noNaN: true }),
  text,
  fc.uint8Array({ maxLength: 12 }),
);
const columnName = fc.constantFrom("a", "rowid", "oid", "_rowid_", "b c", 'q"uote', "select", "é", "d;--");
const table = fc.record({
  columns: fc.uniqueArray(columnName, { minLength: 1, maxLength: 4 }),
  types: fc.array(fc.constantFrom("", "INTEGER", "REAL", "TEXT", "BLOB", "NUMERIC"), { minLength: 4, maxLength: 4 }),
  kind: fc.constantFrom("plain", "alias", "counted", "keyed", "generated"),
  rows: fc.array(fc.array(value, { minLength: 4, maxLength: 4 }), { maxLength: 6 }),
  gone: fc.array(fc.nat(6), { maxLength: 3 }),
});

type Table = { columns: string[]; types: string[]; kind: string; rows: unknown[][]; gone: number[] };

function build(tables: readonly Table[]) {
  const connection = new DatabaseSync(":memory:");
  tables.forEach(({ columns, types, kind, rows, gone }, i) => {
    const name = quote(`t ${i} "x"`);
    const parts = columns.map((column, at) => `${quote(column)} ${types[at]}`);
    if (kind === "alias" || kind === "keyed") parts.push('"own" INTEGER PRIMARY KEY');
    if (kind === "counted") parts.push('"own" INTEGER PRIMARY KEY AUTOINCREMENT');
    if (kind === "generated") parts.push(`"made" AS (typeof(${quote(columns[0] ?? "")})) STORED`);
    connection.exec(`CREATE TABLE ${name} (${parts.join(", ")})${kind === "keyed" ? " WITHOUT ROWID" : ""}`);
    rows.forEach((row, at) => {
      const names = [...columns, ...(kind === "keyed" ? ["own"] : [])].map(quote).join(",");
      const places = [...columns.map(() => "?"), ...(kind === "keyed" ? [`${at}`] : [])].join(",");
      const values = row.slice(0, columns.length) as (null | bigint | number | string | Uint8Array)[];
      connection.prepare(`INSERT INTO ${name} (${names}) VALUES (${places})`).run(...values);
    });
    const key =
      kind === "plain" || kind === "generated"
        ? ["rowid", "_rowid_", "oid"].find((one) => !columns.includes(one))
        : '"own"';
    for (const one of gone) if (key) connection.exec(`DELETE FROM ${name} WHERE ${key} = ${one}`);
  });
  return connection;
}

describe("a database as SQL", () => {
  test("reads back as the same tables, numbers of rows, types and bytes", () => {
    fc.assert(
      fc.property(fc.array(table, { minLength: 1, maxLength: 3 }), (tables) => {
        const before = build(tables);
        const after = load(dump(before));
        expect(contentOf(after)).toEqual(contentOf(before));
      }),
      { numRuns: 300 },
    );
  });

  test("keeps text that is none, values at the edges, indexes, views, triggers, full text and areas", () => {
    const before = new DatabaseSync(":memory:");
    before.exec(RICH);
    const sql = dump(before);
    const after = load(sql);
    expect(contentOf(after)).toEqual(contentOf(before));
    expect(after.prepare("SELECT title FROM notes WHERE notes MATCH 'quick'").all()).toEqual([{ title: "one" }]);
    expect(after.prepare("SELECT rowid FROM found WHERE found MATCH 'second'").all()).toEqual([{ rowid: 7 }]);
    after.exec("INSERT INTO documents VALUES (9, 'a third')");
    expect(after.prepare("SELECT rowid FROM found WHERE found MATCH 'third'").all()).toEqual([{ rowid: 9 }]);
    expect(after.prepare("SELECT count(*) AS n FROM log").get()).toEqual({ n: 3 });
    expect(splitStatements(sql).some(({ firstWord }) => firstWord === "begin")).toBe(false);
  });

  test.runIf(sqliteProgram)("is read by the sqlite3 program", () => {
    const before = new DatabaseSync(":memory:");
    before.exec(RICH.replaceAll(/-- not for it\n.*\n/g, ""));
    const [file, copy] = [path.join(folder, "dump.sql"), path.join(folder, "copy.db")];
    writeFileSync(file, dump(before));
    execFileSync("sqlite3", ["-bail", copy, `.read ${file}`]);
    const after = new DatabaseSync(copy);
    expect(contentOf(after)).toEqual(contentOf(before));
  });

  test("holds the schema, the rows or the tables that were asked for", () => {
    const before = new DatabaseSync(":memory:");
    before.exec(
      "CREATE TABLE a(x); CREATE INDEX ax ON a(x); CREATE TABLE b(y); INSERT INTO a VALUES (1); INSERT INTO b VALUES (2); CREATE VIEW v AS SELECT 1",
    );
    expect(dump(before, { ...ALL, data: false })).not.toContain("INSERT");
    expect(dump(before, { ...ALL, schema: false })).not.toContain("CREATE");
    const only = dump(before, { ...ALL, tables: ["A"] });
    expect(only).toContain('INSERT INTO "a"("x") VALUES(1);');
    expect(only).toContain("CREATE INDEX ax");
    expect(only).not.toMatch(/"b"|VIEW/);
    expect(() => dump(before, { ...ALL, tables: ["nope"] })).toThrow(/There is no table nope/);
  });

  test("is refused where a full-text table keeps no text to write", () => {
    const before = new DatabaseSync(":memory:");
    before.exec("CREATE VIRTUAL TABLE f USING fts5(x, content=''); CREATE TABLE t(a)");
    expect(() => dump(before)).toThrow(/keeps no text/);
    before.exec('CREATE VIRTUAL TABLE g USING fts5(x, content=""); DROP TABLE f');
    expect(() => dump(before)).toThrow(/keeps no text/);
  });
});

const RICH = `
PRAGMA user_version = 7;
CREATE TABLE documents(id INTEGER PRIMARY KEY, body TEXT);
CREATE VIRTUAL TABLE found USING fts5(body, content='documents', content_rowid=id);
CREATE TRIGGER spread AFTER INSERT ON documents BEGIN INSERT INTO found(rowid, body) VALUES (new.id, new.body); END;
INSERT INTO documents VALUES (3, 'the first one'), (7, 'the second one');
CREATE VIRTUAL TABLE notes USING fts5(title, content);
INSERT INTO notes(rowid, title, content) VALUES (5, 'one', 'a quick fox'), (9, 'two', 'isn''t');
CREATE VIRTUAL TABLE terms USING fts5vocab(notes, row);
CREATE VIRTUAL TABLE areas USING rtree(id, x0, x1, +label);
INSERT INTO areas VALUES (1, 0.1, 2.5, 'here'), (2, -3e20, 3e20, NULL);
CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, at, what TEXT);
INSERT INTO log(at) VALUES (1), (2), (3);
DELETE FROM log WHERE id = 2;
CREATE TABLE gone(id INTEGER PRIMARY KEY AUTOINCREMENT);
INSERT INTO gone VALUES (41);
DELETE FROM gone;
CREATE TRIGGER logged AFTER UPDATE ON documents BEGIN INSERT INTO log(what) VALUES ('semicolon; END;'); END;
UPDATE documents SET body = 'the second one' WHERE id = 7;
CREATE TABLE parent(id PRIMARY KEY, next REFERENCES parent(id));
INSERT INTO parent VALUES ('a', 'b'), ('b', 'a');
CREATE TABLE "odd ""name"""("x y" CHECK ("x y" <> 5), [select] DEFAULT 'it''s');
INSERT INTO "odd ""name""" VALUES (CAST(X'ff00fe' AS TEXT), 'line
break'), (9e999, -9e999), (-9223372036854775808, 1e300), (0.1, 5e-324), (X'', '');
CREATE UNIQUE INDEX "an index" ON log(at) WHERE at > 1;
CREATE INDEX expressed ON documents(lower(body));
CREATE VIEW shown AS SELECT id, body FROM documents;
CREATE TRIGGER through INSTEAD OF INSERT ON shown BEGIN INSERT INTO documents VALUES (new.id, new.body); END;
CREATE TABLE strictly(a ANY, b INT) STRICT;
INSERT INTO strictly VALUES ('1', 1), (1, 2), (1.0, 3);
`;
