import type { DatabaseSync } from "node:sqlite";
import { assert } from "../../../domain/assert.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { GiveBackSummary, OnConflict } from "../../../domain/give-back.ts";
import { forbidTriggers } from "../one-commit/open-live.ts";
import { refusalOf } from "./constraint-words.ts";
import { KnownShapes } from "./known-shapes.ts";
import { LeftOut } from "./left-out.ts";
import { orphanSql, strandedSql } from "./reference-sql.ts";
import { count, readMeta, rowsOf, type StagedTable } from "./staged-tables.ts";
import { quote, schemaTextOf, statementsOf } from "./table-shape.ts";
import { deleteSql, insertSql, missedSql, movedSql } from "./write-sql.ts";

const CHUNK = 2000;
/** Rows that are left out can be what others need: so often it is begun again. */
const MOST_ROUNDS = 50;

type Report = (done: number, total: number) => void;
type Trigger = { name: string; sql: string };

/**
 * Writes the chosen rows within the transaction that is open on the live database, and checks them; committing is left to the
 * caller. What is not as the plan saw it is a conflict; nothing is overwritten blindly.
 */
export class RowWriter {
  readonly leftOut: LeftOut;
  readonly #connection: DatabaseSync;
  readonly #tables: StagedTable[];
  readonly #report: Report;
  readonly #total: number;
  #done = 0;

  constructor(connection: DatabaseSync, onConflict: OnConflict, report: Report) {
    this.#connection = connection;
    this.#report = report;
    this.leftOut = new LeftOut(connection, onConflict);
    this.#tables = readMeta(connection).tables.filter((table) => this.#hasWork(table));
    this.#total = this.#tables.reduce((sum, table) => sum + this.#lastOf(table), 0);
  }

  /** Throws `conflict` where something is in the way that may not be skipped. */
  write(): GiveBackSummary {
    for (const table of this.#tables) this.#requireSameSchema(table);
    for (const table of this.#tables) {
      if (!table.isMadeAgain) this.#markMoved(table);
    }
    this.leftOut.settle();
    const triggers = this.#tables.flatMap((table) => this.#takeTriggers(table));
    forbidTriggers(this.#connection);
    for (let round = 1; ; round++) {
      this.#connection.exec("SAVEPOINT rows");
      this.#done = 0;
      this.#writeAll();
      if (this.leftOut.fresh === 0) break;
      this.#connection.exec("ROLLBACK TO rows; RELEASE rows");
      this.leftOut.settle();
      if (round === MOST_ROUNDS) throw endless();
    }
    this.#connection.exec("RELEASE rows");
    this.#connection.setAuthorizer(null);
    this.#finish(triggers);
    return this.#summary();
  }

  #writeAll(): void {
    for (const table of this.#tables) if (table.isMadeAgain) this.#make(table, ["table"]);
    for (const table of this.#tables) {
      if (!table.isMadeAgain)
        this.#inChunks(table, (from, to) => this.#prepare(deleteSql(table, this.#written(table))).run(from, to));
    }
    for (const table of this.#tables) {
      for (const rows of ["missing", "there"] as const) this.#insert(table, rows);
      this.#done += this.#lastOf(table);
    }
    if (this.leftOut.fresh > 0) return;
    const shapes = new KnownShapes(this.#connection, "main");
    for (const table of this.#tables) {
      for (const reference of shapes.parentsOf(table.shape).references) {
        const words = `${reference.from.join(", ")} refers to a row of ${reference.parent} that is not there.`;
        this.leftOut.add(
          table,
          "parent-missing",
          words,
          this.#numbers(orphanSql(table, reference, this.#written(table))),
        );
      }
      for (const reference of shapes.childrenOf(table.shape)) {
        const words = `Rows of ${reference.child} refer to it (${reference.from.join(", ")}).`;
        this.leftOut.add(
          table,
          "still-referenced",
          words,
          this.#numbers(strandedSql(table, reference, this.#written(table))),
        );
      }
      const missed = this.#numbers(missedSql(table, "main", this.#written(table)));
      this.leftOut.add(table, "rule-broken", "Today's columns would store it as another value.", missed);
    }
  }

  #insert(table: StagedTable, rows: "missing" | "there"): void {
    const insert = this.#prepare(insertSql(table, "main", rows, this.#written(table)));
    this.#inChunks(table, (from, to) => {
      try {
        insert.run(from, to);
      } catch (error) {
        if (!refusalOf(error)) throw error;
        for (let n = from + 1; n <= to; n++) this.#insertOne(table, () => insert.run(n - 1, n), n);
      }
      if (rows === "missing") this.#report(this.#done + to, this.#total);
    });
  }

  #insertOne(table: StagedTable, insert: () => unknown, n: number): void {
    try {
      insert();
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      this.leftOut.add(table, refusal.kind, refusal.words, [n]);
    }
  }

  /** The table must still be what the plan saw: another column or index could make something else of the rows. */
  #requireSameSchema(table: StagedTable): void {
    const now = schemaTextOf(this.#connection, "main", table.shape.name);
    const isSame = table.isMadeAgain ? now === "[]" : now === table.schemaText;
    if (isSame) return;
    throw new LastgoodError("conflict", `The table ${table.shape.name} was changed since the plan was made.`, {
      hint: "Nothing was changed. Look at the new plan and confirm again.",
      outcome: "nothing",
    });
  }

  #markMoved(table: StagedTable): void {
    this.leftOut.add(table, "changed-since", "It was changed since the plan was made.", this.#numbers(movedSql(table)));
  }

  /** Triggers would do what nobody asked for. They are taken away and put back within this one transaction. */
  #takeTriggers({ shape, isMadeAgain }: StagedTable): Trigger[] {
    if (isMadeAgain) return [];
    const triggers = statementsOf(this.#connection, "main", shape.name).filter(({ type }) => type === "trigger");
    for (const { name } of triggers) this.#connection.exec(`DROP TRIGGER main.${quote(name)}`);
    return triggers;
  }

  #finish(triggers: readonly Trigger[]): void {
    for (const table of this.#tables) {
      if (table.isMadeAgain) {
        this.#make(table, ["index", "trigger"]);
        if (table.sequence !== null) this.#raiseSequence(table.shape.name, table.sequence);
      }
    }
    for (const { sql } of triggers) this.#connection.exec(sql);
    for (const table of this.#tables) {
      if (table.isMadeAgain) continue;
      const now = schemaTextOf(this.#connection, "main", table.shape.name);
      assert(now === table.schemaText, "a table has its triggers again");
      if (table.isTakenAway && this.#isEmpty(table))
        this.#connection.exec(`DROP TABLE main.${quote(table.shape.name)}`);
    }
  }

  #make(table: StagedTable, types: readonly string[]): void {
    for (const { type, sql } of table.statements) if (types.includes(type)) this.#connection.exec(sql);
  }

  /** AUTOINCREMENT goes on behind the highest number that was ever given. */
  #raiseSequence(name: string, sequence: string): void {
    this.#connection
      .prepare("UPDATE main.sqlite_sequence SET seq = max(seq, CAST(? AS INTEGER)) WHERE name = ?")
      .run(sequence, name);
  }

  #isEmpty({ shape }: StagedTable): boolean {
    return count(this.#connection, `SELECT EXISTS (SELECT 1 FROM main.${quote(shape.name)})`) === 0;
  }

  #hasWork(table: StagedTable): boolean {
    if (table.isMadeAgain && !table.isTakenAway) return true;
    return count(this.#connection, `SELECT EXISTS (SELECT 1 FROM ${rowsOf(table)} WHERE c IS NULL)`) === 1;
  }

  #lastOf(table: StagedTable): number {
    return count(this.#connection, `SELECT max(n) FROM ${rowsOf(table)}`);
  }

  #inChunks(table: StagedTable, work: (from: number, to: number) => void): void {
    const last = this.#lastOf(table);
    for (let from = 0; from < last; from += CHUNK) work(from, Math.min(last, from + CHUNK));
  }

  #written(table: StagedTable): string {
    return this.leftOut.notSkipped(table);
  }

  #prepare(sql: string) {
    return this.#connection.prepare(sql);
  }

  #numbers(sql: string): number[] {
    return this.#prepare(sql)
      .all()
      .map(({ n }) => Number(n));
  }

  #summary(): GiveBackSummary {
    const tables = this.#tables.map((table) => {
      const of = (where: string) =>
        count(this.#connection, `SELECT count(*) FROM ${rowsOf(table)} s WHERE ${where} AND ${this.#written(table)}`);
      return {
        name: table.shape.name,
        inserted: of("c IS NULL AND hb = 0"),
        setBack: of("c IS NULL AND hb = 1 AND ha = 1"),
        removed: of("c IS NULL AND hb = 1 AND ha = 0"),
        skipped:
          this.leftOut.countOf(table) +
          count(this.#connection, `SELECT count(*) FROM ${rowsOf(table)} WHERE c IS NOT NULL`),
      };
    });
    const rows = tables.reduce((sum, one) => sum + one.inserted + one.setBack + one.removed, 0);
    return { tables, rows, skipped: this.leftOut.summary() };
  }
}

function endless(): LastgoodError {
  return new LastgoodError("conflict", "Too many rows depend on rows that had to be left out.", {
    hint: "Nothing was changed. Choose fewer tables, or let missing parents come along.",
    outcome: "nothing",
  });
}
