import { LastgoodError } from "../../domain/errors.ts";
import type { ProtectedDatabase, Run } from "../../engines/engine.ts";
import type { OwnedEngine } from "../../engines/owned-engine.ts";
import type { CallContext } from "../../services/call-context.ts";
import { listEvidence, noteEvidenceGone } from "../../services/drills/carry-out.ts";
import {
  completeErasure,
  findOpenErasure,
  noteErasureFailed,
  settleErasure,
  startErasure,
} from "../../services/erasure/carry-out.ts";
import type { Downloads } from "../downloads.ts";
import { isLeftForLater } from "../job-loop.ts";
import { throwawayOf } from "./run-drill.ts";

export type ErasureMeans = {
  engine: OwnedEngine;
  database(id: string): Promise<ProtectedDatabase>;
  downloads: Downloads;
};

/**
 * Purges a database's history up to the commit that was announced, and has the rest read whole. Running it again after a crash goes on; what
 * cannot be done now is tried again later.
 */
export async function runErasure(ctx: CallContext, erasureId: string, means: ErasureMeans, run: Run): Promise<void> {
  try {
    await prepareErasure(erasureId, means, run);
    const order = await startErasure(ctx, erasureId);
    if (!order) return;
    const db = await means.database(order.databaseId);
    means.downloads.clear();
    await clearEvidence(db, means.engine);
    const { removedBytes } = await means.engine.room.erase(
      db,
      { begins: order.bookmark, beforeMs: order.beforeMs },
      run,
    );
    await completeErasure(ctx, erasureId, removedBytes);
  } catch (error) {
    run.signal.throwIfAborted();
    if (!(error instanceof LastgoodError) || isLeftForLater(error, run)) throw error;
    await noteErasureFailed(ctx, erasureId, error);
    throw error;
  }
}

/** Has it be so that what the history will begin with is there and known, and writes that down. */
export async function prepareErasure(
  erasureId: string,
  { engine, database }: Pick<ErasureMeans, "engine" | "database">,
  run: Run,
): Promise<void> {
  const open = await findOpenErasure(erasureId);
  if (!open) return;
  const db = await database(open.databaseId);
  // What was announced of a file stays: its history can begin with any commit.
  if (db.engine === "postgres")
    await settleErasure(erasureId, await engine.room.prepareErasure(db, open.beforeMs, run));
}

/** What failed drills have left are whole states of before. */
async function clearEvidence(db: ProtectedDatabase, engine: OwnedEngine): Promise<void> {
  for (const { id, aims } of await listEvidence({ databaseId: db.id })) {
    for (const aim of aims) await engine.drills.clear(db, throwawayOf(id, aim));
    await noteEvidenceGone(id);
  }
}
