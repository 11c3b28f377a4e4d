import { randomUUID } from "node:crypto";
import type { RestoreView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataTransaction } from "../../db/client.ts";
import { requireDirectCutover } from "../approvals/approval-required.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireConfirmation, requireProtected } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { authorise, perform, requireScope } from "../perform.ts";
import { findPreviewOf, requireProject } from "../previews/find-preview.ts";
import { type AroundInput, checkAround } from "./around-restore.ts";
import { readRestore, requireSamePlan, restoreConflict } from "./create-restore.ts";
import { insertRestore, type RestoreBetween, requireNoOpenRestore } from "./insert-restore.ts";
import { type CutoverDraft, draftCutover } from "./plan-cutover.ts";

export type CreateCutoverInput = AroundInput & {
  namespace: string;
  /** The project. */
  database: string;
  previewId: string;
  /** The preview's state that was shown; without one its newest. */
  at?: string | undefined;
  reason?: string | undefined;
  /** The project's name as a person typed it. */
  confirmName?: string | undefined;
  planDigest?: string | undefined;
};

/**
 * Queues making a preview's state the project's, as one commit of the project's own history: the ordinary undo brings the
 * state before back. The preview stays as it is. A token needs `restore.project` as well. Throws `approval_required` where
 * the policy wants others to approve what overwrites the project.
 */
export async function createCutover(ctx: CallContext, input: CreateCutoverInput): Promise<RestoreView> {
  const { namespace, previewId, at = null, planDigest } = input;
  const found = await authorise(ctx, "restore.cutover", { namespace }, async (db, principal) => {
    requireScope(principal, "restore.project");
    const project = await findDatabase(db, principal, input.database);
    requireProject(project, "be cut over to");
    const preview = await findPreviewOf(db, principal, project, previewId);
    await requireDirectCutover(db, principal, project);
    return { project, preview };
  });
  requireConfirmation(found.project, input.confirmName);
  await requireConfirmed(ctx);
  const draft = await draftCutover(found.project, found.preview, at);
  requireSamePlan(draft.plan, planDigest);
  const around = await checkAround(draft.project, draft.plan, input);
  const restoreId = randomUUID();
  const { project } = draft;
  try {
    await perform(ctx, "restore.cutover", { namespace }, async ({ db, principal, note }) => {
      const states = { before: draft.plan.from.bookmark, after: draft.plan.to.bookmark };
      const facts = { databaseId: project.id, previewId: draft.preview.id, preview: draft.preview.name };
      note({ kind: "restore", id: restoreId }, { ...facts, reason: input.reason?.trim() || null, ...states });
      requireScope(principal, "restore.project");
      await requireDirectCutover(db, principal, await findDatabase(db, principal, project.id));
      await writeCutover(db, principal, restoreId, draft, {
        reason: input.reason?.trim() || null,
        approvalId: null,
        around,
      });
    });
  } catch (error) {
    throw isUniqueViolation(error) ? restoreConflict(project) : error;
  }
  await wakeAgent(project);
  return readRestore(restoreId);
}

/** The cutover's row and its job, within the caller's transaction; the caller has asked for rights and the policy. */
export async function writeCutover(
  tx: MetadataTransaction,
  principal: Principal,
  id: string,
  { project: shown, preview: taken, plan }: CutoverDraft,
  rest: Pick<RestoreBetween, "reason" | "approvalId" | "around">,
): Promise<void> {
  const project = await findDatabase(tx, principal, shown.id);
  const preview = await findPreviewOf(tx, principal, project, taken.id);
  requireProtected(preview);
  await requireNoOpenRestore(tx, project);
  await requireNoOpenRestore(tx, preview);
  // The digest binds the last restore: if one has ended since the plan was made, this one was not planned on top of it.
  if (project.lastRestoreId !== shown.lastRestoreId) throw restoreConflict(project);
  await insertRestore(tx, principal, {
    id,
    databaseId: project.id,
    written: project,
    targetKind: "cutover",
    sourceDatabaseId: preview.id,
    sourceKind: "preview",
    to: plan.to,
    askedMs: null,
    restorePointId: null,
    backup: null,
    plan,
    ttlHours: null,
    ...rest,
  });
}
