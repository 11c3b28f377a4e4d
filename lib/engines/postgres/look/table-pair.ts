import { quoteName } from "./server-session.ts";
import { textSql } from "./sql-values.ts";
import type { TableColumn, TableForm } from "./table-forms.ts";

/**
 * One table on two servers. `here` is the one where lists of rows are kept for a while, as temporary tables; `there` is only read.
 * Null: that side has no such table.
 */
export type TablePair = { name: string; here: TableForm | null; there: TableForm | null };

/** Why the rows of a pair cannot be compared, as a sentence; null when they can. */
export function refusalOf({ here, there }: TablePair): string | null {
  if (here?.isUnlogged || there?.isUnlogged)
    return "It is unlogged: its rows are in no log, and so in no state of the past.";
  if (!here || !there) return null;
  const of = ({ columns, key }: TableForm) =>
    key?.columns.map((name) => `${name} ${columns.find((one) => one.name === name)?.type}`).join(", ") ?? "";
  if (of(here) === of(there)) return null;
  return `What names its rows is not the same in both: ${of(there) || "no key"} and ${of(here) || "no key"}.`;
}

/** Columns that both sides have, in the order of `here`; of a table on one side all of it. */
export function commonColumns({ here, there }: TablePair): TableColumn[] {
  const columns = (here ?? there)?.columns ?? [];
  const other = here && there ? there : null;
  return other ? columns.filter(({ name }) => other.columns.some((one) => one.name === name)) : columns;
}

/** Those of `here`, then those that only `there` has. */
export function allColumns({ here, there }: TablePair): TableColumn[] {
  const columns = [...(here?.columns ?? [])];
  for (const column of there?.columns ?? []) {
    if (!columns.some(({ name }) => name === column.name)) columns.push(column);
  }
  return columns;
}

export function isKey({ key }: TableForm, column: string): boolean {
  return key?.columns.includes(column) ?? false;
}

const record = (names: readonly string[]) =>
  names.length === 0
    ? "''"
    : `pg_catalog.format('%s', ROW(${names.map((name) => `t.${quoteName(name)}`).join(", ")})) COLLATE pg_catalog."C"`;

/** SQL of what tells rows `t` of a table apart, for both sides alike. */
export function rowSql(pair: TablePair): {
  /** Its content, as the text of all common columns. */
  content: string;
  /** Hash of that, 64 bits. */
  hash: string;
  /** Hash of what names it. */
  keyHash: string;
  /** What names it, one text each: the columns of its key, or of a table without one a digest of its content. */
  names: string[];
  /** The same with their own types. */
  values: string[];
  types: string[];
} {
  const form = pair.here ?? pair.there;
  const content = record(commonColumns(pair).map(({ name }) => name));
  const hash = `pg_catalog.hashtextextended(${content}, 1)`;
  const key = form?.key?.columns ?? null;
  if (!form || !key) {
    const digest = `pg_catalog.md5(${content})`;
    return { content, hash, keyHash: hash, names: [digest], values: [digest], types: ["pg_catalog.text"] };
  }
  return {
    content,
    hash,
    keyHash: `pg_catalog.hashtextextended(${record(key)}, 0)`,
    names: key.map((name) => textSql(`t.${quoteName(name)}`)),
    values: key.map((name) => `t.${quoteName(name)}`),
    types: key.map((name) => form.columns.find((one) => one.name === name)?.type ?? "pg_catalog.text"),
  };
}
