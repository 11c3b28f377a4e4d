/**
 * The stock side of a dry run, in a process of its own: keeps one connection to the copy open over the whole of it, as an
 * application would.
 *   grow     makes a table and fills it, so that there is something to take back; answers the size before
 *   check    says what is wrong after it was taken back, or null
 */

import { DatabaseSync } from "node:sqlite";
import { assert } from "../../../domain/assert.ts";
import { endAtOnce } from "../../../end-at-once.ts";

export type DryRunQuestion = { act: "grow"; path: string } | { act: "check"; pages: number; schemaCookie: number };
export type DryRunAnswer = { pages: number } | { wrong: string | null } | { failed: string };

const TABLE = "lastgood_dry_run";
const ROWS = 200;
const ROW_BYTES = 3000;

let connection: DatabaseSync | null = null;

function grow(path: string): DryRunAnswer {
  connection = new DatabaseSync(path, { timeout: 10_000 });
  connection.exec("PRAGMA journal_mode = WAL; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0");
  const pages = numberOf(connection, "page_count");
  connection.exec(`BEGIN; CREATE TABLE ${TABLE}(content)`);
  const insert = connection.prepare(`INSERT INTO ${TABLE} VALUES (randomblob(${ROW_BYTES}))`);
  for (let row = 0; row < ROWS; row++) insert.run();
  connection.exec("COMMIT");
  return { pages };
}

function check(pages: number, schemaCookie: number): DryRunAnswer {
  assert(connection, "it grows first");
  if (hasTable(connection)) return { wrong: "an open connection still sees what was taken back" };
  if (numberOf(connection, "page_count") !== pages) return { wrong: "the size is another one" };
  if (numberOf(connection, "schema_version") !== schemaCookie) return { wrong: "the schema's version is another one" };
  // A stock write over the appended commit, then everything into the database file.
  connection.exec(`CREATE TABLE ${TABLE}(content); DROP TABLE ${TABLE}; PRAGMA wal_checkpoint(TRUNCATE)`);
  const found = connection.prepare("PRAGMA integrity_check(1)").get();
  const says = String(Object.values(found ?? {})[0]);
  connection.close();
  return { wrong: says === "ok" ? null : `integrity_check says: ${says}` };
}

function hasTable(open: DatabaseSync): boolean {
  return open.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(TABLE) !== undefined;
}

function numberOf(open: DatabaseSync, pragma: string): number {
  return Number(Object.values(open.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
}

process.on("message", (question: DryRunQuestion) => {
  let answer: DryRunAnswer;
  try {
    answer = question.act === "grow" ? grow(question.path) : check(question.pages, question.schemaCookie);
  } catch (error) {
    answer = { failed: String(error) };
  }
  process.send?.(answer);
});
process.on("disconnect", endAtOnce);
