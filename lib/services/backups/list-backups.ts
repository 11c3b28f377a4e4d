import type { BackupsView, BackupView } from "../../client/backup-types.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { BACKUP_INCLUDE, findBackup } from "./find-backup.ts";
import { toBackupView, toBackupViews } from "./to-backup-view.ts";

type OfDatabase = { namespace: string; database: string };

export const BACKUPS_A_PAGE = 100;

/**
 * The backups of a database, newest first: deleted ones for as long as they can be brought back, and those that failed.
 * `next` is what `after` takes for the page after it.
 */
export function listBackups(
  ctx: CallContext,
  { namespace, database, after, limit = BACKUPS_A_PAGE }: OfDatabase & PageInput,
): Promise<BackupsView> {
  return perform(ctx, "backup.list", { namespace }, async ({ db, principal }) => {
    const row = await findDatabase(db, principal, database);
    const page = openPage(["backups", row.id], { after, limit }, NEWEST_FIRST);
    const found = await db.backup.findMany({
      where: { databaseId: row.id, purgedAtMs: null, AND: [page.behind] },
      include: BACKUP_INCLUDE,
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { backups: await toBackupViews(db, rows), next };
  });
}

/** One backup of a database, by its id or key. */
export function getBackup(
  ctx: CallContext,
  { namespace, database, backup }: OfDatabase & { backup: string },
): Promise<BackupView> {
  return perform(ctx, "backup.list", { namespace }, async ({ db, principal }) => {
    return toBackupView(db, await findBackup(db, await findDatabase(db, principal, database), backup));
  });
}
