import { randomUUID } from "node:crypto";
import type { RestoreView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RestorePlan } from "../../domain/restore.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import { offeringApproval, requireDirectRestore } from "../approvals/approval-required.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { actionByKind, requireKindOf } from "../databases/action-by-kind.ts";
import {
  type DatabaseRow,
  findDatabase,
  requireConfirmation,
  requireProtected,
  requireWritable,
} from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { createJob } from "../jobs/create-job.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { authorise, perform } from "../perform.ts";
import { type Around, type AroundInput, checkAround, NOTHING_AROUND } from "./around-restore.ts";
import { type AskedChecks, takeChecks } from "./asked-checks.ts";
import { requireNoOpenRestore } from "./insert-restore.ts";
import { askForPlan } from "./plan-restore.ts";
import { type ResolvedSource, requireSameBackup, resolveSource } from "./resolve-source.ts";
import { RESTORE_INCLUDE, toRestoreViews } from "./to-restore-view.ts";

export type CreateRestoreInput = AroundInput & {
  namespace: string;
  database: string;
  source: RestoreSource;
  /** What is to be checked of the state, beside what always is. */
  checks?: AskedChecks | undefined;
  reason?: string | undefined;
  /** The database's name as a person typed it; a call that a person confirms always carries it. */
  confirmName?: string | undefined;
  /** The digest of the plan that was shown: refused when the plan is another one by now. */
  planDigest?: string | undefined;
};

/** What going back in place takes: of a preview no more than making one. */
export const IN_PLACE = { project: "restore.project", preview: "restore.preview" } as const;

/** One restore as it is about to be written down. */
export type RestoreDraft = {
  database: DatabaseRow;
  sourceKind: RestoreView["source"];
  resolved: ResolvedSource;
  plan: RestorePlan;
  undoOf: string | null;
  reason: string | null;
  /** Left out: nothing. */
  around?: Around;
  /** Whether every table and index is looked through as well; left out: no. */
  amcheck?: boolean;
};

/**
 * Queues a restore of a database in place and wakes its agent. Throws `restore_conflict` while another one is open,
 * `confirmation_mismatch` when the typed name is not the database's, `conflict` when the plan changed since it was shown,
 * `approval_required` where the policy wants others to approve it first.
 */
export function createRestore(ctx: CallContext, input: CreateRestoreInput): Promise<RestoreView> {
  return offeringApproval(ctx, input, () => createDirectRestore(ctx, input));
}

async function createDirectRestore(ctx: CallContext, input: CreateRestoreInput): Promise<RestoreView> {
  const { namespace, database: reference, source, reason, confirmName, planDigest } = input;
  const action = await actionByKind(ctx, input, IN_PLACE);
  const database = await authorise(ctx, action, { namespace }, async (db, principal) => {
    const database = await findDatabase(db, principal, reference);
    requireKindOf(database, action, IN_PLACE);
    await requireDirectRestore(db, principal, database, null);
    return database;
  });
  requireProtected(database);
  requireConfirmation(database, confirmName);
  await requireConfirmed(ctx);
  const resolved = await resolveSource(database, source);
  const amcheck = takeChecks(database, resolved, input.checks);
  const plan = await askForPlan(database, resolved);
  requireSamePlan(plan, planDigest);
  const around = await checkAround(database, plan, input);
  const draft: RestoreDraft = {
    database,
    sourceKind: source.kind,
    resolved,
    plan,
    undoOf: null,
    reason: reason?.trim() || null,
    around,
    amcheck,
  };
  return queueRestore(ctx, namespace, draft, action);
}

/** Refuses a plan other than the one that was shown. */
export function requireSamePlan(plan: RestorePlan, shownDigest: string | undefined): void {
  if (shownDigest === undefined || shownDigest === plan.digest) return;
  throw new LastgoodError("conflict", "The plan changed since it was shown.", {
    field: "planDigest",
    hint: "Read the new plan and confirm again.",
  });
}

/**
 * Writes the restore and its job in one transaction, then wakes the agent. The policy is asked here again: what counts is
 * how things stand when the restore is written down.
 * @param action another one than `restore.project` only where its holder undoes what they have run themselves
 */
export async function queueRestore(
  ctx: CallContext,
  namespace: string,
  draft: RestoreDraft,
  action: "restore.project" | "restore.preview" | "approval.run" = "restore.project",
): Promise<RestoreView> {
  const restoreId = randomUUID();
  try {
    await perform(ctx, action, { namespace }, async ({ db, principal, note }) => {
      const { database, plan, resolved, reason, undoOf } = draft;
      const backup = resolved.backup?.key;
      const states = { before: plan.from.bookmark, after: resolved.bookmark, ...(backup !== undefined && { backup }) };
      note({ kind: "restore", id: restoreId }, { databaseId: database.id, reason, undoOf, ...states });
      const undone = draft.undoOf === null ? null : await db.restore.findUnique({ where: { id: draft.undoOf } });
      const current = await findDatabase(db, principal, draft.database.id);
      requireKindOf(current, action, IN_PLACE);
      await requireWritable(db, principal, current);
      await requireDirectRestore(db, principal, current, undone);
      await writeRestore(db, principal, restoreId, draft);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw restoreConflict(draft.database);
  }
  await wakeAgent(draft.database);
  return readRestore(restoreId);
}

/** The restore's row and its job, within the caller's transaction; the caller has asked the policy. */
export async function writeRestore(
  tx: MetadataTransaction,
  principal: Principal,
  id: string,
  draft: RestoreDraft,
  approvalId: string | null = null,
): Promise<void> {
  const database = await findDatabase(tx, principal, draft.database.id);
  requireProtected(database);
  await requireNoOpenRestore(tx, database);
  await requireSameBackup(tx, database, draft.resolved.backup);
  // The digest binds the last restore: if one has ended since the plan was made, this one was not planned on top of it.
  if (database.lastRestoreId !== draft.database.lastRestoreId) throw restoreConflict(database);
  const owner = { agentId: database.agentId, databaseId: database.id };
  const jobId = await createJob(tx, owner, { kind: "restore.run", payload: { restoreId: id } });
  await tx.restore.create({
    data: {
      id,
      databaseId: database.id,
      jobId,
      openKey: database.id,
      targetKind: "project",
      sourceKind: draft.sourceKind,
      askedMs: draft.resolved.askedMs === null ? null : BigInt(draft.resolved.askedMs),
      restorePointId: draft.resolved.restorePointId,
      backupId: draft.resolved.backup?.id ?? null,
      toBookmark: draft.resolved.bookmark,
      toTimeMs: BigInt(draft.resolved.timeMs),
      undoOf: draft.undoOf,
      reason: draft.reason,
      planDigest: draft.plan.digest,
      ...(draft.around ?? NOTHING_AROUND),
      amcheck: draft.amcheck ?? false,
      status: "queued",
      requestedBy: principal.userId,
      requestedByName: principal.name,
      approvalId,
      createdAtMs: nowMs(),
    },
  });
}

/** Another restore of the database is open, or ended since the plan was made. */
export function restoreConflict(database: DatabaseRow): LastgoodError {
  return new LastgoodError("restore_conflict", `${database.name} is being restored already.`, {
    hint: "Wait until that restore has ended, then look at the plan again.",
    retryAfterSeconds: 2,
  });
}

/** One restore as it stands, for whoever was authorised already. */
export async function readRestore(restoreId: string): Promise<RestoreView> {
  const row = await metadata().restore.findUniqueOrThrow({ where: { id: restoreId }, include: RESTORE_INCLUDE });
  const [view] = await toRestoreViews(metadata(), [row]);
  if (!view) throw new Error("a restore that exists has a view");
  return view;
}
