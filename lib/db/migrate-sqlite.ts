import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import SqliteFile from "better-sqlite3";
import { type AppliedRow, migrationsOf, readMigrations, remainingMigrations } from "./migrations.ts";

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

/** How many migrations an existing metadata file lacks; 0 where there is none yet. */
export function missingInSqlite(file: string, folder: string = migrationsOf("sqlite")): number {
  if (!existsSync(file)) return 0;
  const connection = new SqliteFile(file, { readonly: true, timeout: 10_000 });
  try {
    const table = connection.prepare("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'").get();
    if (table === undefined) return 0;
    const rows = connection.prepare<[], AppliedRow>("SELECT * FROM _prisma_migrations ORDER BY started_at").all();
    return remainingMigrations(readMigrations(folder), rows).length;
  } finally {
    connection.close();
  }
}

/**
 * Brings a metadata file up to date and records it exactly as `prisma migrate deploy` does: all migrations that are
 * missing, or none. Makes the file (0600) where there is none. Names what it applied, oldest first.
 */
export function migrateSqlite(file: string, folder: string = migrationsOf("sqlite")): string[] {
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
