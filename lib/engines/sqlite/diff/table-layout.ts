import { DatabaseSync } from "node:sqlite";
import type { TextEncoding } from "./database-state.ts";
import { foreignCollation } from "./key-order.ts";
import { NULL_VALUE, type StoredValue } from "./record.ts";
import { encodeText, whole } from "./row-key.ts";
import { asVarInteger } from "./varint.ts";

/** A column as it is stored. Generated columns that are not stored are none. */
export type LayoutColumn = {
  name: string;
  type: string;
  /** Part of the primary key. */
  isKey: boolean;
  /** Stands for the rowid: its place in the record holds nothing. */
  isRowid: boolean;
  /** SQLite stores whole numbers of such a column as integers. */
  isReal: boolean;
  /** Which value of the record. */
  storedAt: number;
  /** Of rows that were written before the column was added. */
  default: StoredValue;
};

export type KeyColumn = { collation: string; isDescending: boolean };

/** The primary key of a rowid table, by which people and programs name its rows: places of its columns, in the key's order. */
export type RowNames = { places: number[]; columns: KeyColumn[] };

export type TableLayout = {
  isWithoutRowid: boolean;
  /** As they were declared. */
  columns: LayoutColumn[];
  /** Of WITHOUT ROWID: what its tree is ordered by; the first values of each record, in this order. */
  key: KeyColumn[];
  /** Rows are named by a column or by entries of an index, so that VACUUM keeps their rowids. */
  keepsRowids: boolean;
  /** Null where rows are named by what the tree is ordered by: the rowid, or the key of WITHOUT ROWID. */
  names: RowNames | null;
};

type ColumnInfo = {
  cid: number;
  name: string;
  type: string;
  notnull: number;
  dflt_value: string | null;
  pk: number;
  hidden: number;
};
type IndexInfo = { name: string; origin: string };
type IndexColumn = { cid: number; coll: string; desc: number; key: number };
type Affinity = "INTEGER" | "TEXT" | "BLOB" | "REAL" | "NUMERIC";

const VIRTUAL = 2;
/** Where SQL is what an application's own SQLite compiled, ours may lack functions and collations. */
const PLACEHOLDER = "lastgood_placeholder";

/**
 * How the table `name` of this SQL is stored, as SQLite itself understands it: in an empty database in memory. `hasIndex`: whether
 * anything else in the schema is an index of it. Answers null for SQL that this SQLite cannot read.
 */
export function readLayout(name: string, sql: string, encoding: TextEncoding, hasIndex: boolean): TableLayout | null {
  if (!/^\s*CREATE\s+TABLE\b/i.test(sql)) return null;
  const database = new DatabaseSync(":memory:", { defensive: false, enableDoubleQuotedStringLiterals: true });
  try {
    const declared = declare(database, name, sql);
    return declared === null ? null : layoutOf(database, declared, encoding, hasIndex);
  } finally {
    database.close();
  }
}

/** The table's name, once it is there. */
function declare(database: DatabaseSync, name: string, sql: string): string | null {
  try {
    database.prepare(sql).run();
  } catch (error) {
    if (!isSqlError(error)) throw error;
    // Functions and collations of the application's own are refused in new tables, but not in those of a schema that is loaded.
    if (!declareUnchecked(database, name, sql)) return null;
  }
  const row = database
    .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .get();
  return row ? String(row.name) : null;
}

function declareUnchecked(database: DatabaseSync, name: string, sql: string): boolean {
  try {
    database.exec(`CREATE TABLE ${PLACEHOLDER} (x); PRAGMA writable_schema = ON`);
    database.prepare("UPDATE sqlite_schema SET sql = ?, name = ?, tbl_name = ?").run(sql, name, name);
    database.exec("PRAGMA writable_schema = RESET");
    database.prepare("SELECT count(*) FROM pragma_table_list").get();
    return true;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return false;
  }
}

function isSqlError(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

function layoutOf(database: DatabaseSync, table: string, encoding: TextEncoding, hasIndex: boolean): TableLayout {
  const ask = <Row>(sql: string, name: string) => database.prepare(sql).all(name) as Row[];
  const all = ask<ColumnInfo>("SELECT * FROM pragma_table_xinfo(?)", table);
  const infos = all.filter(({ hidden }) => hidden !== VIRTUAL);
  const [traits] = ask<{ wr: number; strict: number }>(
    "SELECT wr, strict FROM pragma_table_list WHERE name = ?",
    table,
  );
  const indexes = ask<IndexInfo>("SELECT * FROM pragma_index_list(?)", table);
  const primary = indexes.find(({ origin }) => origin === "pk");
  const isWithoutRowid = traits?.wr === 1;
  const primaryEntries = primary ? ask<IndexColumn>("SELECT * FROM pragma_index_xinfo(?)", primary.name) : [];
  const entries = isWithoutRowid ? primaryEntries : [];
  const hasRowidColumn = !isWithoutRowid && !primary && infos.filter(({ pk }) => pk > 0).length === 1;
  const columns = infos.map((info, index): LayoutColumn => {
    const affinity = affinityOf(info.type, traits?.strict === 1);
    return {
      name: info.name,
      type: info.type,
      isKey: info.pk > 0,
      isRowid: hasRowidColumn && info.pk > 0,
      isReal: affinity === "REAL",
      storedAt: isWithoutRowid ? entries.findIndex(({ cid }) => cid === info.cid) : index,
      default: defaultOf(database, info, affinity, encoding),
    };
  });
  return {
    isWithoutRowid,
    columns,
    key: entries
      .filter(({ key }) => key === 1)
      .map(({ coll, desc }) => ({ collation: coll.toUpperCase(), isDescending: desc === 1 })),
    keepsRowids: isWithoutRowid || hasRowidColumn || hasIndex || indexes.length > 0,
    names: isWithoutRowid ? null : namesOf(primaryEntries, infos),
  };
}

/** A rowid that no column shows is given anew whenever a row is replaced; the key stays. NULLs, where allowed, name nothing. */
function namesOf(entries: readonly IndexColumn[], infos: readonly ColumnInfo[]): RowNames | null {
  const parts = entries.filter(({ key }) => key === 1);
  const places = parts.map(({ cid }) => infos.findIndex((info) => info.cid === cid));
  const columns = parts.map(({ coll, desc }) => ({ collation: coll.toUpperCase(), isDescending: desc === 1 }));
  const isName = parts.length > 0 && places.every((place) => infos[place]?.notnull === 1);
  return isName && foreignCollation(columns) === null ? { places, columns } : null;
}

/** https://www.sqlite.org/datatype3.html, section 3.1 */
function affinityOf(type: string, isStrict: boolean): Affinity {
  if (/INT/i.test(type)) return "INTEGER";
  if (/CHAR|CLOB|TEXT/i.test(type)) return "TEXT";
  if (type === "" || /BLOB/i.test(type) || (isStrict && /^ANY$/i.test(type))) return "BLOB";
  return /REAL|FLOA|DOUB/i.test(type) ? "REAL" : "NUMERIC";
}

function defaultOf(
  database: DatabaseSync,
  { dflt_value: sql }: ColumnInfo,
  affinity: Affinity,
  encoding: TextEncoding,
): StoredValue {
  if (sql === null) return NULL_VALUE;
  const found = evaluate(database, sql, affinity);
  if (found === null) return NULL_VALUE;
  if (typeof found === "bigint") return { type: "integer", value: asVarInteger(found) };
  if (typeof found === "number") return { type: "real", value: found };
  const isText = typeof found === "string";
  const bytes = isText ? encodeText(found, encoding) : found;
  return { type: isText ? "text" : "blob", ...whole(bytes) };
}

/** What a row gets that lacks the column. Only constants can be the default of a column that rows lack. */
function evaluate(
  database: DatabaseSync,
  sql: string,
  affinity: Affinity,
): null | bigint | number | string | Uint8Array {
  try {
    database.exec(`CREATE TEMP TABLE evaluated (value ${affinity})`);
    database.prepare(`INSERT INTO temp.evaluated SELECT ${sql}`).run();
    const read = database.prepare("SELECT value FROM temp.evaluated");
    read.setReadBigInts(true);
    return (read.get()?.value ?? null) as null | bigint | number | string | Uint8Array;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    // A name on its own stands for its text.
    return /^\w+$/.test(sql) ? sql : null;
  } finally {
    database.exec("DROP TABLE IF EXISTS temp.evaluated");
  }
}
