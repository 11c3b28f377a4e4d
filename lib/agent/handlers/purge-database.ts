import type { Run } from "../../engines/engine.ts";
import type { OwnedEngine } from "../../engines/owned-engine.ts";
import type { CallContext } from "../../services/call-context.ts";
import { beginPurge, completePurge } from "../../services/databases/purge-database.ts";
import type { BackupStores } from "../backup-stores.ts";
import { purgeBackupsOf } from "./purge-backups.ts";

/**
 * Removes what is kept of a database, its backups too, whose grace period is over. Whether it is was decided in one transaction: a deletion that
 * was taken back meanwhile leaves nothing to do here. Running it again after a crash goes on where it was.
 */
export async function purgeDatabase(
  ctx: CallContext,
  databaseId: string,
  { engine, agentId, stores }: { engine: OwnedEngine; agentId: string; stores: BackupStores },
  run: Run,
): Promise<void> {
  if (!(await beginPurge(agentId, databaseId))) return;
  await purgeBackupsOf(ctx, databaseId, stores, run);
  await completePurge(ctx, databaseId, await engine.remove(databaseId, run));
}
