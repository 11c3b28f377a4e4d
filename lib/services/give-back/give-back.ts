import type { RestoreView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import type { Bookmark } from "../../domain/bookmark.ts";
import type { GiveBackSelection, OnConflict, RowsOrder } from "../../domain/give-back.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireProtected, requireWritable } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { resolveInHistory } from "../restores/resolve-source.ts";
import { askForRows } from "./ask-for-rows.ts";
import { type GiveBackDraft, queueGiveBack, requireSettled } from "./queue-give-back.ts";
import { changesExisting, requireGiveBack } from "./require-give-back.ts";

export type GiveBackInput = {
  namespace: string;
  database: string;
  source: RestoreSource;
  selection: GiveBackSelection;
  /** Of the plan that was shown. */
  planDigest: string;
  onConflict?: OnConflict | undefined;
  reason?: string | undefined;
};

/**
 * Queues the writing of chosen rows of the past into the database and wakes its agent. Throws `conflict` when the plan is another
 * one by now or has conflicts that nobody chose to skip, `restore_conflict` while a restore is open, `approval_required`
 * where the policy lets nobody change existing rows alone.
 */
export async function giveBack(ctx: CallContext, input: GiveBackInput): Promise<RestoreView> {
  const { namespace, database: reference, source, selection, planDigest, onConflict = {} } = input;
  const { database, principal } = await authorise(ctx, "restore.give-back", { namespace }, async (db, principal) => {
    const database = await findDatabase(db, principal, reference);
    await requireWritable(db, principal, database);
    return { database, principal };
  });
  requireProtected(database);
  const resolved = await resolveInHistory(database, source);
  const order: RowsOrder = { kind: "give-back", from: resolved.bookmark as Bookmark, selection };
  const plan = await askForRows(database, order, planDigest);
  requireSettled(plan, planDigest, onConflict);
  const changes = changesExisting(plan);
  await requireGiveBack(metadata(), principal, database, changes, null);
  if (changes) await requireConfirmed(ctx);
  const draft: GiveBackDraft = {
    database,
    plan,
    rows: { order, planDigest, onConflict },
    sourceKind: source.kind,
    to: { bookmark: resolved.bookmark, timeMs: resolved.timeMs },
    askedMs: resolved.askedMs,
    restorePointId: resolved.restorePointId,
    undoOf: null,
    reason: input.reason?.trim() || null,
  };
  return queueGiveBack(ctx, namespace, draft);
}
