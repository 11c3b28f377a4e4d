import type { DiffCell } from "../../../domain/diff.ts";
import { fetchRows } from "../look/fetch-rows.ts";
import { quoteName, type ServerSession, type Text } from "../look/server-session.ts";
import { CELL_BYTES, textSql, toDiffCell } from "../look/sql-values.ts";
import type { TableColumn, TableForm } from "../look/table-forms.ts";
import type { LiveTable, Reference, UniqueRule } from "./live-table.ts";
import type { StagedRow } from "./staged-rows.ts";

/** Rows of a table by their keys, as texts of these columns; null where there is none. */
export function rowsByKey(
  session: ServerSession,
  form: TableForm,
  keys: readonly (readonly Text[])[],
  columns: readonly string[],
): Promise<(Text[] | null)[]> {
  const outputs = columns.map((name) => textSql(`t.${quoteName(name)}`));
  return fetchRows(session, { name: form.name, here: form, there: form }, form, keys, outputs);
}

const typeOf = (form: TableForm, column: string) => form.columns.find(({ name }) => name === column)?.type ?? "text";

/** A list of values as a table `o` with `at` from 1 on; its parameters are these lists. */
function listed(width: number, first = 1): string {
  const lists = Array.from({ length: width }, (_, i) => `$${i + first}::pg_catalog.text[]`);
  return `unnest(${lists.join(", ")}) WITH ORDINALITY AS o(${lists.map((_, i) => `v${i}`).join(", ")}, at)`;
}

const turned = (tuples: readonly (readonly Text[])[], width: number) =>
  Array.from({ length: width }, (_, i) => tuples.map((tuple) => tuple[i] ?? null));

/** Places of the values to which a table has no row; values are none of its `null`s. */
export async function withoutParent(
  session: ServerSession,
  child: TableForm,
  { columns, parentSql, parentColumns, operators }: Reference,
  tuples: readonly (readonly Text[])[],
): Promise<number[]> {
  if (tuples.length === 0) return [];
  const same = parentColumns.map(
    (name, i) => `p.${quoteName(name)} ${operators[i]} CAST(o.v${i} AS ${typeOf(child, columns[i] ?? "")})`,
  );
  const rows = await session.rows(
    `SELECT o.at FROM ${listed(columns.length)} WHERE NOT EXISTS (SELECT FROM ${parentSql} p WHERE ${same.join(" AND ")})`,
    turned(tuples, columns.length),
  );
  return rows.map(([at]) => Number(at) - 1);
}

/** Keys of the rows of a table that have these values. */
export async function keysWith(
  session: ServerSession,
  form: TableForm,
  columns: readonly string[],
  tuples: readonly (readonly Text[])[],
): Promise<string[][]> {
  if (!form.key || tuples.length === 0) return [];
  const same = columns.map((name, i) => `t.${quoteName(name)} = CAST(o.v${i} AS ${typeOf(form, name)})`);
  const names = form.key.columns.map((name) => textSql(`t.${quoteName(name)}`));
  const rows = await session.rows(
    `SELECT DISTINCT ${names.join(", ")} FROM ${listed(columns.length)} JOIN ONLY ${form.sql} t ON ${same.join(" AND ")}`,
    turned(tuples, columns.length),
  );
  return rows.map((row) => row.map((value) => value ?? ""));
}

/** Places of the rows whose values of a unique index another row of the table has. */
export async function takenBy(
  session: ServerSession,
  { form }: LiveTable,
  { columns, operators }: UniqueRule,
  rows: readonly { key: readonly Text[]; values: readonly Text[] }[],
): Promise<number[]> {
  const { key } = form;
  if (!key || rows.length === 0) return [];
  const same = columns.map((name, i) => `t.${quoteName(name)} ${operators[i]} CAST(o.v${i} AS ${typeOf(form, name)})`);
  const own = key.columns.map(
    (name, i) => `t.${quoteName(name)} ${key.operators[i]} CAST(o.v${columns.length + i} AS ${typeOf(form, name)})`,
  );
  const width = columns.length + key.columns.length;
  const found = await session.rows(
    `SELECT DISTINCT o.at FROM ${listed(width)} JOIN ONLY ${form.sql} t ON ${same.join(" AND ")} WHERE NOT (${own.join(" AND ")})`,
    turned(
      rows.map(({ key: name, values }) => [...values, ...name]),
      width,
    ),
  );
  return found.map(([at]) => Number(at) - 1);
}

/** A whole value as people look at it. */
export function cellOf({ baseType }: TableColumn, text: Text): DiffCell {
  if (text === null || !text.startsWith("\\x") || baseType !== 17)
    return toDiffCell(baseType, text, [...(text ?? "")].length);
  const bytes = Buffer.from(text.slice(2), "hex");
  return toDiffCell(baseType, bytes.subarray(0, CELL_BYTES).toString("base64"), bytes.length);
}

/** The values of some columns of a staged row. */
export function valuesOf(row: StagedRow, columns: readonly string[], wanted: readonly string[]): Text[] {
  return wanted.map((name) => row.past?.[columns.indexOf(name)] ?? null);
}
