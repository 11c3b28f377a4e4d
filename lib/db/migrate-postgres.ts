import { randomUUID } from "node:crypto";
import pg from "pg";
import { checkPostgres } from "./check-postgres.ts";
import { explainPostgresError } from "./explain-postgres-error.ts";
import { type AppliedRow, migrationsOf, readMigrations, remainingMigrations } from "./migrations.ts";

/** Prisma's own table, and the number of the advisory lock under which Prisma migrates. */
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`;
const MIGRATION_LOCK = 72_707_369;
const CONNECT_WITHIN_MS = 10_000;

const RECORD = `INSERT INTO _prisma_migrations
  (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
  VALUES ($1, $2, clock_timestamp(), $3, now(), 1)`;

/**
 * Brings a PostgreSQL database up to date and records it exactly as `prisma migrate deploy` does. Consoles that start at
 * once wait for one another: each migration is applied once, and wholly or not at all. Names what it applied, oldest
 * first, and what is worth telling about the server. Throws `metadata_unavailable` when it cannot be reached,
 * `invalid_input` for what DATABASE_URL says wrongly, `conflict` for a server or a store that cannot be used.
 */
export async function migratePostgres(
  url: string,
  folder: string = migrationsOf("postgres"),
): Promise<{ applied: string[]; warnings: string[] }> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
    application_name: "lastgood migrations",
  });
  // A connection that breaks fails the call that uses it; nobody else need hear of it.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const warnings = await checkPostgres(client);
    return { applied: await migrate(client, folder), warnings };
  } catch (error) {
    throw explainPostgresError(error);
  } finally {
    await client.end();
  }
}

async function migrate(client: pg.Client, folder: string): Promise<string[]> {
  await client.query("SET lock_timeout = '120s'; SET search_path TO public");
  await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
  await client.query(MIGRATIONS_TABLE);
  const { rows } = await client.query<AppliedRow>("SELECT * FROM _prisma_migrations ORDER BY started_at");
  const missing = remainingMigrations(readMigrations(folder), rows);
  for (const { name, sql, checksum } of missing) {
    await client.query("BEGIN");
    try {
      await client.query(sql);
      await client.query(RECORD, [randomUUID(), checksum, name]);
      await client.query("COMMIT");
    } catch (error) {
      // A connection that broke has rolled back by itself; what broke it is what counts.
      await client.query("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }
  return missing.map(({ name }) => name);
}
