import type { Run } from "../../engines/engine.ts";
import type { OwnedEngine } from "../../engines/owned-engine.ts";

/** Ends the capture of a deleted database. Its file and its history stay where they are until the grace period ends. */
export async function releaseDatabase(
  databaseId: string,
  { engine }: { engine: OwnedEngine },
  run: Run,
): Promise<void> {
  await engine.release(databaseId, run);
}
