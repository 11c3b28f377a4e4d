// What the models say that a provider's migrations do not, found by replaying the migrations with Prisma's schema engine,
// compiled to WebAssembly: SQLite's in memory, PostgreSQL's in a server of its own that is thrown away.
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import pg from "pg";
import { composeSchema, PRISMA_FOLDER } from "./compose-schema.mjs";

/** PostgreSQL's one-byte "char" of its catalogue, which the adapter does not know, is a text to it. */
const CATALOGUE_CHAR = 18;
const TEXT = 25;

async function readMigrations(folder) {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (directory) => ({
      path: directory,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok", value: await readFile(path.join(folder, directory, "migration.sql"), "utf8") },
      },
    })),
  );
}

/** An empty database in memory; whole migration files pass through, where the stock adapter takes one statement. */
function memoryFactory() {
  const factory = new PrismaBetterSqlite3({ url: ":memory:" }, { shadowDatabaseUrl: ":memory:" });
  const connect = async () => {
    const connection = await factory.connect();
    const executeOne = connection.executeRaw.bind(connection);
    connection.executeRaw = async (query) => {
      if (query.args.length > 0) return executeOne(query);
      await connection.executeScript(query.sql);
      return 0;
    };
    return connection;
  };
  return { provider: factory.provider, adapterName: factory.adapterName, connect, connectToShadowDb: connect };
}

/** An empty database of a server; scripts pass through whole, where the stock adapter cuts them at each semicolon. */
function serverFactory(url) {
  const connect = async () => {
    // One connection at a time, so that what a script sets holds for what follows it.
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    const query = pool.query.bind(pool);
    pool.query = async (...asked) => {
      const answer = await query(...asked);
      for (const one of [answer].flat()) {
        for (const field of one.fields) if (field.dataTypeID === CATALOGUE_CHAR) field.dataTypeID = TEXT;
      }
      return answer;
    };
    const connection = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
    connection.executeScript = async (script) => {
      await query(script);
    };
    return connection;
  };
  return { provider: "postgres", adapterName: "@prisma/adapter-pg", connect, connectToShadowDb: connect };
}

let loading = null;

/** Loaded once: two of them in one process would share their bindings and mistake each other's memory. */
const loadEngine = () => (loading ??= instantiateEngine());

async function instantiateEngine() {
  const folder = path.dirname(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm"));
  const bindings = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const module = new WebAssembly.Module(await readFile(path.join(folder, "schema_engine_bg.wasm")));
  const instance = new WebAssembly.Instance(module, { "./schema_engine_bg.js": bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  let panic = "";
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { get: () => panic, set_message: (text) => (panic = text) };
  return bindings.SchemaEngine;
}

/** Texts are ordered and compared by their bytes, as on SQLite, whatever the server's language. */
export function compareByBytes(sql) {
  return sql.replaceAll(/^(\s*(?:ALTER TABLE "\w+" )?(?:ADD COLUMN\s+)?"\w+" TEXT)(?! COLLATE)\b/gm, '$1 COLLATE "C"');
}

/**
 * The SQL that is missing; null when migrations and models agree.
 * @param {"sqlite" | "postgres"} provider
 * @param {string} [url] an empty database, for PostgreSQL
 * @param {string} [folder] of the migrations
 * @returns {Promise<string | null>}
 */
export async function missingSql(provider, url = "", folder = path.join(PRISMA_FOLDER, provider, "migrations")) {
  const schemaFile = { path: `${provider}.prisma`, content: await composeSchema(provider) };
  const factory = provider === "sqlite" ? memoryFactory() : serverFactory(url);
  const SchemaEngine = await loadEngine();
  const engine = await SchemaEngine.new(
    { datamodels: [[schemaFile.path, schemaFile.content]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  );
  const { stdout } = await engine.diff({
    from: {
      tag: "migrations",
      baseDir: folder,
      lockfile: { path: "migration_lock.toml", content: `provider = "${factory.provider}"\n` },
      shadowDbInitScript: "",
      migrationDirectories: await readMigrations(folder),
    },
    to: { tag: "schemaDatamodel", files: [schemaFile] },
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  if (!/^(CREATE|ALTER|DROP|INSERT|PRAGMA)/m.test(stdout)) return null;
  return provider === "postgres" ? compareByBytes(stdout) : stdout;
}
