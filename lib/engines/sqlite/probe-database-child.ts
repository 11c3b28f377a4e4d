import { DatabaseSync } from "node:sqlite";
import { answerJob } from "../processes/answer-job.ts";

/** Makes a small database in WAL mode with a given page size, for a dry run of appending to its log. */
export type ProbeQuestion = { file: string; pageSize: number };

await answerJob<ProbeQuestion>(({ file, pageSize }) => {
  const connection = new DatabaseSync(file);
  try {
    connection.exec(`PRAGMA page_size = ${Math.trunc(pageSize)}; PRAGMA journal_mode = WAL`);
    connection.exec(
      "CREATE TABLE probe(id INTEGER PRIMARY KEY, content BLOB); CREATE INDEX by_content ON probe(content)",
    );
    const insert = connection.prepare("INSERT INTO probe(content) VALUES (randomblob(?))");
    for (let i = 0; i < 50; i++) insert.run(100 + 40 * i);
  } finally {
    connection.close();
  }
  return null;
});
