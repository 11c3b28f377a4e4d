import type { RestoreView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import type { OnConflict } from "../../domain/give-back.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireProtected, requireWritable } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { findRestore } from "../restores/get-restore.ts";
import { askForRows, orderOfUndo } from "./ask-for-rows.ts";
import { queueGiveBack, requireSettled } from "./queue-give-back.ts";
import { changesExisting, requireGiveBack } from "./require-give-back.ts";

export type UndoGiveBackInput = {
  namespace: string;
  database: string;
  restoreId: string;
  planDigest?: string | undefined;
  onConflict?: OnConflict | undefined;
};

/**
 * Queues the way back from rows that were given back: exactly those rows become what they were right before. Rows that somebody has
 * changed since are conflicts. It stands in the ledger like any other, and can be undone itself.
 */
export async function undoGiveBack(ctx: CallContext, input: UndoGiveBackInput): Promise<RestoreView> {
  const { namespace, restoreId, planDigest, onConflict = {} } = input;
  const { database, restore, principal } = await authorise(
    ctx,
    "restore.give-back",
    { namespace },
    async (db, principal) => {
      const database = await findDatabase(db, principal, input.database);
      await requireWritable(db, principal, database);
      return { database, principal, restore: await findRestore(db, database, restoreId) };
    },
  );
  requireProtected(database);
  const order = orderOfUndo(restore);
  const plan = await askForRows(database, order, planDigest);
  requireSettled(plan, planDigest, onConflict);
  const changes = changesExisting(plan);
  await requireGiveBack(metadata(), principal, database, changes, restore);
  if (changes) await requireConfirmed(ctx);
  return queueGiveBack(ctx, namespace, {
    database,
    plan,
    rows: { order, planDigest: plan.digest, onConflict },
    sourceKind: "undo",
    to: { bookmark: plan.from.bookmark, timeMs: plan.from.timeMs },
    askedMs: null,
    restorePointId: null,
    undoOf: restore.id,
    reason: null,
  });
}

/** Whether a row of the ledger is about rows: then it is undone here. */
export async function isGiveBack(restoreId: string): Promise<boolean> {
  return (await metadata().restore.count({ where: { id: restoreId.toLowerCase(), targetKind: "rows" } })) === 1;
}
