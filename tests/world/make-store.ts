import { randomBytes } from "node:crypto";
import pg from "pg";

/** Set for the runs on PostgreSQL: the address of a server to make databases on; see `serve-postgres.ts`. */
export const SERVER = "LASTGOOD_TEST_POSTGRES";
/** A database that holds the migrated, empty metadata. */
export const TEMPLATE = "migrated";

/** Runs one statement on a database of the test's server. */
export async function runOnServer(sql: string, database = "postgres"): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(database) });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The address of a database of the test's server. */
export function databaseUrl(database: string): string {
  const url = new URL(process.env[SERVER] ?? "");
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs statements on the store that DATABASE_URL names. */
export function runOnStore(sql: string): Promise<void> {
  return runOnServer(sql, new URL(process.env.DATABASE_URL ?? "").pathname.slice(1));
}

/** An empty database of its own on the test's server; `template` may name one to copy. */
export async function makeDatabase(template = "template0"): Promise<{ url: string; remove(): Promise<void> }> {
  const name = `world_${randomBytes(6).toString("hex")}`;
  await runOnServer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  return { url: databaseUrl(name), remove: () => runOnServer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/**
 * Where the metadata of a test lies from now on: a database of its own in a run on PostgreSQL, else the file in the data
 * directory. DATABASE_URL says so until it is removed.
 */
export async function makeStore(): Promise<{ remove(): Promise<void> }> {
  delete process.env.DATABASE_URL;
  if (process.env.LASTGOOD_TEST_METADATA !== "postgres") return { remove: async () => undefined };
  const database = await makeDatabase(TEMPLATE);
  process.env.DATABASE_URL = database.url;
  return {
    remove: async () => {
      delete process.env.DATABASE_URL;
      await database.remove();
    },
  };
}
