import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { answerJob } from "../../processes/answer-job.ts";

/**
 * Asks SQLite for `PRAGMA integrity_check` of a database file that nobody has open. `immutable`: no log or lock file appears
 * beside it. Answers what SQLite says, "ok" alone when nothing is wrong; an error of SQLite is one such line.
 */
export type CheckImageQuestion = { file: string };

await answerJob<CheckImageQuestion>(({ file }): string[] => {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  let connection: DatabaseSync | null = null;
  try {
    connection = new DatabaseSync(url, { readOnly: true });
    connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
    const rows = connection.prepare("PRAGMA integrity_check(20)").all();
    return rows.map((row) => String(Object.values(row)[0]));
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  } finally {
    connection?.close();
  }
});
