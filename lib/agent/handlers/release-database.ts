import type { Run } from "../../engines/engine.ts";
import type { SqliteEngine } from "../../engines/sqlite/sqlite-engine.ts";

/** Ends the capture of a deleted database. Its file and its history stay where they are until the grace period ends. */
export async function releaseDatabase(
  databaseId: string,
  { engine }: { engine: SqliteEngine },
  run: Run,
): Promise<void> {
  await engine.release(databaseId, run);
}
