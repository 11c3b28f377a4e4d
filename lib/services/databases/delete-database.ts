import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { buryDatabase } from "./bury-database.ts";
import { findDatabase, requireConfirmation } from "./find-database.ts";

/**
 * Ends the protection of a database. Its name is free at once; its row, its history and a hosted file stay as a tombstone
 * until the grace period ends, and `undeleteDatabase` brings it back. An attached file is not touched. Throws `restore_conflict` while it is being restored.
 */
export async function deleteDatabase(
  ctx: CallContext,
  { namespace, database, confirmName }: { namespace: string; database: string; confirmName?: string | undefined },
): Promise<void> {
  await perform(ctx, "database.delete", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    note({ kind: "database", id: row.id }, { name: row.name });
    requireConfirmation(row, confirmName);
    await requireConfirmed(ctx, db);
    if (await db.restore.findUnique({ where: { openKey: row.id } })) {
      throw new LastgoodError("restore_conflict", `${row.name} is being restored.`, {
        hint: "Wait until the restore has ended, or cancel it.",
        retryAfterSeconds: 2,
      });
    }
    const tombstone = await buryDatabase(db, row, { by: principal.name, atMs: nowMs() });
    note(null, { purgeAfterMs: Number(tombstone.purgeAfterMs) });
  });
  await wakeAgent();
}
