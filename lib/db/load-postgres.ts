import { createReadStream } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import pg from "pg";
import { LastgoodError } from "../domain/errors.ts";
import type { DumpEnd, DumpHead, DumpTable } from "./dump-postgres.ts";
import { explainPostgresError } from "./explain-postgres-error.ts";
import { migratePostgres } from "./migrate-postgres.ts";

const CONNECT_WITHIN_MS = 10_000;
const ROWS_AT_ONCE = 500;

/** `agentId`: whose data directory comes back, on whichever machine. `hosted`: absolute path of the folder of its hosted files. */
export type LoadPlace = { agentId: string | null; hosted: string };

/** Throws `conflict` unless the database that DATABASE_URL names can be reached and holds no table; `metadata_unavailable`. */
export async function requireEmptyPostgres(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query(
      "SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LIMIT 1",
    );
    if (rowCount === 0) return;
    throw new LastgoodError(
      "conflict",
      "The database that DATABASE_URL names is not empty, and nothing is ever overwritten.",
      {
        field: "DATABASE_URL",
        hint: "Make a new one with CREATE DATABASE, and let DATABASE_URL name it.",
      },
    );
  });
}

/**
 * Brings the metadata that `dumpPostgres` wrote into an empty database: all of its rows or none. Throws `conflict` where another version of
 * Lastgood wrote it or the database is not empty, `storage_damaged` where the file is not whole, `metadata_unavailable`.
 */
export async function loadPostgres(url: string, file: string, place: LoadPlace): Promise<void> {
  await requireEmptyPostgres(url);
  await migratePostgres(url);
  await withClient(url, async (client) => {
    await client.query("BEGIN");
    const { rows: references } = await client.query<{ table: string; name: string }>(
      "SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace",
    );
    // Rows come table by table, whatever they refer to.
    for (const { table, name } of references)
      await client.query(`ALTER TABLE ${table} ALTER CONSTRAINT ${name} DEFERRABLE INITIALLY DEFERRED`);
    await pipeline(createReadStream(file), createZstdDecompress(), (source) => load(client, linesOf(source)));
    await settle(client, place);
    await client.query("SET CONSTRAINTS ALL IMMEDIATE");
    for (const { table, name } of references)
      await client.query(`ALTER TABLE ${table} ALTER CONSTRAINT ${name} NOT DEFERRABLE`);
    await client.query("COMMIT");
  });
}

async function load(client: pg.Client, lines: AsyncIterable<string>): Promise<void> {
  let into: DumpTable | null = null;
  let end: DumpEnd | null = null;
  let rows: string[] = [];
  let count = 0;
  const flush = async () => {
    if (into && rows.length > 0) await insert(client, into, rows);
    count += rows.length;
    rows = [];
  };
  for await (const line of lines) {
    const told = line.startsWith("#") ? (JSON.parse(line.slice(1)) as DumpHead | DumpTable | DumpEnd) : null;
    if (told) await flush();
    if (!told) rows.push(line);
    else if ("version" in told) await requireSameVersion(client, told);
    else if ("table" in told) into = told;
    else end = told;
    if (rows.length === ROWS_AT_ONCE) await flush();
  }
  if (end?.rows !== count) throw new LastgoodError("storage_damaged", "The metadata's own file is not whole.");
}

async function insert(client: pg.Client, { table, columns }: DumpTable, rows: readonly string[]): Promise<void> {
  const name = pg.escapeIdentifier(table);
  const names = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
  await client.query(
    `INSERT INTO ${name} (${names}) SELECT ${names} FROM json_populate_recordset(null::${name}, $1::json)`,
    [`[${rows.join(",")}]`],
  );
}

async function requireSameVersion(client: pg.Client, { version, migrations }: DumpHead): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT migration_name AS name FROM _prisma_migrations ORDER BY 1",
  );
  if (version === 1 && rows.map(({ name }) => name).join() === migrations.join()) return;
  throw new LastgoodError("conflict", "The metadata were written by another version of Lastgood.", {
    hint: "Bring them back with the version that wrote them, into a new database.",
  });
}

/** What is so on the new machine: where hosted files lie, and whose place the agent's is is told by whoever starts with its id. */
async function settle(client: pg.Client, { agentId, hosted }: LoadPlace): Promise<void> {
  if (agentId === null) return;
  await client.query(
    `UPDATE "Database" SET "path" = $2 || "id" || '.db' WHERE "engine" = 'sqlite' AND "origin" = 'hosted' AND "agentId" = $1`,
    [agentId, `${hosted}${path.sep}`],
  );
  await client.query(`UPDATE "Agent" SET "machineId" = NULL WHERE "id" = $1`, [agentId]);
}

async function* linesOf(source: AsyncIterable<Buffer>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of source) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function withClient(url: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    application_name: "lastgood bring back",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SET search_path TO public");
    await use(client);
  } catch (error) {
    throw explainPostgresError(error);
  } finally {
    await client.end();
  }
}
