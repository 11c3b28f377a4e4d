import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { RestorePlan } from "../../domain/restore.ts";
import { type DatabaseRow, requireProtected } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { createJob } from "../jobs/create-job.ts";
import type { Around } from "./around-restore.ts";
import { restoreConflict } from "./create-restore.ts";
import type { ResolvedBackup } from "./resolve-source.ts";

/** A restore that takes its state from one database and writes another. */
export type RestoreBetween = {
  id: string;
  /** In whose ledger it stands: that of the project, whichever of the two that is. */
  databaseId: string;
  /** The database that is written. */
  written: Pick<DatabaseRow, "id" | "agentId" | "name">;
  targetKind: "new_preview" | "new_database" | "preview" | "cutover";
  /** Whose state a cutover takes; null: that of the ledger's own database. */
  sourceDatabaseId: string | null;
  sourceKind: string;
  to: { bookmark: string; timeMs: number };
  askedMs: number | null;
  restorePointId: string | null;
  backup: ResolvedBackup | null;
  /** The second copy that it is brought back from; left out: none. */
  copyId?: string;
  plan: Pick<RestorePlan, "digest">;
  ttlHours: number | null;
  reason: string | null;
  approvalId: string | null;
  around: Around;
  /** Whether every table and index is looked through as well; left out: no. */
  amcheck?: boolean;
};

/** The restore's row and its job, within the caller's transaction; the caller has asked for rights and policies. */
export async function insertRestore(tx: MetadataTransaction, by: Principal, restore: RestoreBetween): Promise<void> {
  const { id, written, targetKind } = restore;
  const owner = { agentId: written.agentId, databaseId: written.id };
  const jobId = await createJob(tx, owner, {
    kind: restore.copyId === undefined ? "restore.run" : "copy.bring-back",
    payload: { restoreId: id },
  });
  await tx.restore.create({
    data: {
      id,
      databaseId: restore.databaseId,
      jobId,
      openKey: written.id,
      targetKind,
      sourceKind: restore.sourceKind,
      askedMs: restore.askedMs === null ? null : BigInt(restore.askedMs),
      restorePointId: restore.restorePointId,
      backupId: restore.backup?.id ?? null,
      copyId: restore.copyId ?? null,
      toBookmark: restore.to.bookmark,
      toTimeMs: BigInt(restore.to.timeMs),
      reason: restore.reason,
      planDigest: restore.plan.digest,
      status: "queued",
      requestedBy: by.userId,
      requestedByName: by.name,
      approvalId: restore.approvalId,
      targetDatabaseId: targetKind === "cutover" ? null : written.id,
      targetName: targetKind === "cutover" ? null : written.name,
      ttlHours: restore.ttlHours,
      sourceDatabaseId: restore.sourceDatabaseId,
      ...restore.around,
      amcheck: restore.amcheck ?? false,
      createdAtMs: nowMs(),
    },
  });
}

/** Refuses to write a database that is being restored, or that an open cutover takes its state from. */
export async function requireNoOpenRestore(tx: MetadataTransaction, row: DatabaseRow): Promise<void> {
  requireProtected(row);
  const open = await tx.restore.findFirst({
    where: { OR: [{ openKey: row.id }, { sourceDatabaseId: row.id, openKey: { not: null } }] },
    select: { id: true },
  });
  if (open || row.state === "restoring") throw restoreConflict(row);
}
