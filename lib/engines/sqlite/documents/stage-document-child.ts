import { createReadStream } from "node:fs";
import { LastgoodError } from "../../../domain/errors.ts";
import { publishFile, UNFINISHED } from "../../../storage/durable-file.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { readDocument } from "../../json/read-document.ts";
import { answerJob } from "../../processes/answer-job.ts";
import { schemaTextOf } from "../give-back/table-shape.ts";
import { forbidWriting, openLive } from "../one-commit/open-live.ts";
import { isBusy } from "../wal/sqlite-busy.ts";
import { readTableForms } from "./document-tables.ts";
import { DocumentStage, type LiveCatalogue, type StagedDocument } from "./staged-document.ts";

/**
 * Reads a document whole and puts its rows into a file of their own, from which they are written. The live database is asked for its
 * schema alone. Where the file is there under its name, all that can be known before writing is right.
 */
export type StageDocumentQuestion = { livePath: string; documentFile: string; stageFile: string };

await answerJob<StageDocumentQuestion>(async (question, report): Promise<StagedDocument> => {
  const { livePath, documentFile, stageFile } = question;
  const stage = new DocumentStage(`${stageFile}${UNFINISHED}`, readCatalogue(livePath));
  let [done, total] = [0, 0];
  try {
    await readDocument(createReadStream(documentFile, { highWaterMark: 256 * 1024 }), {
      manifest(manifest) {
        total = manifest.totalRows;
        stage.begin(manifest);
      },
      rows(table, rows) {
        stage.add(table, rows);
        done += rows.length;
        report(done, total);
        reachPoint("document.chunk-staged");
      },
    });
    const staged = stage.finish();
    publishFile(stageFile);
    reachPoint("document.staged");
    return staged;
  } finally {
    stage.close();
  }
});

function readCatalogue(livePath: string): LiveCatalogue {
  const connection = openLive(livePath);
  try {
    forbidWriting(connection);
    connection.exec("BEGIN");
    const { tables } = readTableForms(connection, []);
    const encoding = String(connection.prepare("PRAGMA main.encoding").get()?.encoding);
    const known = tables.map((table) => ({ ...table, schemaText: schemaTextOf(connection, "main", table.name) }));
    connection.exec("COMMIT");
    return { encoding, tables: known };
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw new LastgoodError("restore_conflict", "Other programs keep the database locked.", {
      hint: "Nothing was changed. Try again in a moment.",
      retryAfterSeconds: 5,
      outcome: "nothing",
    });
  } finally {
    connection.close();
  }
}
