import { BACKUP_INCLUDE, findBackup } from "../backups/find-backup.ts";
import { toBackupViews } from "../backups/to-backup-view.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { perform } from "../perform.ts";
import { findBlock } from "./find-block-database.ts";
import { type BlockBackup, toBlockBackup } from "./to-block-backup.ts";

const A_PAGE = 100;

/**
 * The portable backups of the block's database, newest first, a hundred a page.
 * @param after the id of the last one before these; `next` is what goes on from there, null at the end
 */
export async function listBlockBackups(
  ctx: CallContext,
  { after }: { after?: string | undefined },
): Promise<{ backups: BlockBackup[]; next: string | null }> {
  const { of } = await findBlock(ctx, "backup.list");
  return perform(ctx, "backup.list", { namespace: of.namespace }, async ({ db, principal }) => {
    const database = await findDatabase(db, principal, of.database);
    const last = after === undefined ? null : await findBackup(db, database, after);
    const rows = await db.backup.findMany({
      where: {
        databaseId: database.id,
        kind: "portable",
        deletedAtMs: null,
        purgedAtMs: null,
        ...(last && {
          OR: [{ createdAtMs: { lt: last.createdAtMs } }, { createdAtMs: last.createdAtMs, id: { lt: last.id } }],
        }),
      },
      include: BACKUP_INCLUDE,
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      take: A_PAGE + 1,
    });
    const page = rows.slice(0, A_PAGE);
    const views = await toBackupViews(db, page);
    const backups = page.flatMap((row, i) => (views[i] ? [toBlockBackup(views[i], row)] : []));
    return { backups, next: rows.length > A_PAGE ? (page.at(-1)?.id ?? null) : null };
  });
}
