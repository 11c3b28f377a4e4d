// Writes the next migration, for both providers under one name: node scripts/new-migration.mjs <name> [provider].
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { startPostgres } from "../tests/world/start-postgres.ts";
import { missingSql } from "./compare-models.mjs";
import { PRISMA_FOLDER } from "./compose-schema.mjs";

const [name, only] = process.argv.slice(2);
if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) throw new Error("Give the migration a name like add_labels.");
const stamp = new Date().toISOString().replaceAll(/[-:T]/g, "").slice(0, 14);

async function missingFor(provider, folder) {
  if (provider === "sqlite") return missingSql(provider, "", folder);
  const server = await startPostgres();
  try {
    return await missingSql(provider, server.url(), folder);
  } finally {
    await server.remove();
  }
}

for (const provider of only ? [only] : ["sqlite", "postgres"]) {
  const folder = path.join(PRISMA_FOLDER, provider, "migrations");
  await mkdir(folder, { recursive: true });
  const sql = await missingFor(provider, folder);
  if (sql === null) {
    process.stdout.write(`${provider}: the models say nothing that the migrations do not.\n`);
    continue;
  }
  const directory = path.join(folder, `${stamp}_${name}`);
  await mkdir(directory);
  await writeFile(path.join(directory, "migration.sql"), sql);
  process.stdout.write(`${path.relative(process.cwd(), directory)}/migration.sql\n`);
}
