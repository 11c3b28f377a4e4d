import type { MetadataTransaction } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireNoApproval } from "../approvals/approval-required.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../find-principal.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { deletePreviewRow } from "../previews/bury-preview.ts";
import { actionByKind, requireKindOf } from "./action-by-kind.ts";
import { buryDatabase } from "./bury-database.ts";
import { type DatabaseRow, findDatabase, requireConfirmation, requireWritable } from "./find-database.ts";

/** Of a preview it takes no more than making one does. */
const DELETION = { project: "database.delete", preview: "preview.delete" } as const;

/**
 * Ends the protection of a database. Its name is free at once; its row, its history and a hosted file stay as a tombstone
 * until the grace period ends, and `undeleteDatabase` brings it back. An attached file is not touched. Throws
 * `restore_conflict` while it is being restored, `approval_required` where the policy wants others to approve it first.
 */
export async function deleteDatabase(
  ctx: CallContext,
  { namespace, database, confirmName }: { namespace: string; database: string; confirmName?: string | undefined },
): Promise<void> {
  const action = await actionByKind(ctx, { namespace, database }, DELETION);
  const owner = await perform(ctx, action, { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    requireKindOf(row, action, DELETION);
    await requireWritable(db, principal, row);
    note({ kind: "database", id: row.id }, { name: row.name, before: row.state, after: "deleted" });
    requireConfirmation(row, confirmName);
    await requireConfirmed(ctx, db);
    // Policies do not bind previews: they are copies, and nobody's production.
    if (row.kind !== "preview") await requireNoApproval(db, principal, row, "database.delete");
    note(null, { purgeAfterMs: await writeDeletion(db, principal, row) });
    return { agentId: row.agentId };
  });
  await wakeAgent(owner);
}

/**
 * Makes a database a tombstone, within the caller's transaction; the caller has asked the policy. Answers when its grace
 * period ends, Unix milliseconds.
 */
export async function writeDeletion(tx: MetadataTransaction, by: Principal, row: DatabaseRow): Promise<number> {
  if (row.kind === "preview") return Number(await deletePreviewRow(tx, row, by.name));
  if (await tx.restore.findUnique({ where: { openKey: row.id } })) {
    throw new LastgoodError("restore_conflict", `${row.name} is being restored.`, {
      hint: "Wait until the restore has ended, or cancel it.",
      retryAfterSeconds: 2,
    });
  }
  const tombstone = await buryDatabase(tx, row, { by: by.name, atMs: await storeNowMs(tx) });
  return Number(tombstone.purgeAfterMs);
}
