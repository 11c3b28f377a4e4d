import type { BackupsView, BackupView } from "../../client/backup-types.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { BACKUP_INCLUDE, findBackup } from "./find-backup.ts";
import { toBackupView, toBackupViews } from "./to-backup-view.ts";

type OfDatabase = { namespace: string; database: string };

export const BACKUPS_A_PAGE = 100;

/**
 * The backups of a database, newest first: deleted ones for as long as they can be brought back, and those that failed.
 * @param after the id of the last one before these; `next` is what goes on from there, null at the end
 */
export function listBackups(
  ctx: CallContext,
  {
    namespace,
    database,
    after,
    limit = BACKUPS_A_PAGE,
  }: OfDatabase & { after?: string | undefined; limit?: number | undefined },
): Promise<BackupsView> {
  return perform(ctx, "backup.list", { namespace }, async ({ db, principal }) => {
    const row = await findDatabase(db, principal, database);
    const last = after === undefined ? null : await findBackup(db, row, after);
    const rows = await db.backup.findMany({
      where: {
        databaseId: row.id,
        purgedAtMs: null,
        ...(last && {
          OR: [{ createdAtMs: { lt: last.createdAtMs } }, { createdAtMs: last.createdAtMs, id: { lt: last.id } }],
        }),
      },
      include: BACKUP_INCLUDE,
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      take: limit + 1,
    });
    const page = rows.slice(0, limit);
    return { backups: await toBackupViews(db, page), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
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
