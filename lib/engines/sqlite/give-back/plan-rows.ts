import type { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import type { GiveBackKind, GiveBackNotice, GiveBackTable } from "../../../domain/give-back.ts";
import { bringParents, countParents } from "./bring-parents.ts";
import { digestRows } from "./digest-rows.ts";
import { RowJudge } from "./judge-rows.ts";
import { KnownShapes } from "./known-shapes.ts";
import { noticesOf } from "./notices.ts";
import type { PlanAnswer, PlanQuestion } from "./plan-messages.ts";
import { nameRows } from "./row-names.ts";
import { chooseByKind, chooseByUndo, dropIdle, dropUndone, type Left, type Presence, stageRows } from "./stage-rows.ts";
import { makeStage, type StagedTable, writeMeta } from "./staged-tables.ts";
import { tableCounts } from "./table-counts.ts";
import { readShape, type SchemaName, same, schemaTextOf, statementsOf, type TableShape } from "./table-shape.ts";
import { tryRows } from "./try-rows.ts";
import { deleteSql, insertSql } from "./write-sql.ts";

const BOTH: readonly GiveBackKind[] = ["removed", "changed"];
/** Each row takes two columns here for each of its own. */
const MOST_COLUMNS = 900;

/** Tables that were asked for and cannot be written row by row. */
export type RefusedTable = { name: string; words: string };

/** One plan, on a connection that has the live database, the past, the file for chosen rows and `trial` in memory. */
export class RowPlan {
  readonly tables: StagedTable[] = [];
  readonly refused: RefusedTable[] = [];
  readonly left = new Map<number, Left>();
  readonly connection: DatabaseSync;
  readonly question: PlanQuestion;
  readonly shapes: KnownShapes;

  constructor(connection: DatabaseSync, question: PlanQuestion) {
    this.connection = connection;
    this.question = question;
    this.shapes = new KnownShapes(connection, "main");
  }

  get isUndo(): boolean {
    return this.question.leftImage !== null;
  }

  make(report: (done: number, total: number) => void): PlanAnswer {
    const { tables, includeParents } = this.question;
    const total = tables.length + 3;
    for (const [done, asked] of tables.entries()) {
      report(done, total);
      this.#choose(asked);
    }
    if (includeParents && !this.isUndo) bringParents(this);
    const missingParents = includeParents || this.isUndo ? [] : countParents(this);
    report(tables.length + 1, total);
    const judge = new RowJudge(this.connection, this.tables, this.shapes);
    for (const table of this.tables) this.#requireWritable(table, judge);
    judge.judge();
    report(tables.length + 2, total);
    const conflicts = [...judge.conflicts];
    writeMeta(this.connection, { version: 1, tables: this.tables });
    return {
      ...tableCounts(this, conflicts),
      notices: this.tables.flatMap((table): GiveBackNotice[] => noticesOf(this, table)),
      missingParents,
      digest: digestRows(this),
    };
  }

  #choose(asked: GiveBackTable): void {
    const table = this.stage(asked.name);
    if (!table) return;
    const kinds = asked.kinds ?? (asked.keys ? BOTH : ["removed"]);
    const presence = this.presenceOf(table.shape.name);
    if (this.isUndo) chooseByUndo(this.connection, table, presence);
    else if (asked.keys) nameRows(this.connection, table, asked.keys);
    else chooseByKind(this.connection, table, kinds, presence);
    stageRows(this.connection, table, presence, { undo: this.isUndo, asParents: false });
    const idle = this.isUndo ? dropUndone(this.connection, table) : dropIdle(this.connection, table, kinds);
    this.left.set(table.id, idle);
  }

  presenceOf(name: string): Presence {
    const has = (schema: SchemaName) => readShape(this.connection, schema, name) !== null;
    return { main: has("main"), past: has("past"), left: this.isUndo && has("left") };
  }

  /** The place for a table's chosen rows, once per table; null where none of it can be written. Throws `not_found`. */
  stage(name: string): StagedTable | null {
    const known = this.tables.find(({ shape }) => same(shape.name, name));
    if (known) return known;
    const [now, then, left] = (["main", "past", "left"] as const).map((schema) =>
      schema === "left" && !this.isUndo ? null : readShape(this.connection, schema, name),
    );
    const shape = now ?? then ?? left;
    if (!shape || (!then && !this.isUndo)) throw noTable(name, this.isUndo);
    const others = [then, left].filter((one) => one !== null && one !== undefined);
    const refusal = [shape, ...others].find((one) => "refused" in one);
    const words =
      refusal && "refused" in refusal ? refusal.refused : this.#unlike(shape as TableShape, others as TableShape[]);
    if (words) {
      if (!this.refused.some((one) => same(one.name, shape.name))) {
        this.refused.push({ name: shape.name, words: `Its rows cannot be given back one by one: ${words}.` });
      }
      return null;
    }
    return this.#make(shape as TableShape, others as TableShape[], { isNow: now !== null, wasThen: then !== null });
  }

  /** Why rows of both cannot be told to be the same. */
  #unlike(shape: TableShape, others: TableShape[]): string | null {
    if (shape.columns.length > MOST_COLUMNS) return `it has more than ${MOST_COLUMNS} columns`;
    const keyOf = ({ isNamedByRowid, isRowidHidden, key }: TableShape) =>
      isNamedByRowid ? `rowid ${isRowidHidden ? "" : (key[0] ?? "").toLowerCase()}` : key.join("\0").toLowerCase();
    return others.some((one) => keyOf(one) !== keyOf(shape))
      ? "it has another primary key today than it had then"
      : null;
  }

  #make(shape: TableShape, others: TableShape[], has: { isNow: boolean; wasThen: boolean }): StagedTable {
    const isMadeAgain = !has.isNow;
    const source = has.wasThen ? "past" : "left";
    const table: StagedTable = {
      id: this.tables.length + 1,
      shape,
      common: shape.columns.flatMap(({ name }, i) =>
        others.every(({ columns }) => columns.some((one) => same(one.name, name))) ? [i] : [],
      ),
      isMadeAgain,
      isTakenAway: this.isUndo && !has.wasThen,
      schemaText: isMadeAgain ? "" : schemaTextOf(this.connection, "main", shape.name),
      statements: isMadeAgain ? statementsOf(this.connection, source, shape.name) : [],
      sequence: this.#sequenceOf(shape.name),
      neededBy: [],
    };
    makeStage(this.connection, table);
    this.tables.push(table);
    if (isMadeAgain) this.shapes.add(shape);
    return table;
  }

  #sequenceOf(table: string): string | null {
    const isCounted = this.connection.prepare("SELECT 1 FROM past.sqlite_schema WHERE name = 'sqlite_sequence'").get();
    if (!isCounted) return null;
    const row = this.connection
      .prepare("SELECT CAST(seq AS TEXT) AS seq FROM past.sqlite_sequence WHERE name = ? COLLATE NOCASE")
      .get(table);
    return row ? String(row.seq) : null;
  }

  /** Whether SQLite could compile the writing at all: functions and collations of an application's own it has not. */
  #requireWritable(table: StagedTable, judge: RowJudge): void {
    if (table.isMadeAgain) return;
    try {
      this.connection.setAuthorizer(null);
      for (const rows of ["missing", "there"] as const) this.connection.prepare(insertSql(table, "main", rows));
      this.connection.prepare(deleteSql(table));
    } catch (error) {
      if (!(error instanceof Error) || !("errcode" in error)) throw error;
      judge.refuse(table, `It cannot be written here: ${error.message}.`);
      return;
    }
    const then = readShape(this.connection, "past", table.shape.name);
    if (!this.isUndo && then && "sql" in then && then.sql !== table.shape.sql) tryRows(this.connection, table, judge);
  }
}

function noTable(name: string, isUndo: boolean): LastgoodError {
  return new LastgoodError("not_found", `There is no table ${name.slice(0, 64)} at that moment.`, {
    field: "tables",
    hint: isUndo ? "It is gone on both sides." : "Choose another moment or another table.",
  });
}
