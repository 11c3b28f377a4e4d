// Writes the next migration: node scripts/new-migration.mjs <name> [provider]. It is the difference between the migrations
// so far and the models, replayed in memory by Prisma's schema engine compiled to WebAssembly.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import { composeSchema, PRISMA_FOLDER } from "./compose-schema.mjs";

const [name, provider = "sqlite"] = process.argv.slice(2);
if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) throw new Error("Give the migration a name like add_labels.");
if (provider !== "sqlite") throw new Error(`Nothing here replays the migrations of ${provider} yet.`);

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

async function loadEngine() {
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

const folder = path.join(PRISMA_FOLDER, provider, "migrations");
await mkdir(folder, { recursive: true });
const schemaFile = { path: `${provider}.prisma`, content: await composeSchema(provider) };
const SchemaEngine = await loadEngine();
const engine = await SchemaEngine.new(
  { datamodels: [[schemaFile.path, schemaFile.content]] },
  () => undefined,
  bindMigrationAwareSqlAdapterFactory(memoryFactory()),
);
const difference = await engine.diff({
  from: {
    tag: "migrations",
    baseDir: folder,
    lockfile: { path: "migration_lock.toml", content: `provider = "${provider}"\n` },
    shadowDbInitScript: "",
    migrationDirectories: await readMigrations(folder),
  },
  to: { tag: "schemaDatamodel", files: [schemaFile] },
  script: true,
  exitCode: null,
  shadowDatabaseUrl: null,
  filters: { externalTables: [], externalEnums: [] },
});
if (!/^(CREATE|ALTER|DROP|INSERT|PRAGMA)/m.test(difference.stdout)) {
  process.stdout.write("The models say nothing that the migrations do not.\n");
} else {
  const stamp = new Date().toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);
  const directory = path.join(folder, `${stamp}_${name}`);
  await mkdir(directory);
  await writeFile(path.join(directory, "migration.sql"), difference.stdout);
  process.stdout.write(`${path.relative(process.cwd(), directory)}/migration.sql\n`);
}
