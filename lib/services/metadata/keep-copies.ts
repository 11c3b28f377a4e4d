import { copySqlite, newestCopyMs } from "../../db/copy-sqlite.ts";
import type { Env } from "../../env.ts";

const HOUR_MS = 3_600_000;

/**
 * Copies the metadata file when the newest copy is an hour old. A PostgreSQL server has backups of its own, and its rows go into the second copy.
 * @returns the copy that was made; null when none was due
 */
export async function copyMetadataWhenDue({ metadata, paths }: Env, nowMs: number): Promise<string | null> {
  if (metadata.provider !== "sqlite") return null;
  // Copies of the future are of a clock that was set back: they must not keep the next one waiting.
  const newestMs = newestCopyMs(paths.metadataCopies, "hourly", nowMs);
  if (newestMs !== null && nowMs - newestMs < HOUR_MS) return null;
  return copySqlite(metadata.file, paths.metadataCopies, "hourly", nowMs);
}
