import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../domain/errors.ts";

/** One migration as it lies in its folder; `checksum` is the SHA-256 of the file's bytes, as Prisma records it. */
export type Migration = { name: string; sql: string; checksum: string };

/** What Prisma's own table says of a migration; times are only looked at for being there. */
export type AppliedRow = {
  migration_name: string;
  checksum: string;
  finished_at: unknown;
  rolled_back_at: unknown;
};

/** Where the migrations of a provider lie. */
export const migrationsOf = (provider: "sqlite" | "postgres") =>
  path.resolve(import.meta.dirname, "../../prisma", provider, "migrations");

/** The migrations of a folder, oldest first. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, "migration.sql")))
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(folder, name, "migration.sql"));
      return { name, sql: sql.toString("utf8"), checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

/** What is left to apply. Refuses what cannot be continued: edited, failed or unknown migrations. */
export function remainingMigrations(known: Migration[], rows: AppliedRow[]): Migration[] {
  const applied = new Map(rows.filter((row) => row.rolled_back_at === null).map((row) => [row.migration_name, row]));
  for (const { name, checksum } of known) {
    const row = applied.get(name);
    if (row && row.checksum !== checksum) throw refusal(`Migration ${name} was edited after it had been applied.`);
    if (row && row.finished_at === null) throw refusal(`Migration ${name} began earlier and never ended.`);
  }
  for (const name of applied.keys()) {
    if (!known.some((migration) => migration.name === name)) {
      throw refusal(`The metadata was written by a newer Lastgood: this one does not know migration ${name}.`);
    }
  }
  return known.filter((migration) => !applied.has(migration.name));
}

function refusal(message: string): LastgoodError {
  return new LastgoodError("conflict", message, {
    hint: "Start the version of Lastgood that wrote this metadata, or a newer one.",
  });
}
