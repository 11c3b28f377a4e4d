import type { RestoreView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireUsable } from "../backups/find-backup.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { createRestore } from "../restores/create-restore.ts";
import { findBlock } from "./find-block-database.ts";
import { findBlockBackup } from "./get-block-backup.ts";

/**
 * Restores a portable backup over the block's database. Refused as `forbidden` unless the block's `allowRestore` is true, whoever asks;
 * `conflict` for a backup that is not complete.
 */
export async function restoreBlockBackup(
  ctx: CallContext,
  { id, confirmName }: { id: string; confirmName?: string | undefined },
): Promise<RestoreView> {
  const { block, of } = await findBlock(ctx, "restore.project");
  const key = await authorise(ctx, "restore.project", { namespace: of.namespace }, async (db, principal) => {
    const database = await findDatabase(db, principal, of.database);
    if (!block.allowRestore) throw notAllowed();
    return requireUsable(await findBlockBackup(db, database, id)).key;
  });
  return createRestore(ctx, { ...of, source: { kind: "backup", backupKey: key }, confirmName });
}

function notAllowed(): LastgoodError {
  return new LastgoodError("forbidden", "The backup block does not allow restores.", {
    hint: "Whoever runs this Lastgood sets allowRestore to true in its configuration, and starts it again.",
  });
}
