import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { disk } from "../../../storage/disk.ts";
import { readUpTo } from "../../../storage/durable-file.ts";
import { answerJob } from "../../processes/answer-job.ts";
import { imageDamaged, readImageHeader } from "./image-header.ts";

/** Whether a file that nobody has open is a database that SQLite opens. `immutable`: nothing appears beside it. */
export type CheckImageFileQuestion = { format: string; file: string };
export type CheckedImage = { pageSizeBytes: number; pageCount: number };

await answerJob<CheckImageFileQuestion>(({ format, file }): CheckedImage => {
  const checked = readImageHeader(format, readHead(file), disk.statSync(file).size);
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  let connection: DatabaseSync | null = null;
  try {
    connection = new DatabaseSync(url, { readOnly: true, defensive: true });
    connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
    connection.prepare("SELECT name, sql FROM sqlite_schema").all();
  } catch (error) {
    throw imageDamaged(`SQLite does not open it (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    connection?.close();
  }
  return checked;
});

function readHead(file: string): Buffer {
  const fd = disk.openSync(file, "r");
  try {
    return readUpTo(fd, 100, 0);
  } finally {
    disk.closeSync(fd);
  }
}
