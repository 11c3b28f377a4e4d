// Generates the Prisma client of each provider into lib/db/generated, unless models, header and Prisma are unchanged.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { composeSchema, PRISMA_FOLDER, REPOSITORY } from "./compose-schema.mjs";

const GENERATED = path.join(REPOSITORY, "lib/db/generated");

/** @returns {Promise<string | null>} */
const readIfThere = (file) =>
  readFile(file, "utf8").catch((error) => (error.code === "ENOENT" ? null : Promise.reject(error)));

async function generateFor(provider) {
  const schema = await composeSchema(provider);
  const prisma = await readFile(path.join(REPOSITORY, "node_modules/prisma/package.json"), "utf8");
  const stamp = createHash("sha256").update(schema).update(JSON.parse(prisma).version).digest("hex");
  const stampFile = path.join(GENERATED, provider, "generated-from");
  if ((await readIfThere(stampFile)) === stamp) return false;

  await mkdir(GENERATED, { recursive: true });
  await rm(path.join(GENERATED, provider), { recursive: true, force: true });
  const schemaFile = path.join(GENERATED, `${provider}.prisma`);
  await writeFile(schemaFile, schema);
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: path.join(REPOSITORY, "scripts/prisma-schema-engine.mjs"),
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
    CHECKPOINT_DISABLE: "1",
  };
  const command = path.join(REPOSITORY, "node_modules/prisma/build/index.js");
  await promisify(execFile)(process.execPath, [command, "generate", "--schema", schemaFile], { cwd: REPOSITORY, env });
  await writeFile(stampFile, stamp);
  return true;
}

for (const entry of await readdir(PRISMA_FOLDER, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  if (await generateFor(entry.name)) process.stdout.write(`Generated the ${entry.name} client.\n`);
}
