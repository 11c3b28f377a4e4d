import { setTimeout as sleep } from "node:timers/promises";
import { metadata } from "../../db/client.ts";
import { createBackup } from "../backups/create-backup.ts";
import { BACKUP_INCLUDE } from "../backups/find-backup.ts";
import { toBackupView } from "../backups/to-backup-view.ts";
import type { CallContext } from "../call-context.ts";
import { findBlock } from "./find-block-database.ts";
import { type BlockBackup, toBlockBackup } from "./to-block-backup.ts";

const LOOK_EVERY_MS = 200;

export type CreateBlockBackupInput = {
  schema?: string | undefined;
  /** How long the caller waits for its end, milliseconds; 0: not at all. */
  waitMs: number;
  signal: AbortSignal;
};

/** Makes a portable backup of the block's database, less the block's `excludeTables`, and answers it as it then is. */
export async function createBlockBackup(ctx: CallContext, input: CreateBlockBackupInput): Promise<BlockBackup> {
  const { schema, waitMs, signal } = input;
  const { block, of } = await findBlock(ctx, "backup.create");
  const queued = await createBackup(ctx, {
    ...of,
    kind: "portable",
    excludeTables: block.excludeTables,
    schema,
  });
  const untilMs = Date.now() + waitMs;
  for (;;) {
    const row = await metadata().backup.findUniqueOrThrow({ where: { id: queued.id }, include: BACKUP_INCLUDE });
    const isOpen = row.status === "queued" || row.status === "running";
    if (!isOpen || Date.now() >= untilMs || signal.aborted)
      return toBlockBackup(await toBackupView(metadata(), row), row);
    await sleep(LOOK_EVERY_MS);
  }
}
