import { closeSync, existsSync, fsyncSync, openSync, renameSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../domain/errors.ts";
import { syncDirectory } from "../../storage/durable-file.ts";
import { answerJob } from "../processes/answer-job.ts";
import { sqliteCodeOf } from "./wal/sqlite-busy.ts";

/**
 * Makes a hosted database's file: a new empty one, or an uploaded one that is checked, brought into WAL mode and then
 * moved to its place. Nobody else has either of them open. A repeat finds the file in its place.
 */
export type MakeDatabaseQuestion = { file: string; upload: string | null };

await answerJob<MakeDatabaseQuestion>(({ file, upload }) => {
  if (existsSync(file)) return settle(file, false);
  const draft = upload ?? `${file}.new`;
  settle(draft, upload !== null);
  renameSync(draft, file);
  syncDirectory(path.dirname(file));
  return null;
});

/** In WAL mode, checked when it is somebody's own, with an empty log and on the disk. */
function settle(file: string, isForeign: boolean): null {
  // A connection of its own: after a check the one that made it keeps a read lock.
  if (isForeign) withConnection(file, check);
  withConnection(file, (connection) => {
    connection.exec("PRAGMA page_size = 4096");
    const mode = connection.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
    if (mode !== "wal") throw refused(`SQLite keeps it in ${String(mode)} mode`);
    connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  });
  const fd = openSync(file, "r+");
  fsyncSync(fd);
  closeSync(fd);
  return null;
}

function withConnection(file: string, work: (connection: DatabaseSync) => void): void {
  const connection = new DatabaseSync(file, { defensive: true });
  try {
    connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
    work(connection);
  } catch (error) {
    if (sqliteCodeOf(error) === null) throw error;
    throw refused(error instanceof Error ? error.message : String(error));
  } finally {
    connection.close();
  }
}

function check(connection: DatabaseSync): void {
  const found = connection.prepare("PRAGMA quick_check(1)").get();
  const says = String(Object.values(found ?? {})[0]);
  if (says !== "ok") throw refused(says);
}

function refused(cause: string): LastgoodError {
  return new LastgoodError("attach_refused", `The uploaded file is no sound SQLite database: ${cause}.`, {
    field: "uploadId",
    hint: "Check it with PRAGMA integrity_check and upload it again.",
  });
}
