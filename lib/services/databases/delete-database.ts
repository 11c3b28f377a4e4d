import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { createJob } from "../jobs/create-job.ts";
import { endJob } from "../jobs/finish-job.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { findDatabase, requireConfirmation } from "./find-database.ts";

/**
 * Ends the protection of a database. Its name is free at once; its row and history stay as a tombstone until the grace
 * period ends. An attached file is not touched. Throws `restore_conflict` while it is being restored.
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
    await db.database.update({
      where: { id: row.id },
      data: { nameKey: null, state: "deleted", deletedAtMs: nowMs() },
    });
    const waiting = await db.job.findMany({ where: { databaseId: row.id, status: "queued" } });
    const gone = new LastgoodError("cancelled", "The database was deleted.");
    for (const job of waiting) await endJob(db, job.id, { ok: false, error: gone, cancelled: true });
    await db.job.updateMany({ where: { databaseId: row.id, status: "running" }, data: { cancelAsked: true } });
    const owner = { agentId: row.agentId, databaseId: row.id };
    await createJob(db, owner, { kind: "database.release", payload: { databaseId: row.id } });
  });
  await wakeAgent();
}
