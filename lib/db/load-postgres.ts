import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import pg from "pg";
import { LastgoodError } from "../domain/errors.ts";
import type { DumpEnd, DumpHead, DumpTable } from "./dump-postgres.ts";
import { explainPostgresError } from "./explain-postgres-error.ts";
import { migratePostgres } from "./migrate-postgres.ts";
import { settlePlace, type TakenPlace } from "./settle-place.ts";

const CONNECT_WITHIN_MS = 10_000;
const ROWS_AT_ONCE = 500;

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
 * Brings the metadata that `dumpPostgres` wrote into an empty database: all of its rows, settled for whoever takes the place of their agent, or
 * none. Answers the ids of the clusters that its first start restores. Throws `conflict` where another version of Lastgood wrote it or the
 * database is not empty, `storage_damaged` where the file is not whole, `metadata_unavailable`.
 * @param place null: nobody takes a place, and every row stays as it was
 */
export async function loadPostgres(url: string, file: string, place: TakenPlace | null): Promise<string[]> {
  await requireEmptyPostgres(url);
  await migratePostgres(url);
  return withClient(url, async (client) => {
    await client.query("BEGIN");
    const { rows: references } = await client.query<{ table: string; name: string }>(
      "SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace",
    );
    // Rows come table by table, whatever they refer to.
    for (const { table, name } of references)
      await client.query(`ALTER TABLE ${table} ALTER CONSTRAINT ${name} DEFERRABLE INITIALLY DEFERRED`);
    await pipeline(createReadStream(file), createZstdDecompress(), (source) => load(client, linesOf(source)));
    const run = async (sql: string, values: readonly (string | number)[]) =>
      (await client.query<Record<string, unknown>>(sql, [...values])).rows;
    const queued = place ? await settlePlace(run, place) : [];
    await client.query("SET CONSTRAINTS ALL IMMEDIATE");
    for (const { table, name } of references)
      await client.query(`ALTER TABLE ${table} ALTER CONSTRAINT ${name} NOT DEFERRABLE`);
    await client.query("COMMIT");
    return queued;
  });
}

/** Which agent each database of such a file has, by the database's id. Throws `storage_damaged` where the file cannot be read. */
export async function readOwners(file: string): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  try {
    await pipeline(createReadStream(file), createZstdDecompress(), async (source) => {
      let table = "";
      for await (const line of linesOf(source)) {
        if (line.startsWith("#")) table = (JSON.parse(line.slice(1)) as Partial<DumpTable>).table ?? "";
        else if (table === "Database") {
          const { id, agentId } = JSON.parse(line) as { id: string; agentId: string };
          owners.set(id, agentId);
        }
      }
    });
  } catch (error) {
    throw new LastgoodError("storage_damaged", "The metadata's own file cannot be read.", {}, { cause: error });
  }
  return owners;
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

async function* linesOf(source: AsyncIterable<Buffer>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of source) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    application_name: "lastgood bring back",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SET search_path TO public");
    return await use(client);
  } catch (error) {
    throw explainPostgresError(error);
  } finally {
    await client.end();
  }
}
