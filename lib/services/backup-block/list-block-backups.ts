import { BACKUP_INCLUDE } from "../backups/find-backup.ts";
import { BACKUPS_A_PAGE } from "../backups/list-backups.ts";
import { toBackupViews } from "../backups/to-backup-view.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { findBlock } from "./find-block-database.ts";
import { type BlockBackup, toBlockBackup } from "./to-block-backup.ts";

/**
 * The portable backups of the block's database, newest first, a hundred a page.
 * `next` is what `after` takes for the page after it.
 */
export async function listBlockBackups(
  ctx: CallContext,
  { after, limit = BACKUPS_A_PAGE }: PageInput,
): Promise<{ backups: BlockBackup[]; next: string | null }> {
  const { of } = await findBlock(ctx, "backup.list");
  return perform(ctx, "backup.list", { namespace: of.namespace }, async ({ db, principal }) => {
    const database = await findDatabase(db, principal, of.database);
    const page = openPage(["block backups", database.id], { after, limit }, NEWEST_FIRST);
    const found = await db.backup.findMany({
      where: { databaseId: database.id, kind: "portable", deletedAtMs: null, purgedAtMs: null, AND: [page.behind] },
      include: BACKUP_INCLUDE,
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    const views = await toBackupViews(db, rows);
    const backups = rows.flatMap((row, i) => (views[i] ? [toBlockBackup(views[i], row)] : []));
    return { backups, next };
  });
}
