import { randomUUID } from "node:crypto";
import type { RestoreView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { GiveBackPlan, OnConflict, RowsRun } from "../../domain/give-back.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireProtected, requireWritable } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { createJob } from "../jobs/create-job.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { perform } from "../perform.ts";
import { readRestore, restoreConflict } from "../restores/create-restore.ts";
import { changesExisting, requireGiveBack } from "./require-give-back.ts";
import { withoutKeys, withoutValues } from "./without-values.ts";

/** One give-back as it is about to be written down. */
export type GiveBackDraft = {
  database: DatabaseRow;
  plan: GiveBackPlan;
  rows: RowsRun;
  sourceKind: RestoreView["source"];
  to: { bookmark: string; timeMs: number };
  askedMs: number | null;
  restorePointId: string | null;
  undoOf: string | null;
  reason: string | null;
};

/** Refuses a plan other than the one that was shown, and one with conflicts that nobody chose to skip. */
export function requireSettled(plan: GiveBackPlan, shownDigest: string | undefined, onConflict: OnConflict): void {
  if (shownDigest !== undefined && shownDigest !== plan.digest) {
    throw new LastgoodError("conflict", "The plan changed since it was shown.", {
      field: "planDigest",
      hint: "Nothing was changed. Read the new plan and confirm again.",
      plan: withoutValues(plan),
    });
  }
  const conflicts = plan.conflicts.filter(({ kind }) => onConflict[kind] !== "skip");
  const [first] = conflicts;
  if (first) {
    throw new LastgoodError("conflict", `Not everything can be given back. ${first.table}: ${first.words}`, {
      field: "onConflict",
      hint: "Nothing was changed. Choose for each kind of conflict to skip its rows, or choose other rows.",
      conflicts: withoutKeys(conflicts),
    });
  }
  if (plan.rows > 0 || plan.notices.some(({ kind }) => kind === "table-made-again")) return;
  throw new LastgoodError("conflict", "There is nothing to give back: the rows are as they were.", {
    hint: "Choose other rows or another moment.",
  });
}

/** Writes it and its job in one transaction, then wakes the agent. Rights and policy are asked here again. */
export async function queueGiveBack(ctx: CallContext, namespace: string, draft: GiveBackDraft): Promise<RestoreView> {
  const restoreId = randomUUID();
  const { database, plan, undoOf, reason } = draft;
  try {
    await perform(ctx, "restore.give-back", { namespace }, async ({ db, principal, note }) => {
      const tables = plan.tables.map(({ name, inserted, setBack, removed }) => ({ name, inserted, setBack, removed }));
      note(
        { kind: "restore", id: restoreId },
        { databaseId: database.id, reason, undoOf, from: draft.to.bookmark, tables },
      );
      const row = await findDatabase(db, principal, database.id);
      await requireWritable(db, principal, row);
      const undone = undoOf === null ? null : await db.restore.findUnique({ where: { id: undoOf } });
      await requireGiveBack(db, principal, row, changesExisting(plan), undone);
      await insertRow(db, principal, restoreId, row, draft);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw restoreConflict(database);
  }
  await wakeAgent(database);
  return readRestore(restoreId);
}

async function insertRow(
  tx: MetadataTransaction,
  principal: Principal,
  id: string,
  database: DatabaseRow,
  draft: GiveBackDraft,
): Promise<void> {
  requireProtected(database);
  const open = await tx.restore.findFirst({
    where: { OR: [{ openKey: database.id }, { sourceDatabaseId: database.id, openKey: { not: null } }] },
    select: { id: true },
  });
  if (open || database.state === "restoring") throw restoreConflict(database);
  const owner = { agentId: database.agentId, databaseId: database.id };
  const jobId = await createJob(tx, owner, { kind: "restore.run", payload: { restoreId: id } });
  await tx.restore.create({
    data: {
      id,
      databaseId: database.id,
      jobId,
      openKey: database.id,
      targetKind: "rows",
      sourceKind: draft.sourceKind,
      askedMs: draft.askedMs === null ? null : BigInt(draft.askedMs),
      restorePointId: draft.restorePointId,
      toBookmark: draft.to.bookmark,
      toTimeMs: BigInt(draft.to.timeMs),
      undoOf: draft.undoOf,
      reason: draft.reason,
      planDigest: draft.plan.digest,
      selection: JSON.stringify(draft.rows),
      status: "queued",
      requestedBy: principal.userId,
      requestedByName: principal.name,
      createdAtMs: nowMs(),
    },
  });
}
