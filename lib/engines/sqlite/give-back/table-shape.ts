import type { DatabaseSync } from "node:sqlite";

/** The databases that one connection has attached: the live one, the past, what an undone give-back left, the chosen rows. */
export type SchemaName = "main" | "past" | "left" | "stage";

/** A foreign key of a table: `from[i]` refers to `to[i]` of `parent`. */
export type ForeignKey = { parent: string; from: string[]; to: string[] | null };
/** A unique index whose values are plain columns, with the collation of each. */
export type UniqueIndex = { name: string; columns: string[]; collations: string[] };

/** An ordinary table as far as its rows are copied. Names are spelled as in its schema. */
export type TableShape = {
  name: string;
  sql: string;
  /** What names a row: the rowid under a name that reaches it, or the columns of the primary key. */
  key: string[];
  /** Whether the rowid is named by no column, and so has to be written beside the columns. */
  isRowidHidden: boolean;
  /** Whether its rows are named by their rowid. Others have a key of their own: WITHOUT ROWID, or a primary key without NULLs. */
  isNamedByRowid: boolean;
  /** Stored columns; generated ones follow from them. */
  columns: { name: string; type: string; isKey: boolean }[];
  foreignKeys: ForeignKey[];
  uniques: UniqueIndex[];
  /** Unique indexes over expressions, over generated columns, or over a part of the rows. */
  otherUniques: string[];
  triggers: string[];
};

/** What cannot be written row by row, and why. */
export type RefusedShape = { name: string; refused: string };

export const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

type Row = Record<string, unknown>;

function ask(connection: DatabaseSync, sql: string, ...params: string[]): Row[] {
  return connection.prepare(sql).all(...params) as Row[];
}

/** A table of one attached database by its name, whatever its case; null where there is none. */
export function readShape(
  connection: DatabaseSync,
  schema: SchemaName,
  wanted: string,
): TableShape | RefusedShape | null {
  const found = ask(
    connection,
    `SELECT type, name, sql FROM ${schema}.sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')`,
    wanted,
  )[0];
  if (!found) return null;
  const name = String(found.name);
  const kinds = ask(connection, `PRAGMA ${schema}.table_list(${quote(name)})`);
  const kind = kinds.find((row) => row.schema === schema);
  if (found.type === "view" || kind?.type === "view") return { name, refused: "it is a view" };
  if (kind?.type === "virtual") {
    return { name, refused: "it is a virtual table, whose rows are kept by its module in tables of its own" };
  }
  if (kind?.type === "shadow")
    return { name, refused: "it belongs to a virtual table, whose module alone may write it" };
  if (name.toLowerCase().startsWith("sqlite_")) return { name, refused: "SQLite itself keeps it" };
  return readTable(connection, schema, name, String(found.sql), kind?.wr === 1);
}

function readTable(
  connection: DatabaseSync,
  schema: SchemaName,
  name: string,
  sql: string,
  isWithoutRowid: boolean,
): TableShape | RefusedShape {
  const info = ask(connection, `PRAGMA ${schema}.table_xinfo(${quote(name)})`);
  const primary = info
    .filter((row) => Number(row.pk) > 0)
    .sort((a, b) => Number(a.pk) - Number(b.pk))
    .map((row) => String(row.name));
  const columns = info
    .filter((row) => Number(row.hidden) === 0)
    .map((row) => ({ name: String(row.name), type: String(row.type), isKey: Number(row.pk) > 0 }));
  const indexes = ask(connection, `PRAGMA ${schema}.index_list(${quote(name)})`);
  const hasAlias = !isWithoutRowid && primary.length === 1 && !indexes.some((row) => row.origin === "pk");
  const isNamedByKey = isWithoutRowid || (!hasAlias && hasOwnNames(connection, schema, info, indexes));
  const key = isNamedByKey || hasAlias ? primary : rowidName(info.map((row) => String(row.name)));
  if (!key) return { name, refused: "its columns hide every name of its rowid" };
  const uniques: UniqueIndex[] = [];
  const otherUniques: string[] = [];
  for (const index of indexes) {
    if (Number(index.unique) !== 1 || (isWithoutRowid && index.origin === "pk")) continue;
    const unique = readUnique(connection, schema, String(index.name), columns);
    if (unique && Number(index.partial) === 0) uniques.push(unique);
    else otherUniques.push(String(index.name));
  }
  return {
    name,
    sql,
    key,
    isRowidHidden: !isNamedByKey && !hasAlias,
    isNamedByRowid: !isNamedByKey,
    columns,
    foreignKeys: readForeignKeys(connection, schema, name),
    uniques,
    otherUniques,
    triggers: ask(
      connection,
      `SELECT name FROM ${schema}.sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY rowid`,
      name,
    ).map((row) => String(row.name)),
  };
}

/** The same rule by which differences name rows (`diff/table-layout.ts`). */
function hasOwnNames(connection: DatabaseSync, schema: SchemaName, info: Row[], indexes: Row[]): boolean {
  const index = indexes.find((row) => row.origin === "pk");
  if (!index || info.some((row) => Number(row.pk) > 0 && Number(row.notnull) !== 1)) return false;
  const parts = ask(connection, `PRAGMA ${schema}.index_xinfo(${quote(String(index.name))})`);
  return parts.every((row) => Number(row.key) !== 1 || /^(BINARY|NOCASE|RTRIM)$/i.test(String(row.coll)));
}

function rowidName(columns: string[]): string[] | null {
  const taken = new Set(columns.map((name) => name.toLowerCase()));
  const free = ["rowid", "_rowid_", "oid"].find((name) => !taken.has(name));
  return free === undefined ? null : [free];
}

/** Null where it is over more than plain, stored columns. */
function readUnique(
  connection: DatabaseSync,
  schema: SchemaName,
  name: string,
  columns: TableShape["columns"],
): UniqueIndex | null {
  const parts = ask(connection, `PRAGMA ${schema}.index_xinfo(${quote(name)})`).filter((row) => Number(row.key) === 1);
  const isStored = (column: unknown) => columns.some((one) => one.name === column);
  if (!parts.every((row) => isStored(row.name))) return null;
  return { name, columns: parts.map((row) => String(row.name)), collations: parts.map((row) => String(row.coll)) };
}

export function readForeignKeys(connection: DatabaseSync, schema: SchemaName, table: string): ForeignKey[] {
  const byId = new Map<number, { parent: string; from: string[]; to: (string | null)[] }>();
  const rows = ask(connection, `PRAGMA ${schema}.foreign_key_list(${quote(table)})`);
  for (const row of rows.sort((a, b) => Number(a.seq) - Number(b.seq))) {
    const known = byId.get(Number(row.id)) ?? { parent: String(row.table), from: [], to: [] };
    known.from.push(String(row.from));
    known.to.push(row.to === null ? null : String(row.to));
    byId.set(Number(row.id), known);
  }
  return [...byId.values()].map(({ parent, from, to }) => ({
    parent,
    from,
    to: to.every((name) => name !== null) ? (to as string[]) : null,
  }));
}

/** The columns of the parent that a foreign key means, with their collations; null where no unique index has them. */
export function parentKey(
  parent: TableShape,
  { from, to }: ForeignKey,
): { columns: string[]; collations: string[] } | null {
  const primary = parent.columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  const wanted = (to ?? primary).map((name) => parent.columns.find((one) => same(one.name, name))?.name ?? name);
  if (wanted.length !== from.length) return null;
  const [only] = wanted;
  const isRowid = parent.isNamedByRowid && !parent.isRowidHidden && wanted.length === 1 && only === parent.key[0];
  if (isRowid) return { columns: wanted, collations: ["BINARY"] };
  const isPrimary =
    !parent.isNamedByRowid && wanted.length === parent.key.length && wanted.every((one) => parent.key.includes(one));
  const unique = parent.uniques.find(
    ({ columns }) => columns.length === wanted.length && wanted.every((one) => columns.includes(one)),
  );
  if (unique)
    return {
      columns: wanted,
      collations: wanted.map((one) => unique.collations[unique.columns.indexOf(one)] ?? "BINARY"),
    };
  return isPrimary ? { columns: wanted, collations: wanted.map(() => "BINARY") } : null;
}

export const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** Everything of the schema that belongs to a table, in its order: what must not have changed between plan and run. */
export function schemaTextOf(connection: DatabaseSync, schema: SchemaName, table: string): string {
  const rows = ask(
    connection,
    `SELECT type, name, sql FROM ${schema}.sqlite_schema WHERE tbl_name = ? COLLATE NOCASE ORDER BY type, name`,
    table,
  );
  return JSON.stringify(rows.map(({ type, name, sql }) => [type, name, sql]));
}

/** The statements that make a table again: itself, its indexes, its triggers, in the order in which they were made. */
export function statementsOf(
  connection: DatabaseSync,
  schema: SchemaName,
  table: string,
): { type: string; name: string; sql: string }[] {
  return ask(
    connection,
    `SELECT type, name, sql FROM ${schema}.sqlite_schema
     WHERE tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL AND type IN ('table', 'index', 'trigger') ORDER BY rowid`,
    table,
  ).map(({ type, name, sql }) => ({ type: String(type), name: String(name), sql: String(sql) }));
}
