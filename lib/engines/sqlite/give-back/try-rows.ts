import type { DatabaseSync } from "node:sqlite";
import { refusalOf } from "./constraint-words.ts";
import type { RowJudge } from "./judge-rows.ts";
import { count, rowsOf, type StagedTable } from "./staged-tables.ts";
import { quote } from "./table-shape.ts";
import { insertSql, missedSql } from "./write-sql.ts";

const CHUNK = 1000;

/**
 * Whether today's table would take the rows: its NOT NULL, CHECK and types, tried on a table of the same definition in memory.
 * Rows that it would refuse, or store as other values, are marked.
 */
export function tryRows(connection: DatabaseSync, table: StagedTable, judge: RowJudge): void {
  const name = quote(table.shape.name);
  try {
    connection.exec(table.shape.sql.replace(/^\s*CREATE\s+TABLE\s+/i, "CREATE TABLE trial."));
  } catch {
    // What this SQLite cannot make it cannot try either; whether it can write it was asked before.
    return;
  }
  try {
    const last = count(connection, `SELECT max(n) FROM ${rowsOf(table)}`);
    for (let from = 0; from < last; from += CHUNK)
      tryChunk(connection, table, judge, from, Math.min(last, from + CHUNK));
  } finally {
    connection.exec(`DROP TABLE trial.${name}`);
  }
}

function tryChunk(connection: DatabaseSync, table: StagedTable, judge: RowJudge, from: number, to: number): void {
  for (const rows of ["missing", "there"] as const) {
    const insert = connection.prepare(insertSql(table, "trial", rows));
    try {
      insert.run(from, to);
    } catch (error) {
      if (!refusalOf(error)) throw error;
      for (let n = from + 1; n <= to; n++) tryOne(() => insert.run(n - 1, n), table, judge, n);
    }
  }
  const other = connection.prepare(missedSql(table, "trial", "s.ha = 1 AND s.n > ? AND s.n <= ?")).all(from, to);
  judge.markRows(
    table,
    "rule-broken",
    "Today's columns would store it as another value.",
    other.map(({ n }) => Number(n)),
  );
  connection.exec(`DELETE FROM trial.${quote(table.shape.name)}`);
}

function tryOne(insert: () => unknown, table: StagedTable, judge: RowJudge, n: number): void {
  try {
    insert();
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    judge.markRows(table, refusal.kind, refusal.words, [n]);
  }
}
