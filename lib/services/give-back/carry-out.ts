import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { GivenBack, RowsRun } from "../../domain/give-back.ts";
import type { CallContext } from "../call-context.ts";
import { completeRestore } from "../restores/complete-restore.ts";
import { transact } from "../transact.ts";

/** What an agent has to write: the rows and the database; null where the ledger's row is about something else. */
export async function readGiveBack(restoreId: string): Promise<{ databaseId: string; rows: RowsRun } | null> {
  const row = await metadata().restore.findUnique({
    where: { id: restoreId },
    select: { databaseId: true, targetKind: true, selection: true },
  });
  if (row?.targetKind !== "rows" || row.selection === null) return null;
  return { databaseId: row.databaseId, rows: JSON.parse(row.selection) as RowsRun };
}

/** Marks it as running; false when it has ended. */
export async function startGiveBack(restoreId: string): Promise<boolean> {
  await transact((tx) =>
    tx.restore.updateMany({
      where: { id: restoreId, status: "queued", openKey: { not: null } },
      data: { status: "running", startedAtMs: nowMs() },
    }),
  );
  return (await metadata().restore.count({ where: { id: restoreId, status: "running" } })) === 1;
}

/** Writes down what was written. */
export async function completeGiveBack(ctx: CallContext, restoreId: string, done: GivenBack): Promise<void> {
  await transact((tx) =>
    tx.restore.updateMany({ where: { id: restoreId }, data: { summary: JSON.stringify(done.rows) } }),
  );
  await completeRestore(ctx, restoreId, done);
}
