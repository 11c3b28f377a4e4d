import type { DatabaseSync } from "node:sqlite";
import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { ROWS_PER_CHUNK } from "../../json/document-limits.ts";
import { shown } from "../../json/document-manifest.ts";
import { refusalOf } from "../give-back/constraint-words.ts";
import { quote, readForeignKeys, same, schemaTextOf, statementsOf } from "../give-back/table-shape.ts";
import { forbidTriggers } from "../one-commit/open-live.ts";
import { sqliteCodeOf } from "../wal/sqlite-busy.ts";
import { countBrokenReferences } from "./broken-references.ts";
import { hasEveryRow } from "./compare-rows.ts";
import { inDependencyOrder } from "./dependency-order.ts";
import { readStaged, type StagedTable } from "./staged-document.ts";

/** What became of each table. */
export type ReplacedTable = { name: string; removed: number; written: number };
export type ReplacedTables = { tables: ReplacedTable[]; rows: number };

type Report = (done: number, total: number) => void;
type Trigger = { name: string; sql: string };

/**
 * Puts the rows of a staged document in place of those of the same tables, within the transaction that is open on the live database,
 * and checks them; committing is left to the caller. Other tables stay as they are. Triggers do not run, foreign keys are checked at
 * the end. Throws `conflict` where anything is in the way.
 */
export function replaceTables(connection: DatabaseSync, report: Report): ReplacedTables {
  const { tables, totalRows } = readStaged(connection);
  for (const table of tables) requireSameSchema(connection, table);
  const referring = tablesReferringTo(connection, tables);
  const before = new Map(referring.map((name) => [name, countBrokenReferences(connection, name)]));
  const triggers = tables.flatMap((table) => takeTriggers(connection, table));
  forbidTriggers(connection);
  const ordered = inDependencyOrder(tables);
  const removed = new Map<number, number>();
  for (const table of ordered.toReversed()) {
    removed.set(table.id, Number(connection.prepare(`DELETE FROM main.${quote(table.name)}`).run().changes));
    reachPoint("document.table-emptied");
  }
  let done = 0;
  for (const table of ordered) {
    writeRows(connection, table, (rows) => report(done + rows, totalRows));
    done += table.rows;
  }
  connection.setAuthorizer(null);
  for (const table of tables) raiseSequence(connection, table);
  for (const { sql } of triggers) connection.exec(sql);
  for (const table of tables) {
    assert(schemaTextOf(connection, "main", table.name) === table.schemaText, "a table has its triggers again");
    if (!hasEveryRow(connection, table)) throw otherRows(table);
    requireReferences(connection, table.name, table.brokenReferences);
  }
  for (const [name, broken] of before) requireReferences(connection, name, broken);
  reachPoint("document.checked");
  const replaced = tables.map(({ id, name, rows }) => ({ name, removed: removed.get(id) ?? 0, written: rows }));
  return { tables: replaced, rows: totalRows };
}

function writeRows(
  connection: DatabaseSync,
  { id, name, names, rows }: StagedTable,
  report: (rows: number) => void,
): void {
  const columns = names.map(quote).join(", ");
  const values = names.map((_, i) => `c${i}`).join(", ");
  // A table's own ON CONFLICT must not let a row vanish without a word.
  const insert = prepare(
    connection,
    name,
    `INSERT OR ABORT INTO main.${quote(name)} (${columns}) SELECT ${values} FROM stage.r${id} WHERE rowid > ? AND rowid <= ?`,
  );
  for (let from = 0; from < rows; from += ROWS_PER_CHUNK) {
    try {
      insert.run(from, from + ROWS_PER_CHUNK);
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      throw inTheWay(`a row of table ${shown(name)} is refused: ${refusal.words}`);
    }
    reachPoint("document.chunk-written");
    report(Math.min(rows, from + ROWS_PER_CHUNK));
  }
}

/** Triggers, indexes and checks may need functions of an application's own, which only that application has. */
function prepare(connection: DatabaseSync, name: string, sql: string) {
  try {
    return connection.prepare(sql);
  } catch (error) {
    if (sqliteCodeOf(error) !== 1 || !(error instanceof Error)) throw error;
    throw inTheWay(`table ${shown(name)} cannot be written here: ${error.message}`);
  }
}

/** Between reading the document and now the schema may have changed. */
function requireSameSchema(connection: DatabaseSync, { name, schemaText }: StagedTable): void {
  if (schemaTextOf(connection, "main", name) === schemaText) return;
  throw inTheWay(`table ${shown(name)} was changed while the document was read`);
}

function takeTriggers(connection: DatabaseSync, { name }: StagedTable): Trigger[] {
  const triggers = statementsOf(connection, "main", name).filter(({ type }) => type === "trigger");
  for (const trigger of triggers) connection.exec(`DROP TRIGGER main.${quote(trigger.name)}`);
  return triggers;
}

/** Tables that are not replaced while their rows refer to some that are. */
function tablesReferringTo(connection: DatabaseSync, tables: readonly StagedTable[]): string[] {
  const isReplaced = (name: string) => tables.some((table) => same(table.name, name));
  return connection
    .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND sql LIKE '%REFERENCES%'")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !isReplaced(name))
    .filter((name) => readForeignKeys(connection, "main", name).some(({ parent }) => isReplaced(parent)));
}

function requireReferences(connection: DatabaseSync, name: string, allowed: number): void {
  const broken = countBrokenReferences(connection, name);
  if (broken <= allowed) return;
  throw inTheWay(`${broken - allowed} references of table ${shown(name)} would lead to rows that are not there`);
}

/** AUTOINCREMENT goes on behind the highest number that was ever given, then or since. */
function raiseSequence(connection: DatabaseSync, { name, sequence }: StagedTable): void {
  if (sequence === null) return;
  const raised = connection
    .prepare("UPDATE main.sqlite_sequence SET seq = max(seq, CAST(? AS INTEGER)) WHERE name = ?")
    .run(sequence, name);
  if (raised.changes > 0) return;
  connection.prepare("INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, CAST(? AS INTEGER))").run(name, sequence);
}

function otherRows({ name }: StagedTable): LastgoodError {
  return inTheWay(`table ${shown(name)} would store some of its rows as something else`);
}

function inTheWay(because: string): LastgoodError {
  return new LastgoodError("conflict", `The document cannot be restored, since ${because}.`, {
    hint: "Nothing was changed. Restore a physical backup, or a moment of the history, instead.",
    outcome: "nothing",
  });
}
