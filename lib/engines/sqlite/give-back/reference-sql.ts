import type { Reference } from "./known-shapes.ts";
import { rowsOf, type StagedTable } from "./staged-tables.ts";
import { quote, same } from "./table-shape.ts";

/** The numbers of written rows that refer to nothing, asked of the live database once all rows are written. */
export function orphanSql(table: StagedTable, { from, parent, to, collations }: Reference, more: string): string {
  const own = from.map((column) => `s.a${placeOf(table, column)}`);
  const equal = to.map((column, i) => `n.${quote(column)} COLLATE ${quote(collations[i] ?? "BINARY")} = ${own[i]}`);
  return `SELECT s.n FROM ${rowsOf(table)} s WHERE s.ha = 1 AND s.c IS NULL AND ${more}
    AND ${own.map((value) => `${value} IS NOT NULL`).join(" AND ")}
    AND NOT EXISTS (SELECT 1 FROM main.${quote(parent)} n WHERE ${equal.join(" AND ")})`;
}

/** The numbers of rows that went, or got another key, while a row that is there refers to what they were. */
export function strandedSql(table: StagedTable, { child, from, to, collations }: Reference, more: string): string {
  const was = to.map((column) => `s.b${placeOf(table, column)}`);
  const refers = from.map((column, i) => `o.${quote(column)} = ${was[i]} COLLATE ${quote(collations[i] ?? "BINARY")}`);
  const isThere = to.map((column, i) => `n.${quote(column)} COLLATE ${quote(collations[i] ?? "BINARY")} = ${was[i]}`);
  return `SELECT DISTINCT s.n FROM ${rowsOf(table)} s JOIN main.${quote(child)} o ON ${refers.join(" AND ")}
    WHERE s.hb = 1 AND s.c IS NULL AND ${more}
    AND NOT EXISTS (SELECT 1 FROM main.${quote(table.shape.name)} n WHERE ${isThere.join(" AND ")})`;
}

function placeOf(table: StagedTable, column: string): number {
  return table.shape.columns.findIndex(({ name }) => same(name, column));
}
