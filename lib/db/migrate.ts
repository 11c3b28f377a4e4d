import type { MetadataPlace } from "../metadata-place.ts";
import { migratePostgres } from "./migrate-postgres.ts";
import { migrateSqlite } from "./migrate-sqlite.ts";

/** Brings the metadata up to date, wherever it is. Answers what is worth telling about the store. */
export async function migrateMetadata(place: MetadataPlace): Promise<{ warnings: string[] }> {
  if (place.provider === "postgres") return migratePostgres(place.url);
  migrateSqlite(place.file);
  return { warnings: [] };
}
