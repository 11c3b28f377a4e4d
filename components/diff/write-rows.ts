import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { DiffCell, DiffColumn, DiffRow } from "../../lib/domain/diff.ts";
import { quoteName, tableInSql } from "../past/quote-name.ts";
import { cellAsClusterSql, cellAsCsv, cellAsSql, isCut, quoteCsv } from "./cell-source.ts";

/** Rows of one table, read to be written down. */
export type CollectedRows = { table: string; columns: readonly DiffColumn[]; rows: readonly DiffRow[] };

/** The side of a row that is written down: as it was, or, of a row that came since, as it is now. */
const cellsOf = ({ before, after }: DiffRow): readonly DiffCell[] => before ?? after ?? [];

/** Rows whose values are here in full, and how many others there are. */
export function splitCut(rows: readonly DiffRow[]): { whole: DiffRow[]; cut: number } {
  const whole = rows.filter((row) => !cellsOf(row).some(isCut));
  return { whole, cut: rows.length - whole.length };
}

/** One INSERT statement a row, as the database takes it. */
export function rowsAsInserts(
  { table, columns, rows }: CollectedRows,
  engine: DatabaseView["engine"] = "sqlite",
): string {
  const isCluster = engine === "postgres";
  // What is a keyword differs, so every column of a cluster is quoted.
  const names = columns.map(({ name }) => (isCluster ? `"${name.replaceAll('"', '""')}"` : quoteName(name)));
  const head = `INSERT INTO ${tableInSql(table, engine)} (${names.join(", ")}) VALUES`;
  const write = (cell: DiffCell, type: string) => (isCluster ? cellAsClusterSql(cell) : cellAsSql(cell, type));
  const values = (row: DiffRow) => cellsOf(row).map((cell, index) => write(cell, columns[index]?.type ?? ""));
  return rows.map((row) => `${head} (${values(row).join(", ")});\n`).join("");
}

/** A head and one line a row, as RFC 4180 has it. */
export function rowsAsCsv({ columns, rows }: CollectedRows): string {
  const lines = [columns.map(({ name }) => quoteCsv(name)), ...rows.map((row) => cellsOf(row).map(cellAsCsv))];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}
