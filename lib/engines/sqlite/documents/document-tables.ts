import type { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import { type DocumentColumn, type DocumentTable, shown } from "../../json/document-manifest.ts";
import { quote, readForeignKeys } from "../give-back/table-shape.ts";

/** The one schema that a SQLite file has. */
export const SQLITE_SCHEMA = "main";

/** A table as a document describes it, without what only counting its rows can tell. */
export type TableForm = Omit<DocumentTable, "rows" | "sequence" | "brokenReferences">;
export type TableForms = { tables: TableForm[]; leftOut: { name: string; because: string }[] };

type Row = Record<string, unknown>;
const ask = (connection: DatabaseSync, sql: string) => connection.prepare(sql).all() as Row[];

/** The tables of a database whose rows a document holds, by name, and those that it does not hold and why. */
export function readTableForms(connection: DatabaseSync, excludeTables: readonly string[]): TableForms {
  const excluded = new Set(excludeTables.map((name) => name.toLowerCase()));
  const forms: TableForms = { tables: [], leftOut: [] };
  const found = ask(connection, "PRAGMA main.table_list")
    .filter((row) => row.schema === "main" && row.type !== "view")
    .map((row) => ({ name: String(row.name), type: String(row.type), isWithoutRowid: row.wr === 1 }))
    .filter(({ name }) => !name.toLowerCase().startsWith("sqlite_"))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, type, isWithoutRowid } of found) {
    const because = excluded.has(name.toLowerCase()) ? "it is excluded" : MODULES[type];
    if (because) forms.leftOut.push({ name, because });
    else forms.tables.push(readForm(connection, name, isWithoutRowid));
  }
  return forms;
}

/** Refuses another schema than the one that there is. */
export function requireSchema(schema: string | null): void {
  if (schema === null || schema.toLowerCase() === SQLITE_SCHEMA) return;
  throw new LastgoodError("invalid_input", `A SQLite database has no schema ${shown(schema)}.`, {
    field: "schema",
    hint: `Its tables are in the schema ${SQLITE_SCHEMA}; leave the field out.`,
  });
}

const MODULES: Readonly<Record<string, string>> = {
  virtual: "it is a virtual table, whose rows are kept by its module",
  shadow: "it belongs to a virtual table, whose module alone may write it",
};

function readForm(connection: DatabaseSync, name: string, isWithoutRowid: boolean): TableForm {
  const columns = ask(connection, `PRAGMA main.table_xinfo(${quote(name)})`).map(
    (row): DocumentColumn => ({
      name: String(row.name),
      type: String(row.type),
      notNull: row.notnull === 1,
      primaryKey: Number(row.pk),
      generated: row.hidden === 2 || row.hidden === 3,
    }),
  );
  const foreignKeys = readForeignKeys(connection, "main", name).map(({ parent, from, to }) => ({
    columns: from,
    table: parent,
    references: to,
  }));
  const hiddenKey = isWithoutRowid || hasRowidColumn(connection, name, columns) ? null : freeRowidName(columns);
  return { name, columns, hiddenKey, foreignKeys };
}

/** Whether a column is the rowid under another name. */
function hasRowidColumn(connection: DatabaseSync, name: string, columns: readonly DocumentColumn[]): boolean {
  if (columns.filter(({ primaryKey }) => primaryKey > 0).length !== 1) return false;
  return !ask(connection, `PRAGMA main.index_list(${quote(name)})`).some((row) => row.origin === "pk");
}

/** Null where columns hide every name of the rowid: then nobody can have relied on it. */
function freeRowidName(columns: readonly DocumentColumn[]): string | null {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  return ["rowid", "_rowid_", "oid"].find((name) => !taken.has(name)) ?? null;
}
