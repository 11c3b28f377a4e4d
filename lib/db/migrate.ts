import type { MetadataPlace } from "../metadata-place.ts";
import { copySqlite } from "./copy-sqlite.ts";
import { migratePostgres } from "./migrate-postgres.ts";
import { migrateSqlite, missingInSqlite } from "./migrate-sqlite.ts";

/**
 * Brings the metadata up to date, wherever it is; a file is copied first. Answers what is worth telling about the store.
 * @param copies folder of the copies of a metadata file
 */
export async function migrateMetadata(place: MetadataPlace, copies: string): Promise<{ warnings: string[] }> {
  if (place.provider === "postgres") return migratePostgres(place.url);
  if (missingInSqlite(place.file) > 0) await copySqlite(place.file, copies, "before-migration", Date.now());
  migrateSqlite(place.file);
  return { warnings: [] };
}
