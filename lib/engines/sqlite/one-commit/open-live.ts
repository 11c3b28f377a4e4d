import { constants, DatabaseSync } from "node:sqlite";
import { disk } from "../../../storage/disk.ts";
import { openLiveFile } from "../live-url.ts";

/** Long enough for another program's transaction, short enough for somebody who waits. */
export const LOCK_TIMEOUT_MS = 30_000;

/**
 * SQLite's connection to a live database, in a process that opens it in no other way. Checkpoints belong to the keepers;
 * foreign keys are not followed: what they would do (a cascade) nobody asked for, so they are checked instead.
 */
export function openLive(path: string): DatabaseSync {
  const connection = openLiveFile(path, {
    timeout: LOCK_TIMEOUT_MS,
    allowExtension: false,
    enableDoubleQuotedStringLiterals: true,
    enableForeignKeyConstraints: false,
    defensive: true,
  });
  connection.exec(`
    PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536`);
  return connection;
}

/** Attaches a file that nobody writes. */
export function attachStill(connection: DatabaseSync, file: string, as: "past" | "left" | "stage" | "reached"): void {
  const url = new URL("file:///");
  url.pathname = file.split("/").map(encodeURIComponent).join("/");
  url.search = "mode=ro&immutable=1";
  connection.prepare(`ATTACH ? AS ${as}`).run(url.href);
}

/** Makes the file for chosen rows and attaches it. All databases of one connection have one encoding. */
export function attachNewStage(connection: DatabaseSync, file: string): void {
  disk.rmSync(file, { force: true });
  const encoding = String(connection.prepare("PRAGMA main.encoding").get()?.encoding);
  const made = new DatabaseSync(file);
  made.exec(`PRAGMA encoding = '${encoding}'; PRAGMA journal_mode = OFF; CREATE TABLE meta (json TEXT)`);
  made.close();
  connection.prepare("ATTACH ? AS stage").run(file);
  connection.exec("PRAGMA stage.journal_mode = OFF; PRAGMA stage.synchronous = OFF");
}

const READS = new Set<number>([
  constants.SQLITE_READ,
  constants.SQLITE_SELECT,
  constants.SQLITE_RECURSIVE,
  constants.SQLITE_FUNCTION,
  constants.SQLITE_PRAGMA,
  constants.SQLITE_TRANSACTION,
  constants.SQLITE_ATTACH,
  constants.SQLITE_DETACH,
]);

/** A plan changes nothing: SQLite itself refuses to compile what would write to the live database. */
export function forbidWriting(connection: DatabaseSync): void {
  connection.setAuthorizer((action, _first, _second, database) =>
    READS.has(action) || database !== "main" ? constants.SQLITE_OK : constants.SQLITE_DENY,
  );
}

/** The trigger of nobody may run: what was not taken away is refused as it is compiled. */
export function forbidTriggers(connection: DatabaseSync): void {
  connection.setAuthorizer((_action, _first, _second, _database, trigger) =>
    trigger === null ? constants.SQLITE_OK : constants.SQLITE_DENY,
  );
}
