import { storeNowMs } from "../../db/store-time.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireNoApproval } from "../approvals/approval-required.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { buryDatabase, purgeTimeOf } from "../databases/bury-database.ts";
import { wakeAgentsOf } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";

/**
 * Deletes a namespace: all its doors close at once, for people and tokens alike, and capture of its databases ends with them.
 * Everything stays until the grace period is over, and whoever was its owner can bring it back. The slug is typed to confirm. Throws
 * `approval_required` while one of its databases may not be deleted without the approval of others.
 */
export async function deleteNamespace(
  ctx: CallContext,
  { namespace, confirmSlug }: { namespace: string; confirmSlug: string },
): Promise<{ purgeAfterMs: number }> {
  const deleted = await perform(ctx, "namespace.delete", { namespace }, async ({ db, principal, note }) => {
    const { id, slug } = principal.namespace;
    note({ kind: "namespace", id }, { slug });
    if (confirmSlug !== slug) {
      throw new LastgoodError("confirmation_mismatch", "The name does not match.", {
        field: "confirmSlug",
        hint: `Type ${slug} to confirm.`,
      });
    }
    await requireConfirmed(ctx, db);
    const databases = await db.database.findMany({ where: { namespaceId: id, deletedAtMs: null } });
    // A policy that asks others before one database goes is not got around by deleting all of them at once.
    for (const row of databases) await requireNoApproval(db, principal, row, "database.delete");
    const open = await db.restore.findFirst({ where: { openKey: { in: databases.map((row) => row.id) } } });
    if (open) {
      throw new LastgoodError("restore_conflict", "One of its databases is being restored.", {
        hint: "Wait until the restore has ended, or cancel it.",
        retryAfterSeconds: 2,
      });
    }
    // One instant for all of it: by it the databases are told from those that were deleted before.
    const deletion = { by: principal.name, atMs: await storeNowMs(db) };
    for (const row of databases) await buryDatabase(db, row, deletion);
    const untilMs = purgeTimeOf(deletion.atMs);
    await db.namespace.update({
      where: { id },
      data: { deletedAtMs: deletion.atMs, deletedBy: deletion.by, purgeAfterMs: untilMs },
    });
    note(null, { databases: databases.length, purgeAfterMs: Number(untilMs) });
    return { purgeAfterMs: Number(untilMs), databases };
  });
  await wakeAgentsOf(deleted.databases);
  return { purgeAfterMs: deleted.purgeAfterMs };
}
