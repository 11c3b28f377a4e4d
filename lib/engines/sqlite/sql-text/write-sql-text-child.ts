import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import type { SqlTextOptions } from "../../engine.ts";
import { answerJob } from "../../processes/answer-job.ts";
import { writeSqlText } from "./write-sql-text.ts";

/** A state as a file that nobody else has open, and where its text goes. */
export type WriteSqlTextQuestion = { state: string; file: string; options: SqlTextOptions };

const BUFFER_CHARACTERS = 1024 * 1024;

await answerJob<WriteSqlTextQuestion>(({ state, file, options }): { sizeBytes: number } => {
  const url = pathToFileURL(state);
  url.searchParams.set("immutable", "1");
  const connection = new DatabaseSync(url, { readOnly: true, defensive: true, allowExtension: false });
  const fd = disk.openSync(file, "wx", 0o600);
  let waiting = "";
  const flush = () => {
    for (let bytes = Buffer.from(waiting); bytes.length > 0; ) bytes = bytes.subarray(disk.writeSync(fd, bytes));
    waiting = "";
  };
  try {
    connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
    writeSqlText(connection, options, (text) => {
      waiting += text;
      if (waiting.length > BUFFER_CHARACTERS) flush();
    });
    flush();
  } catch (error) {
    throw explain(error);
  } finally {
    disk.closeSync(fd);
    connection.close();
  }
  return { sizeBytes: disk.statSync(file).size };
});

/** What SQLite refuses to read of somebody's database is told as it says it. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error)) return error;
  return new LastgoodError(
    "conflict",
    `The database cannot be written as SQL: ${error.message}.`,
    { hint: "Name the tables that can, or download the file by way of a preview." },
    { cause: error },
  );
}
