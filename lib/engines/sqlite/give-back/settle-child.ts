import { DatabaseSync } from "node:sqlite";
import { answerJob } from "../../processes/answer-job.ts";
import type { Settled } from "../one-commit/one-commit.ts";
import { attachStill } from "../one-commit/open-live.ts";
import type { Skips } from "./left-out.ts";
import { count, readMeta, rowsOf, type StagedTable } from "./staged-tables.ts";
import { readShape } from "./table-shape.ts";
import { missedSql, movedSql } from "./write-sql.ts";

/** Compares a state of the history with what the rows were to become, and with what they had been. */
export type SettleQuestion = { imageFile: string; stageFile: string; skips: Skips };

await answerJob<SettleQuestion>(({ imageFile, stageFile, skips }): Settled => {
  const image = new DatabaseSync(`file://${imageFile.split("/").map(encodeURIComponent).join("/")}?immutable=1`, {
    readOnly: true,
    enableDoubleQuotedStringLiterals: true,
  });
  attachStill(image, stageFile, "stage");
  image.exec("PRAGMA temp_store = MEMORY; CREATE TEMP TABLE skips (t INT, n INT, PRIMARY KEY (t, n)) WITHOUT ROWID");
  const insert = image.prepare("INSERT INTO temp.skips VALUES (?, ?)");
  for (const [t, rows] of Object.entries(skips)) for (const n of rows) insert.run(Number(t), n);
  const all = readMeta(image).tables.map((table) => settle(image, table));
  const written = all.filter((one) => one !== null);
  if (written.every((one) => one === "reached")) return "reached";
  return written.every((one) => one === "untouched") ? "untouched" : "other";
});

function settle(image: DatabaseSync, table: StagedTable): Settled | null {
  const shape = readShape(image, "main", table.shape.name);
  const written = `s.c IS NULL AND NOT EXISTS (SELECT 1 FROM temp.skips k WHERE k.t = ${table.id} AND k.n = s.n)`;
  const rows = count(image, `SELECT count(*) FROM ${rowsOf(table)} s WHERE ${written}`);
  if (rows === 0 && !table.isMadeAgain) return null;
  if (!shape) return table.isMadeAgain ? "untouched" : table.isTakenAway ? "reached" : "other";
  if (table.isMadeAgain && rows === 0) return "reached";
  const has = (sql: string) =>
    image
      .prepare(`SELECT 1 FROM (${sql}) s WHERE s.n IN (SELECT s.n FROM ${rowsOf(table)} s WHERE ${written}) LIMIT 1`)
      .get() !== undefined;
  if (!has(missedSql(table, "main"))) return "reached";
  return table.isMadeAgain || has(movedSql(table)) ? "other" : "untouched";
}
