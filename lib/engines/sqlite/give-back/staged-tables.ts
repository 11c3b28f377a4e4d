import type { DatabaseSync } from "node:sqlite";
import { quote, type TableShape } from "./table-shape.ts";

/**
 * The chosen rows lie in a file of their own, written by the plan and read by the run. Values go from database to database
 * within SQLite and are never JavaScript's, so that they stay what they are. Of table number `id`:
 *
 *   r<id>  n    number of the row
 *          k…   its key
 *          hb   1: it was there when the plan was made, with the values b…
 *          ha   1: it is to be there, with the values a…
 *          c    number of the conflict that it is in, or null
 *          x    1: it is not what the undone give-back left
 *          p    1: it comes along because rows of another table refer to it
 *   k<id>  the keys that are being looked up
 */
export type StagedTable = {
  id: number;
  /** Today's table; the former one where it is gone. */
  shape: TableShape;
  /** Indexes of the columns that the former table has as well. */
  common: number[];
  isMadeAgain: boolean;
  /** Undo of a table that was made again: it goes with its last row. */
  isTakenAway: boolean;
  /** What its schema must still be when the rows are written; of one that is made again, nothing. */
  schemaText: string;
  /** How it is made again. */
  statements: { type: string; name: string; sql: string }[];
  /** The highest rowid that AUTOINCREMENT had given, digits; null where it counts nothing. */
  sequence: string | null;
  /** Rows of these tables need it. */
  neededBy: string[];
};

/** What the file says of itself, so that a run can tell that it is this plan's. */
export type StagedMeta = { version: 1; tables: StagedTable[] };

export const rowsOf = ({ id }: Pick<StagedTable, "id">) => `stage.r${id}`;
export const keysOf = ({ id }: Pick<StagedTable, "id">) => `stage.k${id}`;

const numbered = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i}`);
export const keyColumns = ({ shape }: StagedTable) => numbered("k", shape.key.length);
export const nowColumns = ({ shape }: StagedTable) => numbered("b", shape.columns.length);
export const thenColumns = ({ shape }: StagedTable) => numbered("a", shape.columns.length);

/** `<left>.key = <right>.k…`: the table's own columns come first, so that their affinity and collation decide. */
export function keyMatches(table: StagedTable, left: string, right: string): string {
  return table.shape.key.map((name, i) => `${left}.${quote(name)} = ${right}.k${i}`).join(" AND ");
}

/** Whether two values are not the very same: `1`, `1.0` and `'1'` are three values, `'a'` and `'A'` two. */
export function differs(left: string, right: string): string {
  return `(${left} COLLATE BINARY IS NOT ${right} OR typeof(${left}) <> typeof(${right}))`;
}

export function anyDiffers(pairs: readonly (readonly [string, string])[]): string {
  return pairs.length === 0 ? "0" : `(${pairs.map(([left, right]) => differs(left, right)).join(" OR ")})`;
}

/** Makes the tables for one table's chosen rows. */
export function makeStage(connection: DatabaseSync, table: StagedTable): void {
  const keys = keyColumns(table).join(", ");
  connection.exec(`
    CREATE TABLE ${keysOf(table)} (n INTEGER PRIMARY KEY, ${keys});
    CREATE TABLE ${rowsOf(table)} (n INTEGER PRIMARY KEY, ${keys}, hb INT, ha INT, c INT, x INT, p INT,
      ${[...nowColumns(table), ...thenColumns(table)].join(", ")});
    CREATE UNIQUE INDEX stage.x${table.id} ON r${table.id} (${keys})`);
}

/** The first column of the first row as a number. */
export function count(connection: DatabaseSync, sql: string): number {
  return Number(Object.values(connection.prepare(sql).get() ?? { none: 0 })[0]);
}

export function writeMeta(connection: DatabaseSync, meta: StagedMeta): void {
  connection.exec("CREATE TABLE IF NOT EXISTS stage.meta (json TEXT); DELETE FROM stage.meta");
  connection.prepare("INSERT INTO stage.meta VALUES (?)").run(JSON.stringify(meta));
}

export function readMeta(connection: DatabaseSync): StagedMeta {
  return JSON.parse(String(connection.prepare("SELECT json FROM stage.meta").get()?.json)) as StagedMeta;
}
