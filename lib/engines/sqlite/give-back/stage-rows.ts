import type { DatabaseSync } from "node:sqlite";
import type { GiveBackKind } from "../../../domain/give-back.ts";
import {
  anyDiffers,
  count,
  keyColumns,
  keyMatches,
  keysOf,
  nowColumns,
  rowsOf,
  type StagedTable,
  thenColumns,
} from "./staged-tables.ts";
import { quote } from "./table-shape.ts";

/** Which of the attached databases have the table; `left` is what an undone give-back left. */
export type Presence = { main: boolean; past: boolean; left: boolean };

type Side = "main" | "past" | "left";

/** Looks up every row of the past that is missing now, and with `changed` those that are there with other values. */
export function chooseByKind(
  connection: DatabaseSync,
  table: StagedTable,
  kinds: readonly GiveBackKind[],
  { main }: Presence,
): void {
  if (!main) {
    chooseAll(connection, table, "past");
    return;
  }
  const name = quote(table.shape.name);
  const wanted: string[] = [];
  if (kinds.includes("removed")) wanted.push(`${keyOf(table, "n")} IS NULL`);
  if (kinds.includes("changed")) wanted.push(`(${keyOf(table, "n")} IS NOT NULL AND ${rowDiffers(table, "n", "p")})`);
  connection.exec(`INSERT INTO ${keysOf(table)} (${keyColumns(table).join(", ")})
    SELECT ${keysFrom(table, "p")} FROM past.${name} p LEFT JOIN main.${name} n ON ${sameKey(table, "n", "p")}
    WHERE ${wanted.join(" OR ")}`);
}

/** Looks up every row that differs between the past and what the give-back that is being undone left. */
export function chooseByUndo(connection: DatabaseSync, table: StagedTable, { past, left }: Presence): void {
  if (!past || !left) {
    chooseAll(connection, table, past ? "past" : "left");
    return;
  }
  const name = quote(table.shape.name);
  connection.exec(`INSERT INTO ${keysOf(table)} (${keyColumns(table).join(", ")})
    SELECT ${keysFrom(table, "m")} FROM left.${name} m LEFT JOIN past.${name} p ON ${sameKey(table, "p", "m")}
      WHERE ${keyOf(table, "p")} IS NULL OR ${rowDiffers(table, "p", "m")}
    UNION ALL
    SELECT ${keysFrom(table, "p")} FROM past.${name} p LEFT JOIN left.${name} m ON ${sameKey(table, "m", "p")}
      WHERE ${keyOf(table, "m")} IS NULL`);
}

function chooseAll(connection: DatabaseSync, table: StagedTable, side: Side): void {
  connection.exec(`INSERT INTO ${keysOf(table)} (${keyColumns(table).join(", ")})
    SELECT ${keysFrom(table, "o")} FROM ${side}.${quote(table.shape.name)} o`);
}

/** Reads the rows that are being looked up as they are and as they were, and lets go of the list of keys. */
export function stageRows(
  connection: DatabaseSync,
  table: StagedTable,
  { main, past, left }: Presence,
  how: { undo: boolean; asParents: boolean },
): void {
  const name = quote(table.shape.name);
  const { columns } = table.shape;
  const side = (has: boolean, schema: Side, alias: string) =>
    has ? `LEFT JOIN ${schema}.${name} ${alias} ON ${keyMatches(table, alias, "s")}` : "";
  const has = (present: boolean, alias: string) => (present ? `${keyOf(table, alias)} IS NOT NULL` : "0");
  const now = columns.map((column) => (main ? `n.${quote(column.name)}` : "NULL"));
  const then = columns.map((column, i) => {
    if (past && table.common.includes(i)) return `p.${quote(column.name)}`;
    return now[i] ?? "NULL";
  });
  const strayed = how.undo
    ? `(${has(main, "n")}) <> (${has(left, "m")}) OR ${main && left ? rowDiffers(table, "n", "m") : "0"}`
    : "0";
  connection.exec(`INSERT OR IGNORE INTO ${rowsOf(table)} (${keyColumns(table).join(", ")}, hb, ha, x, p,
      ${[...nowColumns(table), ...thenColumns(table)].join(", ")})
    SELECT ${keyColumns(table)
      .map((key) => `s.${key}`)
      .join(", ")}, ${has(main, "n")}, ${has(past, "p")}, ${strayed}, ${how.asParents ? 1 : 0},
      ${[...now, ...then].join(", ")}
    FROM ${keysOf(table)} s ${side(past, "past", "p")} ${side(main, "main", "n")} ${how.undo ? side(left, "left", "m") : ""}
    ORDER BY s.n;
    DELETE FROM ${keysOf(table)}`);
}

/** What of the rows is nothing to do, and so leaves. */
export type Left = { unchanged: number; unknown: number };

/** Takes out rows that the past does not have (they are never deleted), those that are as they were, and other kinds. */
export function dropIdle(connection: DatabaseSync, table: StagedTable, kinds: readonly GiveBackKind[]): Left {
  const rows = rowsOf(table);
  const drop = (where: string) => Number(connection.prepare(`DELETE FROM ${rows} WHERE ${where}`).run().changes);
  const unknown = drop("ha = 0");
  const unchanged = drop(`hb = 1 AND NOT ${stagedDiffers(table)}`);
  if (!kinds.includes("removed")) drop("hb = 0");
  if (!kinds.includes("changed")) drop("hb = 1");
  return { unchanged, unknown };
}

/** The same for an undo, which also takes rows away. */
export function dropUndone(connection: DatabaseSync, table: StagedTable): Left {
  const rows = rowsOf(table);
  const where = `(hb = 0 AND ha = 0) OR (hb = 1 AND ha = 1 AND NOT ${stagedDiffers(table)})`;
  const unchanged = count(connection, `SELECT count(*) FROM ${rows} WHERE ${where}`);
  connection.exec(`DELETE FROM ${rows} WHERE ${where}`);
  return { unchanged, unknown: 0 };
}

function stagedDiffers(table: StagedTable): string {
  return anyDiffers(table.common.map((i) => [`b${i}`, `a${i}`] as const));
}

const keyOf = (table: StagedTable, alias: string) => `${alias}.${quote(table.shape.key[0] ?? "rowid")}`;
const keysFrom = ({ shape }: StagedTable, alias: string) =>
  shape.key.map((name) => `${alias}.${quote(name)}`).join(", ");
const sameKey = ({ shape }: StagedTable, left: string, right: string) =>
  shape.key.map((name) => `${left}.${quote(name)} = ${right}.${quote(name)}`).join(" AND ");

function rowDiffers(table: StagedTable, left: string, right: string): string {
  return anyDiffers(
    table.common.map((i) => {
      const name = quote(table.shape.columns[i]?.name ?? "");
      return [`${left}.${name}`, `${right}.${name}`] as const;
    }),
  );
}
