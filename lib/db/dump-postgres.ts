import { createWriteStream, renameSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createZstdCompress } from "node:zlib";
import pg from "pg";
import { explainPostgresError } from "./explain-postgres-error.ts";

const CONNECT_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 60_000;
const ROWS_AT_ONCE = 500;

/**
 * Lines of a dump that begin with #: its first one, one before the rows of each table, its last one. Every other line is a row, as one object
 * of JSON.
 */
export type DumpHead = { version: 1; migrations: string[] };
export type DumpTable = { table: string; columns: string[] };
export type DumpEnd = { rows: number };

/**
 * Writes every row of the metadata on a server, as of one moment, into a file (0600) that is there once it is whole and durable: lines of JSON,
 * compressed with zstd, as the server itself writes its values. Nobody who writes meanwhile waits. Throws `metadata_unavailable`.
 */
export async function dumpPostgres(url: string, file: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    application_name: "lastgood second copy",
  });
  // A connection that breaks fails the call that uses it; nobody else need hear of it.
  client.on("error", () => undefined);
  const draft = `${file}.draft`;
  try {
    await client.connect();
    await client.query("SET search_path TO public; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await pipeline(linesOf(client), createZstdCompress(), createWriteStream(draft, { mode: 0o600, flush: true }));
    renameSync(draft, file);
  } catch (error) {
    // What the disk refuses is not the server's fault.
    throw error instanceof Error && "path" in error ? error : explainPostgresError(error);
  } finally {
    await client.end();
  }
}

async function* linesOf(client: pg.Client): AsyncIterable<string> {
  const line = (what: DumpHead | DumpTable | DumpEnd) => `#${JSON.stringify(what)}\n`;
  const applied = await client.query<{ name: string }>(
    "SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1",
  );
  yield line({ version: 1, migrations: applied.rows.map(({ name }) => name) });
  const { rows: tables } = await client.query<DumpTable>(
    `SELECT c.relname AS "table", array_agg(a.attname::text ORDER BY a.attnum) AS columns FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations' AND a.attnum > 0 AND NOT a.attisdropped
     GROUP BY c.relname ORDER BY c.relname`,
  );
  let count = 0;
  for (const { table, columns } of tables) {
    yield line({ table, columns });
    await client.query(
      `DECLARE dump NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM ${pg.escapeIdentifier(table)} t`,
    );
    for (;;) {
      const { rows } = await client.query<{ row: string }>(`FETCH ${ROWS_AT_ONCE} FROM dump`);
      if (rows.length === 0) break;
      count += rows.length;
      yield rows.map(({ row }) => `${row}\n`).join("");
    }
    await client.query("CLOSE dump");
  }
  yield line({ rows: count });
}
