import type { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import type { SqlTextOptions } from "../../engine.ts";
import { type DumpedTable, findDumpedTables, isInternal } from "./dumped-tables.ts";
import { quoteName, quoteText, type TextEncoding, textLiteral, valueLiteral } from "./sql-literal.ts";

type Write = (text: string) => void;
type Value = null | number | bigint | Uint8Array;
type Entry = { type: string; tbl_name: string; sql: string };

/**
 * Writes a database as statements that SQLite reads back to the same tables, rows, indexes, views and triggers: values to the
 * bit, numbers of rows where they matter. One transaction is enough: nothing in it begins or ends one. Indexes, views and
 * triggers come last, so that triggers do not run for the rows.
 */
export function writeSqlText(connection: DatabaseSync, { schema, data, tables: wanted }: SqlTextOptions, write: Write) {
  const tables = chooseTables(findDumpedTables(connection), wanted);
  write("PRAGMA defer_foreign_keys=TRUE;\n");
  const version = connection.prepare("PRAGMA user_version").get()?.user_version;
  if (schema && wanted.length === 0 && version !== 0) write(`PRAGMA user_version=${Number(version)};\n`);
  // All tables first: a row that refers to a table that is not there yet would be refused.
  if (schema) for (const { sql } of tables) write(`${sql};\n`);
  if (data) for (const table of tables) writeRows(connection, table, write);
  if (data) writeSequences(connection, tables, write);
  if (schema) writeOthers(connection, tables, wanted.length === 0, write);
}

function chooseTables(all: DumpedTable[], wanted: readonly string[]): DumpedTable[] {
  if (wanted.length === 0) return all;
  const names = new Set(wanted.map((name) => name.toLowerCase()));
  const chosen = all.filter(({ name }) => names.delete(name.toLowerCase()));
  const [absent] = names;
  if (absent === undefined) return chosen;
  throw new LastgoodError("invalid_input", `There is no table ${absent.slice(0, 64)}.`, {
    field: "tables",
    hint: "Check the name; views are part of an export of all tables.",
  });
}

function writeRows(connection: DatabaseSync, { name, columns, rebuild }: DumpedTable, write: Write): void {
  if (rebuild !== null) write(`${rebuild};\n`);
  if (columns.length === 0) return;
  const names = columns.map(quoteName);
  // A text is read as its bytes: those that are no text would not survive becoming one here.
  const values = names.map(
    (column) => `CASE WHEN typeof(${column})='text' THEN CAST(${column} AS BLOB) ELSE ${column} END`,
  );
  const areTexts = names.map((column) => `typeof(${column})='text'`);
  const encoding = connection.prepare("PRAGMA encoding").get()?.encoding as TextEncoding;
  const statement = connection.prepare(`SELECT ${[...values, ...areTexts].join(", ")} FROM ${quoteName(name)}`);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  const into = `INSERT INTO ${quoteName(name)}(${names.join(",")}) VALUES(`;
  for (const row of statement.iterate() as Iterable<unknown>) {
    const read = row as Value[];
    const literals = columns.map((_, i) => {
      const value = read[i] ?? null;
      return read[columns.length + i] === 1n ? textLiteral(value as Uint8Array, encoding) : valueLiteral(value);
    });
    write(`${into}${literals.join(",")});\n`);
  }
}

/** From where AUTOINCREMENT goes on. */
function writeSequences(connection: DatabaseSync, tables: readonly DumpedTable[], write: Write): void {
  const has = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get();
  if (!has) return;
  const names = new Set(tables.map(({ name }) => name));
  const statement = connection.prepare("SELECT name, seq FROM sqlite_sequence");
  statement.setReadBigInts(true);
  for (const { name, seq } of statement.all()) {
    if (typeof name !== "string" || typeof seq !== "bigint" || !names.has(name)) continue;
    write(`DELETE FROM sqlite_sequence WHERE name=${quoteText(name)};\n`);
    write(`INSERT INTO sqlite_sequence(name,seq) VALUES(${quoteText(name)},${seq});\n`);
  }
}

function writeOthers(connection: DatabaseSync, tables: readonly DumpedTable[], areAll: boolean, write: Write): void {
  const names = new Set(tables.map(({ name }) => name.toLowerCase()));
  const others = connection
    .prepare(
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL ORDER BY rowid",
    )
    .all() as (Entry & { name: string })[];
  for (const type of ["index", "view", "trigger"]) {
    for (const entry of others) {
      const isWanted = areAll || (type !== "view" && names.has(entry.tbl_name.toLowerCase()));
      if (entry.type === type && isWanted && !isInternal(entry.name)) write(`${entry.sql};\n`);
    }
  }
}
