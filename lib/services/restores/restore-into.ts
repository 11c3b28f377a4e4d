import { randomUUID } from "node:crypto";
import type { RestoreView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { assert } from "../../domain/assert.ts";
import { PREVIEW_LIMITS } from "../../domain/preview.ts";
import type { RestorePlan } from "../../domain/restore.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import type { RestoreInto } from "../../domain/restore-target.ts";
import type { CallContext } from "../call-context.ts";
import {
  type DatabaseRow,
  findDatabase,
  requireProtected,
  requireWritable,
  toNameKey,
} from "../databases/find-database.ts";
import { type HostedFolders, hostedFolders, livePlace } from "../databases/live-place.ts";
import type { Principal } from "../find-principal.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { authorise, perform } from "../perform.ts";
import { requireProject } from "../previews/find-preview.ts";
import { chooseCopyName, nameTaken, requirePreviewLeft } from "../previews/preview-names.ts";
import { NOTHING_AROUND } from "./around-restore.ts";
import { type AskedChecks, takeChecks } from "./asked-checks.ts";
import { readRestore, requireSamePlan, restoreConflict } from "./create-restore.ts";
import { insertRestore, type RestoreBetween, requireNoOpenRestore } from "./insert-restore.ts";
import { askForPlanInto, findOverwritten } from "./plan-into.ts";
import { requireSameBackup, resolveSource } from "./resolve-source.ts";

export type RestoreIntoInput = {
  namespace: string;
  /** Whose state is restored. */
  database: string;
  source: RestoreSource;
  into: RestoreInto;
  /** What is to be checked of the state, beside what always is. */
  checks?: AskedChecks | undefined;
  reason?: string | undefined;
  planDigest?: string | undefined;
};

/** The right that a restore into something else takes. */
export function actionInto({ kind }: RestoreInto): "restore.new-database" | "restore.preview" {
  return kind === "new_database" ? "restore.new-database" : "restore.preview";
}

/**
 * Queues a restore that leaves the database alone: into a new preview, over an existing one, or into a lasting database of
 * its own. Throws `conflict` for a name in use, for one preview too many and for a plan that changed since it was shown,
 * `restore_conflict` while the preview is being restored.
 */
export async function restoreInto(ctx: CallContext, input: RestoreIntoInput): Promise<RestoreView> {
  const { namespace, source, into, planDigest } = input;
  const action = actionInto(into);
  const { database, overwritten } = await authorise(ctx, action, { namespace }, async (db, principal) => {
    const database = await findDatabase(db, principal, input.database);
    if (into.kind !== "new_database") requireProject(database, "have previews of its own");
    return { database, overwritten: await findOverwritten(principal, database, into) };
  });
  requireProtected(database);
  const resolved = await resolveSource(database, source);
  const amcheck = takeChecks(database, resolved, input.checks);
  const plan = await askForPlanInto(database, resolved, into, overwritten);
  requireSamePlan(plan, planDigest);
  const { timeMs, bookmark, askedMs, restorePointId, backup } = resolved;
  const draft: Draft = {
    into,
    database,
    overwritten,
    folders: overwritten ? null : await hostedFolders(database),
    plan,
    restore: {
      databaseId: database.id,
      sourceKind: source.kind,
      to: { bookmark, timeMs },
      askedMs,
      restorePointId,
      backup,
      plan,
      reason: input.reason?.trim() || null,
      sourceDatabaseId: null,
      approvalId: null,
      around: NOTHING_AROUND,
      amcheck,
    },
  };
  return queue(ctx, namespace, draft);
}

type Draft = {
  into: RestoreInto;
  database: DatabaseRow;
  overwritten: DatabaseRow | null;
  /** Where the agent keeps hosted databases; null where none is made. */
  folders: HostedFolders | null;
  plan: RestorePlan;
  restore: Omit<RestoreBetween, "id" | "written" | "targetKind" | "ttlHours">;
};

async function queue(ctx: CallContext, namespace: string, draft: Draft): Promise<RestoreView> {
  const [restoreId, newId] = [randomUUID(), randomUUID()];
  const { into, database, restore } = draft;
  try {
    await perform(ctx, actionInto(into), { namespace }, async ({ db, principal, note }) => {
      const source = await findDatabase(db, principal, database.id);
      requireProtected(source);
      await requireSameBackup(db, source, restore.backup);
      const written = draft.overwritten
        ? await takePreview(db, principal, draft.overwritten)
        : await makeRow(db, principal, { ...draft, database: source, id: newId });
      const backup = restore.backup?.key;
      const states = { after: restore.to.bookmark, ...(backup !== undefined && { backup }) };
      const facts = { databaseId: source.id, reason: restore.reason, ...states };
      note({ kind: "restore", id: restoreId }, { ...facts, target: into.kind, into: written.name, intoId: written.id });
      const ttlHours = into.kind === "new_preview" ? into.ttlHours : null;
      await insertRestore(db, principal, { ...restore, id: restoreId, written, targetKind: into.kind, ttlHours });
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw draft.overwritten ? restoreConflict(draft.overwritten) : nameTaken("name" in into ? (into.name ?? "") : "");
  }
  await wakeAgent(database);
  return readRestore(restoreId);
}

/** The preview that is overwritten, as it is now. */
async function takePreview(tx: MetadataTransaction, principal: Principal, shown: DatabaseRow): Promise<DatabaseRow> {
  const preview = await findDatabase(tx, principal, shown.id);
  await requireWritable(tx, principal, preview);
  await requireNoOpenRestore(tx, preview);
  if (preview.lastRestoreId !== shown.lastRestoreId) throw restoreConflict(preview);
  return preview;
}

/** The row of the database that is to be made; it becomes active with the end of its restore. */
async function makeRow(
  tx: MetadataTransaction,
  principal: Principal,
  { into, database, folders, id }: Pick<Draft, "into" | "database" | "folders"> & { id: string },
) {
  assert(folders !== null, "what is made has a place");
  const isPreview = into.kind === "new_preview";
  if (isPreview) await requirePreviewLeft(tx, database);
  const name = await chooseCopyName(
    tx,
    database,
    isPreview ? "preview" : "restored",
    into.kind === "preview" ? null : into.name,
  );
  return tx.database.create({
    data: {
      id,
      namespaceId: database.namespaceId,
      name,
      nameKey: toNameKey(name),
      engine: database.engine,
      origin: "hosted",
      kind: isPreview ? "preview" : "project",
      parentId: isPreview ? database.id : null,
      region: database.region,
      agentId: database.agentId,
      path: livePlace(folders, database.engine, id),
      serverVersion: database.serverVersion,
      windowDays: isPreview ? PREVIEW_LIMITS.windowDays : database.windowDays,
      state: "preparing",
      createdAtMs: nowMs(),
      createdBy: principal.name,
    },
  });
}
