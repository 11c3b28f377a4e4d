import type { RestoreView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { OnConflict } from "../../domain/give-back.ts";
import { isUuid } from "../../domain/names.ts";
import { offeringApproval, requireDirectRestore } from "../approvals/approval-required.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { actionByKind, requireKindOf } from "../databases/action-by-kind.ts";
import { findDatabase, requireConfirmation, requireProtected, requireWritable } from "../databases/find-database.ts";
import { isGiveBack, undoGiveBack } from "../give-back/undo-give-back.ts";
import { authorise, requireScope } from "../perform.ts";
import { type AroundInput, checkAround } from "./around-restore.ts";
import { IN_PLACE, queueRestore, type RestoreDraft, requireSamePlan } from "./create-restore.ts";
import { findRestore } from "./get-restore.ts";
import { askForPlan } from "./plan-restore.ts";
import { resolveSource } from "./resolve-source.ts";
import { writtenBy } from "./written-database.ts";

export type UndoRestoreInput = AroundInput & {
  namespace: string;
  database: string;
  restoreId: string;
  confirmName?: string | undefined;
  planDigest?: string | undefined;
  /** Of rows that were given back: what is to be left as it is. */
  onConflict?: OnConflict | undefined;
};

/**
 * Queues the way back from a completed restore: to the state just before it. What was written since goes too and stays
 * in the history, like with every restore. Undoing an undo is the same. Throws `approval_required` where the policy wants
 * restores approved and this is not the newest one, fresh from its run.
 */
export function undoRestore(ctx: CallContext, input: UndoRestoreInput): Promise<RestoreView> {
  return offeringApproval(ctx, input, async () => {
    if (await isGiveBack(input.restoreId)) return undoGiveBack(ctx, input);
    return undoDirectly(ctx, input);
  });
}

async function undoDirectly(ctx: CallContext, input: UndoRestoreInput): Promise<RestoreView> {
  const { namespace, database: reference, restoreId, confirmName, planDigest } = input;
  const action = await actionOf(ctx, input);
  const { database, restore } = await authorise(ctx, action, { namespace }, async (db, principal) => {
    const restore = await findRestore(db, await findDatabase(db, principal, reference), restoreId);
    // Of a preview that was overwritten from its project's ledger, the preview is what goes back.
    const database = await findDatabase(db, principal, writtenBy(restore));
    requireKindOf(database, action, { preview: "restore.preview" });
    if (action !== "restore.preview") requireScope(principal, "restore.project");
    await requireWritable(db, principal, database);
    if (restore.status === "completed") await requireDirectRestore(db, principal, database, restore);
    return { database, restore };
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
  const plan = await askForPlan(database, resolved);
  requireSamePlan(plan, planDigest);
  const around = await checkAround(database, plan, input);
  const draft: RestoreDraft = {
    database,
    sourceKind: "undo",
    resolved,
    plan,
    undoOf: restore.id,
    reason: null,
    around,
  };
  return queueRestore(ctx, namespace, draft, action);
}

/** A member may go back on what they have run with an approval, for as long as the policy leaves that open. */
async function actionOf(ctx: CallContext, { restoreId, ...of }: UndoRestoreInput) {
  const { actor } = ctx;
  const written = isUuid(restoreId)
    ? await metadata().restore.findUnique({ where: { id: restoreId.toLowerCase() } })
    : null;
  const database = written ? writtenBy(written) : of.database;
  const action = await actionByKind(ctx, { namespace: of.namespace, database }, IN_PLACE);
  if (action === "restore.preview") return action;
  if ((actor.kind !== "user" && actor.kind !== "token") || !isUuid(restoreId)) return "restore.project";
  const own = await metadata().restore.count({
    where: { id: restoreId.toLowerCase(), requestedBy: actor.userId, approvalId: { not: null } },
  });
  return own === 1 ? "approval.run" : "restore.project";
}
