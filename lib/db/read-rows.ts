import { DatabaseSync } from "node:sqlite";
import { explainPostgresError } from "./explain-postgres-error.ts";

const CONNECT_WITHIN_MS = 5000;
const ANSWER_WITHIN_MS = 10_000;

/** Reads the metadata without Prisma, in the SQL of both providers; nothing can be changed by it. Integers may come as text. */
export type RowReader = {
  provider: "sqlite" | "postgres";
  rows(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
};

/** Opens a metadata file beside whoever writes to it. Throws SQLite's error where it is none. */
export async function openMetadataFile(file: string): Promise<RowReader> {
  const connection = new DatabaseSync(file, { readOnly: true, timeout: ANSWER_WITHIN_MS });
  connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
  return {
    provider: "sqlite",
    rows: async (sql) => connection.prepare(sql).all() as Record<string, unknown>[],
    close: async () => connection.close(),
  };
}

/** Connects to a metadata server, read-only. Throws `metadata_unavailable`, `invalid_input` for what DATABASE_URL says wrongly. */
export async function openMetadataServer(url: string): Promise<RowReader> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    application_name: "lastgood doctor",
  });
  // A connection that breaks fails the call that uses it; nobody else need hear of it.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SET default_transaction_read_only = on; SET search_path TO public");
  } catch (error) {
    await client.end();
    throw explainPostgresError(error);
  }
  return {
    provider: "postgres",
    rows: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
    close: () => client.end(),
  };
}
