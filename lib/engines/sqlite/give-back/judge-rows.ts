import type { DatabaseSync } from "node:sqlite";
import type { GiveBackConflictKind } from "../../../domain/give-back.ts";
import type { KnownShapes, Reference } from "./known-shapes.ts";
import { keyColumns, keyMatches, rowsOf, type StagedTable } from "./staged-tables.ts";
import { quote, same, type UniqueIndex } from "./table-shape.ts";

/** Why some rows of a table cannot be written; its number stands beside the rows. */
export type FoundConflict = { id: number; kind: GiveBackConflictKind; table: string; words: string };

/**
 * Finds out which of the chosen rows cannot simply be written, before anything is. What it cannot see beforehand (an index
 * over an expression) the run finds, and does then what was chosen for that kind.
 */
export class RowJudge {
  readonly conflicts: FoundConflict[] = [];
  readonly #connection: DatabaseSync;
  readonly #tables: readonly StagedTable[];
  readonly #shapes: KnownShapes;
  readonly #refused = new Set<number>();

  constructor(connection: DatabaseSync, tables: readonly StagedTable[], shapes: KnownShapes) {
    this.#connection = connection;
    this.#tables = tables;
    this.#shapes = shapes;
  }

  /** Marks rows, until nothing more follows from what is marked: a row that stays out may be another one's parent. */
  judge(): void {
    for (const table of this.#tables) {
      this.#mark(table, "changed-since", "It was changed or deleted since it was given back.", "x = 1");
    }
    for (let found = 1; found > 0; ) {
      found = 0;
      for (const table of this.#tables) {
        if (this.#refused.has(table.id)) continue;
        if (!table.isMadeAgain) for (const index of table.shape.uniques) found += this.#markTaken(table, index);
        for (const reference of this.#shapes.parentsOf(table.shape).references)
          found += this.#markOrphans(table, reference);
        for (const reference of this.#shapes.childrenOf(table.shape)) found += this.#markNeeded(table, reference);
      }
    }
  }

  /** All rows of a table that are not in another conflict already. */
  refuse(table: StagedTable, words: string): void {
    this.#refused.add(table.id);
    this.#mark(table, "table-refused", words, "1");
  }

  /** Single rows of a table. */
  markRows(table: StagedTable, kind: GiveBackConflictKind, words: string, numbers: readonly number[]): void {
    const id = this.#idOf(kind, table, words);
    const update = this.#connection.prepare(`UPDATE ${rowsOf(table)} SET c = ? WHERE n = ? AND c IS NULL`);
    for (const n of numbers) update.run(id, n);
  }

  #mark(table: StagedTable, kind: GiveBackConflictKind, words: string, where: string): number {
    const rows = rowsOf(table);
    if (
      this.#connection.prepare(`SELECT 1 FROM ${rows} s WHERE c IS NULL AND (${where}) LIMIT 1`).get() === undefined
    ) {
      return 0;
    }
    const id = this.#idOf(kind, table, words);
    const marked = this.#connection.prepare(`UPDATE ${rows} AS s SET c = ? WHERE c IS NULL AND (${where})`).run(id);
    return Number(marked.changes);
  }

  #idOf(kind: GiveBackConflictKind, table: StagedTable, words: string): number {
    const { name } = table.shape;
    const known = this.conflicts.find((one) => one.kind === kind && one.table === name && one.words === words);
    if (known) return known.id;
    const id = this.conflicts.length + 1;
    this.conflicts.push({ id, kind, table: name, words });
    return id;
  }

  /** Another row has the value, and does not move away with this change. */
  #markTaken(table: StagedTable, { name, columns, collations }: UniqueIndex): number {
    const at = columns.map((column) => this.#place(table, column));
    const equal = columns.map(
      (column, i) => `n.${quote(column)} COLLATE ${quote(collations[i] ?? "BINARY")} = s.a${at[i]}`,
    );
    const isItself = keyMatches(table, "n", "s");
    const movesAway = `EXISTS (SELECT 1 FROM ${rowsOf(table)} q WHERE ${keyMatches(table, "n", "q")} AND q.hb = 1 AND q.c IS NULL)`;
    return this.#mark(
      table,
      "key-taken",
      `Another row has its value of ${columns.join(", ")} (${indexWords(name)}).`,
      `s.ha = 1 AND EXISTS (SELECT 1 FROM main.${quote(table.shape.name)} n
         WHERE ${equal.join(" AND ")} AND NOT (${isItself}) AND NOT ${movesAway})`,
    );
  }

  /** What it refers to is neither there nor comes along. */
  #markOrphans(table: StagedTable, reference: Reference): number {
    const { from, parent, to } = reference;
    return this.#mark(
      table,
      "parent-missing",
      `${from.join(", ")} refers to a row of ${parent} (${to.join(", ")}) that is not there.`,
      `s.ha = 1 AND ${this.orphanCondition(table, reference)}`,
    );
  }

  /** SQL that holds for a staged row `s` whose parent is missing. */
  orphanCondition(table: StagedTable, { from, parent, to, collations }: Reference): string {
    const own = from.map((column) => `s.a${this.#place(table, column)}`);
    const isThere = (source: string, columnOf: (column: string) => string, more: string) =>
      `EXISTS (SELECT 1 FROM ${source} WHERE ${to
        .map((column, i) => `${columnOf(column)} COLLATE ${quote(collations[i] ?? "BINARY")} = ${own[i]}`)
        .join(" AND ")}${more})`;
    const conditions = own.map((value) => `${value} IS NOT NULL`);
    const staged = this.#tables.find(({ shape }) => same(shape.name, parent));
    const goes = staged
      ? ` AND NOT EXISTS (SELECT 1 FROM ${rowsOf(staged)} q WHERE ${keyMatches(staged, "n", "q")} AND q.hb = 1 AND q.c IS NULL)`
      : "";
    if (this.#shapes.get(parent) && !staged?.isMadeAgain) {
      conditions.push(`NOT ${isThere(`main.${quote(parent)} n`, (column) => `n.${quote(column)}`, goes)}`);
    }
    if (staged) {
      const place = (column: string) => `q.a${this.#place(staged, column)}`;
      conditions.push(`NOT ${isThere(`${rowsOf(staged)} q`, place, " AND q.ha = 1 AND q.c IS NULL")}`);
    }
    return conditions.join(" AND ");
  }

  /** It goes, or its key changes, while a row that stays refers to it. */
  #markNeeded(table: StagedTable, { child, from, to, collations }: Reference): number {
    if (!this.#shapes.get(table.shape.name)) return 0;
    const at = to.map((column) => this.#place(table, column));
    const keyGoes = `(s.ha = 0 OR ${at.map((i) => `s.a${i} IS NOT s.b${i}`).join(" OR ")})`;
    const refers = from.map(
      (column, i) => `o.${quote(column)} = s.b${at[i]} COLLATE ${quote(collations[i] ?? "BINARY")}`,
    );
    const staged = this.#tables.find(({ shape }) => same(shape.name, child));
    const moves = staged
      ? `AND NOT EXISTS (SELECT 1 FROM ${rowsOf(staged)} q WHERE ${keyMatches(staged, "o", "q")} AND q.hb = 1 AND q.c IS NULL)`
      : "";
    return this.#mark(
      table,
      "still-referenced",
      `Rows of ${child} refer to it (${from.join(", ")}).`,
      `s.hb = 1 AND ${keyGoes} AND s.n IN (SELECT s.n FROM ${rowsOf(table)} s JOIN main.${quote(child)} o
         ON ${refers.join(" AND ")} WHERE s.hb = 1 AND ${keyGoes} ${moves})`,
    );
  }

  #place(table: StagedTable, column: string): number {
    return table.shape.columns.findIndex(({ name }) => same(name, column));
  }
}

export function indexWords(name: string): string {
  return name.startsWith("sqlite_autoindex_") ? "a unique key of the table" : `the unique index ${name}`;
}

/** The keys of the first few rows in a conflict, and where their bytes are. */
export function sampleKeys(table: StagedTable): string {
  const keys = keyColumns(table);
  return `${keys.join(", ")}, ${keys.map((key) => `CAST(${key} AS BLOB)`).join(", ")}`;
}
