import { randomUUID } from "node:crypto";
import type { BackupKind, BackupTrigger } from "../../client/backup-types.ts";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import { createJob } from "../jobs/create-job.ts";

/** A backup as it is about to be written down. */
export type BackupDraft = {
  database: Pick<DatabaseRow, "id" | "namespaceId" | "agentId">;
  kind: BackupKind;
  label: string | null;
  trigger: BackupTrigger;
  /** Of a scheduled one: its schedule, with the cron expression and zone that it ran by. */
  scheduleId?: string | null;
  cron?: string | null;
  zone?: string | null;
  /** Retention deletes it from then on, Unix milliseconds; null: never by age. */
  expiresAtMs?: bigint | null;
  /** Of a portable one: tables that are left out, and the schema where one was asked for. */
  excludeTables?: readonly string[] | null;
  schemaName?: string | null;
  /** The person's id; null: Lastgood itself. */
  createdBy?: string | null;
  createdByName?: string | null;
};

/**
 * Writes a backup and its job, within the caller's transaction, which has asked for rights; the caller wakes the agent
 * afterwards. The job stands in nobody's way: a restore of the same database need not wait for it. Answers the backup's id.
 */
export async function queueBackup(tx: MetadataTransaction, draft: BackupDraft): Promise<string> {
  const { database, excludeTables = null } = draft;
  const id = randomUUID();
  const owner = { agentId: database.agentId, databaseId: null };
  const jobId = await createJob(tx, owner, { kind: "backup.run", payload: { backupId: id } });
  await tx.backup.create({
    data: {
      id,
      namespaceId: database.namespaceId,
      databaseId: database.id,
      jobId,
      kind: draft.kind,
      label: draft.label,
      trigger: draft.trigger,
      scheduleId: draft.scheduleId ?? null,
      cron: draft.cron ?? null,
      zone: draft.zone ?? null,
      status: "queued",
      excludeTables: excludeTables === null ? null : JSON.stringify(excludeTables),
      schemaName: draft.schemaName ?? null,
      expiresAtMs: draft.expiresAtMs ?? null,
      createdAtMs: nowMs(),
      createdBy: draft.createdBy ?? null,
      createdByName: draft.createdByName ?? null,
    },
  });
  return id;
}
