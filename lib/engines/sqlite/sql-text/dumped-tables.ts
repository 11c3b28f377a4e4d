import type { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import { quoteName, quoteText } from "./sql-literal.ts";

/** A table of a database as far as its rows are written out and read back. */
export type DumpedTable = {
  name: string;
  sql: string;
  /** The columns that take values, in their order; the number of the row first where it has to be given. */
  columns: string[];
  /** What fills it instead of rows: an index over another table's rows is built anew. */
  rebuild: string | null;
  isVirtual: boolean;
};

type ListedTable = { name: string; type: string; wr: number };
type Column = { name: string; hidden: number; pk: number };

const ROWID_NAMES = ["rowid", "_rowid_", "oid"];
/** Virtual tables that show what others hold. */
const SHOWING = new Set(["fts5vocab", "fts4aux", "fts3tokenize"]);
const FULL_TEXT = new Set(["fts3", "fts4", "fts5"]);
const BY_FIRST_COLUMN = new Set(["rtree", "rtree_i32"]);

/** The tables of a database in the order they were made: ordinary ones, then virtual ones. Those that are part of virtual ones are not among them. */
export function findDumpedTables(connection: DatabaseSync): DumpedTable[] {
  const listed = connection.prepare("PRAGMA main.table_list").all() as unknown as ListedTable[];
  const schema = connection
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL ORDER BY rowid")
    .all() as { name: string; sql: string }[];
  const known = new Map(listed.map((table) => [table.name, table]));
  const tables = schema.flatMap(({ name, sql }): DumpedTable[] => {
    const table = known.get(name);
    if (!table || isInternal(name) || table.type === "shadow") return [];
    return [table.type === "virtual" ? virtualTable(connection, name, sql) : ordinaryTable(connection, table, sql)];
  });
  return [...tables.filter(({ isVirtual }) => !isVirtual), ...tables.filter(({ isVirtual }) => isVirtual)];
}

/** SQLite's own, whose names nobody may give. */
export function isInternal(name: string): boolean {
  return /^sqlite_/i.test(name);
}

function ordinaryTable(connection: DatabaseSync, { name, wr }: ListedTable, sql: string): DumpedTable {
  const all = columnsOf(connection, name);
  const columns = all.filter(({ hidden }) => hidden === 0).map((column) => column.name);
  const rowid = wr === 1 ? null : rowidToGive(connection, name, all);
  return { name, sql, columns: rowid === null ? columns : [rowid, ...columns], rebuild: null, isVirtual: false };
}

/** The name under which the numbers of rows must be given: null where a column holds them, or they are those that rows get anyway. */
function rowidToGive(connection: DatabaseSync, name: string, columns: readonly Column[]): string | null {
  const indexes = connection.prepare(`PRAGMA main.index_list(${quoteName(name)})`).all();
  const isAlias = columns.some(({ pk }) => pk > 0) && !indexes.some(({ origin }) => origin === "pk");
  const taken = new Set(columns.map((column) => column.name.toLowerCase()));
  const free = ROWID_NAMES.find((one) => !taken.has(one));
  if (isAlias || free === undefined) return null;
  const counted = connection
    .prepare(`SELECT count(*) AS n, min(${free}) AS first, max(${free}) AS last FROM ${quoteName(name)}`)
    .get();
  const isUsual = counted?.n === 0 || (counted?.first === 1 && counted.last === counted.n);
  return isUsual ? null : free;
}

function virtualTable(connection: DatabaseSync, name: string, sql: string): DumpedTable {
  const [, module = "", options = ""] =
    /\bUSING\s+(\w+)\s*(?:\(([\s\S]*)\))?\s*$/i.exec(sql.replaceAll(/"[^"]*"/g, '""')) ?? [];
  const table = { name, sql, rebuild: null, isVirtual: true };
  const kind = module.toLowerCase();
  if (SHOWING.has(kind)) return { ...table, columns: [] };
  const content = FULL_TEXT.has(kind) ? /\bcontent\s*=\s*('[^']*'|""|[^\s,]+)?/i.exec(options) : null;
  if (content && /^(''|"")?$/.test(keptContent(sql, content[1] ?? ""))) throw withoutContent(name);
  if (content) {
    const rebuild = `INSERT INTO ${quoteName(name)}(${quoteName(name)}) VALUES(${quoteText("rebuild")})`;
    return { ...table, columns: [], rebuild };
  }
  const columns = readable(connection, name, module);
  return { ...table, columns: BY_FIRST_COLUMN.has(kind) ? columns : ["rowid", ...columns] };
}

/** Quoted names were taken out of the text before it was searched: whether this one was empty stands in the text itself. */
function keptContent(sql: string, found: string): string {
  if (found !== '""') return found;
  return /\bcontent\s*=\s*""\s*[,)]/i.test(sql) ? '""' : "named";
}

function readable(connection: DatabaseSync, name: string, module: string): string[] {
  try {
    return columnsOf(connection, name)
      .filter(({ hidden }) => hidden === 0)
      .map((column) => column.name);
  } catch (cause) {
    throw new LastgoodError(
      "conflict",
      `The table ${name.slice(0, 64)} cannot be exported: SQLite has no module ${module.slice(0, 64)} here.`,
      { field: "tables", hint: "Name the other tables." },
      { cause },
    );
  }
}

function columnsOf(connection: DatabaseSync, name: string): Column[] {
  return connection.prepare(`PRAGMA main.table_xinfo(${quoteName(name)})`).all() as unknown as Column[];
}

function withoutContent(name: string): LastgoodError {
  return new LastgoodError(
    "conflict",
    `The full-text table ${name.slice(0, 64)} keeps no text (content=''), so its rows cannot be written as SQL.`,
    { field: "tables", hint: "Name the other tables, and build this one anew from where its text is." },
  );
}
