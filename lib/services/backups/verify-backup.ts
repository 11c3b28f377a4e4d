import type { BackupView } from "../../client/backup-types.ts";
import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import { createJob } from "../jobs/create-job.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { type BackupPlace, placeOf } from "./carry-out.ts";
import { readBackup } from "./create-backup.ts";
import { findBackup, requireUsable } from "./find-backup.ts";

/**
 * Has a backup read whole, to see whether it still is what was stored; `verifiedAtMs` or `damage` of its row tell what came of it.
 * One that was found damaged may be looked at again. Answers with the job that does it.
 */
export async function verifyBackup(
  ctx: CallContext,
  { namespace, database, backup }: { namespace: string; database: string; backup: string },
): Promise<{ backup: BackupView; jobId: string }> {
  const { id, jobId, owner } = await perform(ctx, "backup.verify", { namespace }, async ({ db, principal, note }) => {
    const of = await findDatabase(db, principal, database);
    const row = await findBackup(db, of, backup);
    note({ kind: "backup", id: row.id }, { databaseId: row.databaseId, key: row.key });
    requireUsable({ ...row, damage: null });
    const payload = { backupId: row.id };
    const open = await db.job.findFirst({
      where: {
        kind: "backup.verify",
        payload: { startsWith: JSON.stringify(payload).slice(0, -1) },
        status: { in: ["queued", "running"] },
      },
    });
    const owner = { agentId: of.agentId };
    const jobId = open?.id ?? (await createJob(db, { ...owner, databaseId: null }, { kind: "backup.verify", payload }));
    return { id: row.id, jobId, owner };
  });
  await wakeAgent(owner);
  return { backup: await readBackup(id), jobId };
}

/** What an agent needs to read a complete backup; null for one that is none, or of which nothing is left. */
export async function findVerifiableBackup(
  backupId: string,
): Promise<{ place: BackupPlace; databaseId: string; sha256: string } | null> {
  const row = await metadata().backup.findFirst({ where: { id: backupId, status: "completed", purgedAtMs: null } });
  if (!row || row.sha256 === null) return null;
  return { place: placeOf(row), databaseId: row.databaseId, sha256: row.sha256 };
}

/** Writes down what reading a backup whole has shown: `damage` is what was found, null when nothing was. */
export async function noteVerified(backupId: string, damage: LastgoodError | null): Promise<void> {
  await metadata().backup.updateMany({
    where: { id: backupId, status: "completed", purgedAtMs: null },
    data: damage ? { damage: damage.message } : { damage: null, verifiedAtMs: nowMs() },
  });
}
