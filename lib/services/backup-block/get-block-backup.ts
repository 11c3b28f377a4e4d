import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { type BackupRow, findBackup } from "../backups/find-backup.ts";
import { toBackupView } from "../backups/to-backup-view.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { findBlock } from "./find-block-database.ts";
import { type BlockBackup, toBlockBackup } from "./to-block-backup.ts";

/** One portable backup of the block's database. Throws `not_found`. */
export async function getBlockBackup(ctx: CallContext, id: string): Promise<BlockBackup> {
  const { of } = await findBlock(ctx, "backup.list");
  return perform(ctx, "backup.list", { namespace: of.namespace }, async ({ db, principal }) => {
    const row = await findBlockBackup(db, await findDatabase(db, principal, of.database), id);
    return toBlockBackup(await toBackupView(db, row), row);
  });
}

/** A portable backup that was not deleted; any other is as good as not there. */
export async function findBlockBackup(
  db: MetadataReader,
  database: { id: string; name: string },
  id: string,
): Promise<BackupRow> {
  const row = await findBackup(db, database, id);
  if (row.kind === "portable" && row.deletedAtMs === null) return row;
  throw new LastgoodError("not_found", `${database.name} has no such snapshot.`, { hint: "List its backups." });
}
