import { anyDiffers, keyMatches, nowColumns, rowsOf, type StagedTable } from "./staged-tables.ts";
import { quote } from "./table-shape.ts";

/** Statements that write chosen rows. All take a range of rows: `n` above the first parameter, up to the second. */
const RANGE = "s.n > ? AND s.n <= ?";

/**
 * Puts rows in. A row that was missing gets its former values and today's defaults; one that is set back keeps what it has in columns
 * that are new. Never REPLACE, which would take another row away without a word.
 */
export function insertSql(table: StagedTable, target: string, rows: "missing" | "there", more = "1"): string {
  const { shape, common } = table;
  const places = rows === "missing" ? common : shape.columns.map((_, i) => i);
  const into = places.map((i) => quote(shape.columns[i]?.name ?? ""));
  const values = places.map((i) => `s.a${i}`);
  if (shape.isRowidHidden) {
    into.unshift(shape.key[0] ?? "rowid");
    values.unshift("s.k0");
  }
  return `INSERT INTO ${target}.${quote(shape.name)} (${into.join(", ")}) SELECT ${values.join(", ")}
    FROM ${rowsOf(table)} s WHERE s.ha = 1 AND s.hb = ${rows === "missing" ? 0 : 1} AND s.c IS NULL AND ${RANGE} AND ${more}`;
}

/** Takes rows away: those that go, and those that come back in another form. */
export function deleteSql(table: StagedTable, more = "1"): string {
  const { shape } = table;
  const names = shape.key.map(quote).join(", ");
  const keys = shape.key.map((_, i) => `s.k${i}`).join(", ");
  return `DELETE FROM main.${quote(shape.name)} WHERE (${names}) IN (SELECT ${keys}
    FROM ${rowsOf(table)} s WHERE s.hb = 1 AND s.c IS NULL AND ${RANGE} AND ${more})`;
}

/** The numbers of rows that are not what they were when the plan was made. */
export function movedSql(table: StagedTable): string {
  const { shape } = table;
  const key = `n.${quote(shape.key[0] ?? "rowid")}`;
  const pairs = nowColumns(table).map((b, i) => [`n.${quote(shape.columns[i]?.name ?? "")}`, `s.${b}`] as const);
  return `SELECT s.n FROM ${rowsOf(table)} s LEFT JOIN main.${quote(shape.name)} n ON ${keyMatches(table, "n", "s")}
    WHERE s.c IS NULL AND ((${key} IS NOT NULL) <> s.hb OR (s.hb = 1 AND ${anyDiffers(pairs)}))`;
}

/** The numbers of rows that are not what they are to be. `schema` is where the table is. */
export function missedSql(table: StagedTable, schema: "main" | "trial" | "reached", more = "1"): string {
  const { shape, common } = table;
  const key = `n.${quote(shape.key[0] ?? "rowid")}`;
  const pairOf = (i: number) => [`n.${quote(shape.columns[i]?.name ?? "")}`, `s.a${i}`] as const;
  const kept = anyDiffers(shape.columns.map((_, i) => pairOf(i)));
  const given = anyDiffers(common.map(pairOf));
  return `SELECT s.n FROM ${rowsOf(table)} s LEFT JOIN ${schema}.${quote(shape.name)} n ON ${keyMatches(table, "n", "s")}
    WHERE s.c IS NULL AND ${more} AND ((${key} IS NOT NULL) <> s.ha OR (s.ha = 1 AND CASE s.hb WHEN 1 THEN ${kept} ELSE ${given} END))`;
}
