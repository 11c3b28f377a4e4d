// Plans and writes rows between plain files, in a process whose sources may have been changed, and prints what became of them.
import { randomUUID } from "node:crypto";
import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { GiveBackTable, OnConflict } from "../../../lib/domain/give-back.ts";
import { RowPlan } from "../../../lib/engines/sqlite/give-back/plan-rows.ts";
import { RowWriter } from "../../../lib/engines/sqlite/give-back/write-rows.ts";
import {
  attachNewStage,
  attachStill,
  forbidWriting,
  openLive,
} from "../../../lib/engines/sqlite/one-commit/open-live.ts";

const folder = mkdtempSync(path.join(tmpdir(), "give-back-"));

type Ask = { live: string; past: string; left: string | null; stage: string; tables: GiveBackTable[] };

function at(file: string, sql: string): void {
  const connection = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  connection.exec(`PRAGMA journal_mode = wal; ${sql}; PRAGMA wal_checkpoint(TRUNCATE)`);
  connection.close();
}

function copy(file: string): string {
  const target = path.join(folder, `${randomUUID()}.db`);
  copyFileSync(file, target);
  return target;
}

function plan({ live, past, left, stage, tables }: Ask) {
  const connection = openLive(live);
  try {
    attachNewStage(connection, stage);
    attachStill(connection, past, "past");
    if (left) attachStill(connection, left, "left");
    connection.exec("ATTACH ':memory:' AS trial");
    forbidWriting(connection);
    const question = { databaseId: "d", livePath: live, pastImage: past, leftImage: left, stageFile: stage };
    const made = { ...question, fromBookmark: "b", tables, includeParents: false };
    return new RowPlan(connection, made).make(() => undefined);
  } finally {
    connection.close();
  }
}

function write({ live, stage }: Ask, onConflict: OnConflict): void {
  const connection = openLive(live);
  try {
    attachStill(connection, stage, "stage");
    connection.exec("PRAGMA temp_store = MEMORY; BEGIN IMMEDIATE");
    new RowWriter(connection, onConflict, () => undefined).write();
    connection.exec("COMMIT");
  } finally {
    connection.close();
  }
}

function read(file: string, sql: string): string {
  const connection = new DatabaseSync(file);
  const rows = connection.prepare(sql).all();
  connection.close();
  return JSON.stringify(rows.map((row) => Object.values(row)));
}

/** A database with a past, and what is to come back of it. */
function scene(before: string, since: string, tables: GiveBackTable[]): Ask {
  const live = path.join(folder, `${randomUUID()}.db`);
  at(live, before);
  const past = copy(live);
  at(live, since);
  return { live, past, left: null, stage: path.join(folder, `${randomUUID()}.stage`), tables };
}

const T = "CREATE TABLE t (a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 'x'), (2, 'y')";
const FAMILY = `CREATE TABLE p (a INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);
  CREATE TABLE t (a INTEGER PRIMARY KEY, b REFERENCES p (a) ON DELETE CASCADE); INSERT INTO t VALUES (1, 1), (2, 2)`;

/** What each gives while everything is in place. */
export const SCENARIOS: Record<string, () => string> = {
  /** A row changes between plan and run. */
  moved: () => {
    const ask = scene(T, "UPDATE t SET b = 'z'", [{ name: "t", kinds: ["changed"] }]);
    plan(ask);
    at(ask.live, "UPDATE t SET b = 'mine' WHERE a = 1");
    write(ask, { "changed-since": "skip" });
    return read(ask.live, "SELECT * FROM t");
  },
  /** A trigger would write what nobody asked for. */
  triggers: () => {
    const log = "; CREATE TABLE log (x); CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END";
    const ask = scene(T + log, "DELETE FROM t; DELETE FROM log", [{ name: "t" }]);
    plan(ask);
    write(ask, {});
    return read(
      ask.live,
      "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM log), (SELECT count(*) FROM sqlite_schema)",
    );
  },
  /** Another row has taken the value of a unique column. */
  taken: () => {
    const ask = scene(`${T}; CREATE UNIQUE INDEX u ON t (b)`, "DELETE FROM t; INSERT INTO t VALUES (9, 'x')", [
      { name: "t" },
    ]);
    plan(ask);
    write(ask, {});
    return read(ask.live, "SELECT * FROM t ORDER BY a");
  },
  /** An index over an expression is taken, which only the writing shows. */
  hiddenlyTaken: () => {
    const ask = scene(`${T}; CREATE UNIQUE INDEX u ON t (upper(b))`, "DELETE FROM t; INSERT INTO t VALUES (9, 'X')", [
      { name: "t" },
    ]);
    plan(ask);
    write(ask, { "key-taken": "skip" });
    return read(ask.live, "SELECT * FROM t ORDER BY a");
  },
  /** The parent of a row goes between plan and run. */
  orphaned: () => {
    const ask = scene(FAMILY, "DELETE FROM t", [{ name: "t" }]);
    plan(ask);
    at(ask.live, "DELETE FROM p WHERE a = 2");
    write(ask, { "parent-missing": "skip" });
    return read(ask.live, "SELECT * FROM t");
  },
  /** An undo would take a parent away to which a row refers that was added between plan and run. */
  stranded: () => {
    const ask = scene(FAMILY, "DELETE FROM t; DELETE FROM p WHERE a = 2", [{ name: "p" }]);
    const before = copy(ask.live);
    plan(ask);
    write(ask, {});
    at(ask.live, "SELECT 1");
    const undo: Ask = { ...ask, past: before, left: copy(ask.live), stage: `${ask.stage}.undo` };
    plan(undo);
    at(ask.live, "INSERT INTO t VALUES (5, 2)");
    write(undo, { "still-referenced": "skip" });
    return read(ask.live, "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM t)");
  },
  /** `1`, `1.0` and `'1'` are three values, `'a'` and `'A'` two. */
  alike: () => {
    const own =
      "CREATE TABLE t (a INTEGER PRIMARY KEY, b, c TEXT COLLATE NOCASE); INSERT INTO t VALUES (1, '1', 'a'), (2, 1.0, 'a'), (3, 1, 'a')";
    const ask = scene(own, "UPDATE t SET b = 1, c = 'A'", [{ name: "t", kinds: ["changed"] }]);
    const { tables } = plan(ask);
    write(ask, {});
    return `${tables[0]?.setBack} ${read(ask.live, "SELECT typeof(b), c FROM t")}`;
  },
  /** The table gets another column between plan and run. */
  altered: () => {
    const ask = scene(T, "DELETE FROM t", [{ name: "t" }]);
    plan(ask);
    at(ask.live, "ALTER TABLE t ADD COLUMN c DEFAULT 7");
    write(ask, {});
    return read(ask.live, "SELECT * FROM t");
  },
  /** Rows that were added since are none of the past's. */
  added: () => {
    const ask = scene(T, "DELETE FROM t; INSERT INTO t VALUES (7, 'mine')", [{ name: "t", keys: ["r1", "r2", "r7"] }]);
    plan(ask);
    write(ask, {});
    return read(ask.live, "SELECT * FROM t");
  },
};

function outcomeOf(name: string): string {
  try {
    return SCENARIOS[name]?.() ?? "there is no such scenario";
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    return `threw ${error instanceof Error ? error.message : String(error)}`;
  }
}

if (process.argv[1] === import.meta.filename) {
  const names = process.argv.slice(2);
  process.stdout.write(JSON.stringify(Object.fromEntries(names.map((name) => [name, outcomeOf(name)]))));
}
