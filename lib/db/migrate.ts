import { createHash, randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import SqliteFile from "better-sqlite3";
import { LastgoodError } from "../domain/errors.ts";

type Migration = { name: string; sql: string; checksum: string };
type AppliedRow = {
  migration_name: string;
  checksum: string;
  finished_at: string | null;
  rolled_back_at: string | null;
};

/** Where the migrations of the SQLite provider lie. */
export const SQLITE_MIGRATIONS = path.resolve(import.meta.dirname, "../../prisma/sqlite/migrations");

/** Prisma's own table, so that its command line and this runner each understand what the other did. */
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

const RECORD = `INSERT INTO _prisma_migrations
  (id, checksum, finished_at, migration_name, started_at, applied_steps_count) VALUES (?, ?, ?, ?, ?, 1)`;

const stamp = () => new Date().toISOString().replace("Z", "+00:00");

/** The migrations of a folder, oldest first; the checksum is the SHA-256 of the file's bytes, as Prisma records it. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, "migration.sql")))
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(folder, name, "migration.sql"));
      return { name, sql: sql.toString("utf8"), checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

/** What is left to apply. Refuses what cannot be continued: edited, failed or unknown migrations. */
export function remainingMigrations(known: Migration[], rows: AppliedRow[]): Migration[] {
  const applied = new Map(rows.filter((row) => row.rolled_back_at === null).map((row) => [row.migration_name, row]));
  for (const { name, checksum } of known) {
    const row = applied.get(name);
    if (row && row.checksum !== checksum) throw refusal(`Migration ${name} was edited after it had been applied.`);
    if (row && row.finished_at === null) throw refusal(`Migration ${name} began earlier and never ended.`);
  }
  for (const name of applied.keys()) {
    if (!known.some((migration) => migration.name === name)) {
      throw refusal(`The metadata was written by a newer Lastgood: this one does not know migration ${name}.`);
    }
  }
  return known.filter((migration) => !applied.has(migration.name));
}

function refusal(message: string): LastgoodError {
  return new LastgoodError("conflict", message, {
    hint: "Start the version of Lastgood that wrote this data directory, or a newer one.",
  });
}

/**
 * Brings a metadata file up to date and records it exactly as `prisma migrate deploy` does: all migrations that are
 * missing, or none. Makes the file (0600) where there is none. Names what it applied, oldest first.
 */
export function migrateSqlite(file: string, folder: string = SQLITE_MIGRATIONS): string[] {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const connection = new SqliteFile(file, { timeout: 10_000 });
  try {
    chmodSync(file, 0o600);
    connection.pragma("journal_mode = WAL");
    connection.pragma("foreign_keys = OFF");
    const apply = connection.transaction(() => {
      connection.exec(MIGRATIONS_TABLE);
      const rows = connection.prepare<[], AppliedRow>("SELECT * FROM _prisma_migrations ORDER BY started_at").all();
      const missing = remainingMigrations(readMigrations(folder), rows);
      for (const migration of missing) {
        const startedAt = stamp();
        connection.exec(migration.sql);
        connection.prepare(RECORD).run(randomUUID(), migration.checksum, stamp(), migration.name, startedAt);
      }
      const orphans = connection.pragma("foreign_key_check");
      if (Array.isArray(orphans) && orphans.length > 0) throw new Error("a migration left rows that refer to nothing");
      return missing.map((migration) => migration.name);
    });
    return apply.immediate();
  } finally {
    connection.close();
  }
}
