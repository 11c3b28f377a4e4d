// One schema text per provider: its header (generator, datasource) and the models that all providers share.
import { readFile } from "node:fs/promises";
import path from "node:path";

export const REPOSITORY = path.resolve(import.meta.dirname, "..");
export const PRISMA_FOLDER = path.join(REPOSITORY, "prisma");

/** @param {string} provider the folder below prisma/ @returns {Promise<string>} */
export async function composeSchema(provider) {
  const header = await readFile(path.join(PRISMA_FOLDER, provider, "schema-header.prisma"), "utf8");
  const models = await readFile(path.join(PRISMA_FOLDER, "models.prisma"), "utf8");
  return `${header}\n${models}`;
}
