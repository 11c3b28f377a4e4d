import type { DatabaseSync } from "node:sqlite";
import { anyDiffers, count } from "../give-back/staged-tables.ts";
import { quote } from "../give-back/table-shape.ts";
import type { StagedTable } from "./staged-document.ts";

/** An expression of SQLite's nests at most a thousand deep. */
const COLUMNS_AT_ONCE = 200;

/** Whether the table of the database `main` holds the rows of the document, each value the very same, and no others. */
export function hasEveryRow(connection: DatabaseSync, table: StagedTable): boolean {
  if (count(connection, `SELECT count(*) FROM main.${quote(table.name)}`) !== table.rows) return false;
  return table.key.length === 0 ? isSameSet(connection, table) : isSameByKey(connection, table);
}

function isSameByKey(connection: DatabaseSync, { id, name, names, key }: StagedTable): boolean {
  const matches = key.map((place) => `n.${quote(names[place] ?? "")} = s.c${place}`).join(" AND ");
  const pairs = names.map((column, i) => [`n.${quote(column)}`, `s.c${i}`] as const);
  for (let from = 0; from < pairs.length; from += COLUMNS_AT_ONCE) {
    const other = anyDiffers(pairs.slice(from, from + COLUMNS_AT_ONCE));
    const sql = `SELECT 1 FROM stage.r${id} s LEFT JOIN main.${quote(name)} n ON ${matches} WHERE ${other} LIMIT 1`;
    if (connection.prepare(sql).get() !== undefined) return false;
  }
  return true;
}

/** Rows without a name: as sets, since there are as many of both. */
function isSameSet(connection: DatabaseSync, { id, name, names }: StagedTable): boolean {
  const values = (columns: readonly string[]) => columns.flatMap((one) => [one, `typeof(${one})`]).join(", ");
  const now = `SELECT ${values(names.map((column) => `n.${quote(column)}`))} FROM main.${quote(name)} n`;
  const wanted = `SELECT ${values(names.map((_, i) => `s.c${i}`))} FROM stage.r${id} s`;
  const other = (a: string, b: string) => connection.prepare(`SELECT 1 FROM (${a} EXCEPT ${b}) LIMIT 1`).get();
  return other(now, wanted) === undefined && other(wanted, now) === undefined;
}
