import { type BackupDownload, downloadBackup } from "../backups/download-backup.ts";
import type { CallContext } from "../call-context.ts";
import { findBlock } from "./find-block-database.ts";
import { getBlockBackup } from "./get-block-backup.ts";

/** The document of a portable backup of the block's database, under the name that the block gives it. */
export async function downloadBlockBackup(ctx: CallContext, id: string): Promise<BackupDownload> {
  const { of } = await findBlock(ctx, "backup.download");
  const { fileName } = await getBlockBackup(ctx, id);
  return { ...(await downloadBackup(ctx, { ...of, backup: id })), fileName };
}
