import type { StatementSync } from "node:sqlite";
import { hasNamedPlaceholder, type StatementText, splitStatements } from "./split-statements.ts";
import { namedPlaceholder, twoStatements } from "./statement-errors.ts";

/** What changes rows even where it gives some back. */
const CHANGES_ROWS = new Set(["insert", "replace", "update", "delete"]);

/** Runs a statement of a file to its end: how many rows it gave, and whether it was there to change something. */
export function drainStatement(
  statement: StatementSync,
  { sql, firstWord }: StatementText,
): { rows: number; writes: boolean } {
  refuseTail(statement, sql);
  if (hasNamedPlaceholder(sql)) throw namedPlaceholder();
  if (statement.columns().length === 0) {
    statement.run();
    return { rows: 0, writes: firstWord !== "pragma" };
  }
  statement.setReadBigInts(true);
  let rows = 0;
  for (const _ of statement.iterate()) rows++;
  return { rows, writes: CHANGES_ROWS.has(firstWord) };
}

/** SQLite's own parser decides where a statement ends; what our splitter would have run along with it is refused. */
export function refuseTail(statement: StatementSync, sql: string): void {
  const tail = sql.slice(statement.sourceSQL.length);
  if (splitStatements(tail).length > 0) throw twoStatements(tail);
}
