import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RestoreTargetKind } from "../../domain/restore.ts";
import { transact } from "../transact.ts";

/** What an agent needs to know to carry a restore out. */
export type RestoreOrder = {
  restoreId: string;
  databaseId: string;
  targetKind: RestoreTargetKind;
  /** What is made or overwritten where that is not the database itself. */
  targetDatabaseId: string | null;
  /** Whose state a cutover takes. */
  sourceDatabaseId: string | null;
  /** The backup whose state it takes; null: a state of a history. */
  backupId: string | null;
  /** The second copy that it is brought back from; null: what it restores is a database here. */
  copyId: string | null;
  toBookmark: string;
  /** Unix milliseconds. */
  toTimeMs: number;
  planDigest: string;
  status: string;
  fenceSeconds: number | null;
  runHooks: boolean;
  /** Whether every table and index is looked through as well. */
  amcheck: boolean;
};

/** The order behind a `restore.run` or `copy.bring-back` job. Marks it as running; a restore that has ended is answered as it is. */
export async function startRestore(restoreId: string): Promise<RestoreOrder> {
  await transact((tx) =>
    tx.restore.updateMany({
      where: { id: restoreId, status: "queued", openKey: { not: null } },
      data: { status: "running", startedAtMs: nowMs() },
    }),
  );
  const row = await metadata().restore.findUnique({ where: { id: restoreId } });
  if (!row) throw new LastgoodError("not_found", "There is no such restore.", { hint: "Its job is void." });
  const { databaseId, targetDatabaseId, sourceDatabaseId, toBookmark, planDigest, status } = row;
  const { fenceSeconds, runHooks, backupId, copyId, amcheck } = row;
  return {
    restoreId,
    databaseId,
    targetKind: row.targetKind as RestoreTargetKind,
    targetDatabaseId,
    sourceDatabaseId,
    backupId,
    copyId,
    toBookmark,
    toTimeMs: Number(row.toTimeMs),
    planDigest,
    status,
    fenceSeconds,
    runHooks,
    amcheck,
  };
}
