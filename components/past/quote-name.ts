import type { DatabaseView } from "../../lib/client/api-types.ts";

/** A name as SQLite takes it within double quotes; plain ones stay as they are. */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** SQLite's keywords that people name tables and columns by; see https://www.sqlite.org/lang_keywords.html */
const RESERVED = new Set(
  (
    "add all alter and as autoincrement between case check collate commit constraint create cross current default delete " +
    "desc distinct drop each else end escape except exists foreign from full group having if in index inner insert " +
    "intersect into is join key left like limit match natural no not null of offset on or order outer plan primary query " +
    "raise references release replace right rollback row rows select set table temp then to transaction trigger union " +
    "unique update using values view when where window with without"
  ).split(" "),
);

/** The statement that a table's page begins with. */
export function firstStatement(table: string, rows: number, engine: DatabaseView["engine"] = "sqlite"): string {
  return `select *\nfrom ${tableInSql(table, engine)}\nlimit ${rows}`;
}

/** A table's name as a statement takes it; those of a cluster are written so already. */
export function tableInSql(table: string, engine: DatabaseView["engine"]): string {
  return engine === "postgres" ? table : quoteName(table);
}
