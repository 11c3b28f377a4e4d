import { createHash } from "node:crypto";
import type { RestoreView } from "../../client/api-types.ts";
import { type MetadataReader, metadata } from "../../db/client.ts";
import type { Bookmark } from "../../domain/bookmark.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { GiveBackSelection, OnConflict, RowsOrder } from "../../domain/give-back.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireProtected, requireWritable } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { resolveInHistory } from "../restores/resolve-source.ts";
import { RESTORE_INCLUDE, toRestoreViews } from "../restores/to-restore-view.ts";
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
  /** Repeats of one call carry the same key and get the same row of the ledger. */
  idempotencyKey?: string | undefined;
};

/**
 * Queues the writing of chosen rows of the past into the database and wakes its agent. Throws `conflict` when the plan is another
 * one by now or has conflicts that nobody chose to skip, `restore_conflict` while a restore is open, `approval_required`
 * where the policy lets nobody change existing rows alone.
 */
export async function giveBack(ctx: CallContext, input: GiveBackInput): Promise<RestoreView> {
  const { namespace, database: reference, source, selection, planDigest, onConflict = {}, idempotencyKey } = input;
  const { database, principal, repeated } = await authorise(
    ctx,
    "restore.give-back",
    { namespace },
    async (db, principal) => {
      const database = await findDatabase(db, principal, reference);
      await requireWritable(db, principal, database);
      return { database, principal, repeated: await findRepeated(db, database, input) };
    },
  );
  if (repeated) return repeated;
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
    idempotencyKey: idempotencyKey ?? null,
    requestDigest: idempotencyKey === undefined ? null : digestRequest(input),
  };
  try {
    return await queueGiveBack(ctx, namespace, draft);
  } catch (error) {
    // The same call, sent twice at once: whoever came second gets the first one's row, and no conflict.
    const twin = await findRepeated(metadata(), database, input);
    if (twin) return twin;
    throw error;
  }
}

function digestRequest({ source, selection, planDigest, onConflict = {} }: GiveBackInput): string {
  const text = JSON.stringify({ kind: "rows", source, selection, planDigest, onConflict });
  return createHash("sha256").update(text).digest("hex");
}

async function findRepeated(
  db: MetadataReader,
  database: DatabaseRow,
  input: GiveBackInput,
): Promise<RestoreView | null> {
  const { idempotencyKey } = input;
  if (idempotencyKey === undefined) return null;
  const row = await db.restore.findFirst({
    where: { databaseId: database.id, idempotencyKey },
    include: RESTORE_INCLUDE,
  });
  if (!row) return null;
  if (row.requestDigest !== digestRequest(input)) {
    throw new LastgoodError("conflict", "This Idempotency-Key was used for something else.", {
      field: "Idempotency-Key",
      hint: "Use a new key for a new request.",
    });
  }
  return (await toRestoreViews(db, [row]))[0] ?? null;
}
