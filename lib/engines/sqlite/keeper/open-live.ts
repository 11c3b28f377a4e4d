import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../../../domain/errors.ts";
import { openLiveFile } from "../live-url.ts";
import { sqliteCodeOf } from "../wal/sqlite-busy.ts";

/** SQLite 3.7.0 to 3.51.2 can corrupt a database when the log is reset, https://www.sqlite.org/wal.html#walresetbug */
const SAFE_VERSION = [3, 51, 3] as const;

/**
 * Opens a live database as our processes do beside its owner's: never created, never checkpointed by accident.
 * @param timeoutMs how long a statement of it may wait for a lock, blocking its thread
 */
export function openLive(path: string, timeoutMs: number): DatabaseSync {
  const connection = openLiveFile(path, { timeout: timeoutMs });
  try {
    connection.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL");
    // It never reads more than a few pages; the cache that was made for the first of them is given back.
    connection.exec("PRAGMA cache_size = 2; PRAGMA shrink_memory");
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Throws `not_protected` unless the database is in WAL mode. It is never switched here. */
export function requireWalMode(connection: DatabaseSync): void {
  const mode = connection.prepare("PRAGMA journal_mode").get()?.journal_mode;
  if (mode === "wal") return;
  throw new LastgoodError("not_protected", `The database is in ${String(mode)} mode, not in WAL mode.`, {
    hint: "Run PRAGMA journal_mode = WAL on it; protection then begins by itself.",
  });
}

/** Throws unless this Node's SQLite is safe to run beside others. */
export function requireSafeSqlite(): void {
  const connection = new DatabaseSync(":memory:");
  const version = String(connection.prepare("SELECT sqlite_version() AS version").get()?.version);
  connection.close();
  const parts = version.split(".").map(Number);
  const first = SAFE_VERSION.findIndex((part, i) => part !== parts[i]);
  if (first < 0 || (parts[first] ?? 0) > (SAFE_VERSION[first] ?? 0)) return;
  throw new LastgoodError("internal", `This Node brings SQLite ${version}, which can corrupt databases.`, {
    hint: `Use a Node whose SQLite is ${SAFE_VERSION.join(".")} or newer.`,
  });
}

const REMEDIES: Record<number, { cause: string; remedy: string }> = {
  5: {
    cause: "Another process holds the database locked exclusively.",
    remedy: "Let it end its transaction, and do not use locking_mode=EXCLUSIVE.",
  },
  8: { cause: "The database or its folder cannot be written.", remedy: "Give Lastgood's user write access to both." },
  10: { cause: "Reading or writing the database failed.", remedy: "Check the disk and the system's log." },
  11: { cause: "The database is malformed.", remedy: "Check it with PRAGMA integrity_check; go back to a good state." },
  13: { cause: "The disk of the database is full.", remedy: "Free some space; protection then goes on by itself." },
  14: {
    cause: "The database cannot be opened.",
    remedy: "Check that Lastgood's user may read and write the file and its folder.",
  },
  26: { cause: "The file is no SQLite database, or it is encrypted.", remedy: "Attach an unencrypted SQLite file." },
};

/** Why a database cannot be held, for people. */
export function describeProblem(path: string, error: unknown): { cause: string; remedy: string } {
  if (!existsSync(path)) {
    return {
      cause: `There is no file ${path} any more.`,
      remedy: "Put it back, or remove the database from Lastgood.",
    };
  }
  if (error instanceof LastgoodError) {
    return { cause: error.message, remedy: error.details.hint ?? "Look into the keeper's log." };
  }
  const known = REMEDIES[sqliteCodeOf(error) ?? -1];
  return known ?? { cause: `The log cannot be kept: ${String(error)}`, remedy: "Look into the keeper's log." };
}
