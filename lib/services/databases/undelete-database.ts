import path from "node:path";
import type { DatabaseView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataReader, type MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../find-principal.ts";
import { createJob } from "../jobs/create-job.ts";
import { endJob } from "../jobs/finish-job.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { authorise, perform } from "../perform.ts";
import { requirePreviewLeft } from "../previews/preview-names.ts";
import { type DatabaseRow, toNameKey, visibleTo } from "./find-database.ts";
import { getDatabase } from "./get-database.ts";
import { requireAttachable } from "./preflight-file.ts";

const DAY_MS = 86_400_000n;

export type UndeleteDatabaseInput = {
  namespace: string;
  /** Its id: a deleted name may be another database's by now. */
  databaseId: string;
  /** Another name, for when its own is taken. */
  name?: string | undefined;
};

/**
 * Takes a deletion back: the database is there again with all of its history, and capture goes on with it. What was written
 * to an attached file meanwhile becomes one gap. Throws `conflict` when its name or file is in use or its removal has begun,
 * `attach_refused` when an attached file cannot be captured any more; then the deletion stands.
 */
export async function undeleteDatabase(ctx: CallContext, input: UndeleteDatabaseInput): Promise<DatabaseView> {
  const { namespace, databaseId, name } = input;
  const found = await authorise(ctx, "database.undelete", { namespace }, (db, principal) =>
    findDeleted(db, principal, databaseId),
  );
  requireKept(found);
  await requireUsableFile(found);
  try {
    await perform(ctx, "database.undelete", { namespace }, async ({ db, principal, note }) => {
      const row = await findDeleted(db, principal, databaseId);
      note({ kind: "database", id: row.id }, { name: name ?? row.name, before: row.state, after: "active" });
      requireKept(row);
      await requireRoomForPreview(db, row);
      const free = name ?? row.name;
      await requireFree(db, row, free);
      if (!(await resurrect(db, row, free))) throw tooLate(row);
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw nameTaken(name ?? found.name);
    throw error;
  }
  await wakeAgent(found);
  return getDatabase(ctx, { namespace, database: databaseId });
}

/** Makes a tombstone a database that is being prepared again. False when its removal came first. */
export async function resurrect(
  tx: MetadataTransaction,
  { id, agentId }: { id: string; agentId: string },
  name: string,
): Promise<boolean> {
  const { count } = await tx.database.updateMany({
    where: { id, state: "deleted", deletedAtMs: { not: null } },
    data: {
      name,
      nameKey: toNameKey(name),
      state: "preparing",
      problem: null,
      deletedAtMs: null,
      deletedBy: null,
      purgeAfterMs: null,
    },
  });
  if (count === 0) return false;
  // Capture that has not ended yet need not end: then there is no gap at all.
  const releases = await tx.job.findMany({ where: { databaseId: id, kind: "database.release", status: "queued" } });
  const back = new LastgoodError("cancelled", "The database was brought back.");
  for (const job of releases) await endJob(tx, job.id, { ok: false, error: back, cancelled: true });
  await createJob(
    tx,
    { agentId, databaseId: id },
    { kind: "database.protect", payload: { databaseId: id, how: "resume" } },
  );
  return true;
}

/** A preview that is brought back counts again, and lives for a day at least. */
async function requireRoomForPreview(tx: MetadataTransaction, row: DatabaseRow): Promise<void> {
  if (row.kind !== "preview" || row.parentId === null) return;
  const project = await tx.database.findFirst({ where: { id: row.parentId, deletedAtMs: null } });
  if (project) await requirePreviewLeft(tx, project);
  const untilMs = nowMs() + DAY_MS;
  if (row.expiresAtMs !== null && row.expiresAtMs >= untilMs) return;
  await tx.database.update({ where: { id: row.id }, data: { expiresAtMs: untilMs } });
}

async function findDeleted(db: MetadataReader, principal: Principal, databaseId: string): Promise<DatabaseRow> {
  const row = isUuid(databaseId)
    ? await db.database.findFirst({
        where: { AND: [visibleTo(principal), { id: databaseId.toLowerCase() }], deletedAtMs: { not: null } },
      })
    : null;
  if (row && row.state !== "purged") return row;
  throw new LastgoodError("not_found", "There is no such deleted database.", {
    hint: "List what is deleted: it is named by its id there, and gone after its grace period.",
  });
}

function requireKept(row: DatabaseRow): void {
  if (row.state !== "deleted") throw tooLate(row);
}

function tooLate(row: { name: string }): LastgoodError {
  return new LastgoodError("conflict", `${row.name} is being removed: its grace period is over.`, {
    hint: "It cannot be brought back any more.",
  });
}

async function requireFree(tx: MetadataTransaction, row: DatabaseRow, name: string): Promise<void> {
  if (await tx.database.findFirst({ where: { namespaceId: row.namespaceId, nameKey: toNameKey(name) } })) {
    throw nameTaken(name);
  }
  const same = await tx.database.findFirst({ where: { path: row.path, deletedAtMs: null } });
  if (!same) return;
  const whose = same.namespaceId === row.namespaceId ? `as ${same.name}` : "in another namespace";
  const what = row.engine === "postgres" ? "server" : "file";
  throw new LastgoodError("conflict", `Its ${what} is protected again already, ${whose}.`, {
    field: "databaseId",
    hint: `A ${what} is protected once: delete that database first, or let this one go.`,
  });
}

function nameTaken(name: string): LastgoodError {
  return new LastgoodError("conflict", `There is another database ${name} by now.`, {
    field: "name",
    hint: "Bring it back under another name.",
  });
}

/** Somebody else's file may have gone or changed; our own cannot, and like a server is looked at when it is captured. */
async function requireUsableFile(row: DatabaseRow): Promise<void> {
  if (row.engine === "postgres" || path.basename(row.path) === `${row.id}.db`) return;
  const preflight = await askAgentOf(row, "preflight", { path: row.path });
  // Capture of a database that was deleted a moment ago may still be ending.
  const refusals = preflight.refusals.filter(({ code }) => code !== "already_attached");
  requireAttachable({ ...preflight, ok: refusals.length === 0, refusals });
}
