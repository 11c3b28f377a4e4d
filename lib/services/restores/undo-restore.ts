import type { RestoreView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireConfirmation, requireProtected } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { queueRestore, requireSamePlan } from "./create-restore.ts";
import { findRestore } from "./get-restore.ts";
import { askForPlan } from "./plan-restore.ts";
import { resolveSource } from "./resolve-source.ts";

export type UndoRestoreInput = {
  namespace: string;
  database: string;
  restoreId: string;
  confirmName?: string | undefined;
  planDigest?: string | undefined;
};

/**
 * Queues the way back from a completed restore: to the state just before it. What was written since goes too and stays
 * in the history, like with every restore. Undoing an undo is the same.
 */
export async function undoRestore(ctx: CallContext, input: UndoRestoreInput): Promise<RestoreView> {
  const { namespace, database: reference, restoreId, confirmName, planDigest } = input;
  const { database, restore } = await authorise(ctx, "restore.project", { namespace }, async (db, principal) => {
    const found = await findDatabase(db, principal, reference);
    return { database: found, restore: await findRestore(db, found, restoreId) };
  });
  if (restore.status !== "completed" || restore.previousBookmark === null) {
    throw new LastgoodError("conflict", "Only a completed restore can be undone.", {
      hint: "This one changed nothing, or has not ended yet.",
    });
  }
  requireProtected(database);
  requireConfirmation(database, confirmName);
  await requireConfirmed(ctx);
  const resolved = await resolveSource(database, { kind: "bookmark", bookmark: restore.previousBookmark });
  const plan = await askForPlan(database, resolved.bookmark);
  requireSamePlan(plan, planDigest);
  return queueRestore(ctx, namespace, {
    database,
    sourceKind: "undo",
    resolved,
    plan,
    undoOf: restore.id,
    reason: null,
    idempotencyKey: null,
    requestDigest: null,
  });
}
