import { createHash, randomUUID } from "node:crypto";
import type { RestoreView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { databaseNameSchema } from "../../domain/names.ts";
import { nameCopy } from "../../domain/preview.ts";
import { type BucketCopies, type BucketCopy, METADATA_COPY } from "../../domain/second-copy.ts";
import { windowInTier } from "../../domain/tiers.ts";
import { requireHome } from "../agents/require-home.ts";
import { requireNotRetired } from "../agents/require-not-retired.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { toNameKey } from "../databases/find-database.ts";
import { hostedFolders, livePlace } from "../databases/live-place.ts";
import type { Principal } from "../find-principal.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { readTier } from "../namespaces/read-tier.ts";
import { authorise, perform } from "../perform.ts";
import { nameTaken } from "../previews/preview-names.ts";
import { NOTHING_AROUND } from "../restores/around-restore.ts";
import { readRestore } from "../restores/create-restore.ts";
import { insertRestore } from "../restores/insert-restore.ts";
import { askForCopies, findCopyAgent, type OfCopies } from "./list-bucket-copies.ts";

const DEFAULT_WINDOW_DAYS = 30;

/** A moment of a copy; null: its newest commit. A time is the newest commit at or before it. */
export type CopyMoment = { timestampMs: number } | { bookmark: string } | null;
export type BringBackInput = OfCopies & {
  copyId: string;
  at: CopyMoment;
  name?: string | undefined;
  reason?: string | undefined;
};

/** A copy that can be brought back: it is whole, and says what it is of. */
type Restorable = BucketCopy & {
  name: string;
  engine: "sqlite" | "postgres";
  newest: NonNullable<BucketCopy["newest"]>;
};

/**
 * Makes a hosted database from a second copy, with a history of its own; the copy stays, and nothing that is here is touched. Answers the
 * restore, which goes on. Throws `not_found` for a copy that is not there, `not_supported` without a bucket, `storage_damaged` for one that cannot be read, or whose newest
 * commit is asked for and cannot be had, `moment_outside_window`, `conflict` for a name in use and while the database's history is being erased, and as `listBucketCopies` does.
 */
export async function bringBack(ctx: CallContext, input: BringBackInput): Promise<RestoreView> {
  const { namespace, region, copyId, at } = input;
  const { agent, tier } = await authorise(ctx, "copy.bring-back", { namespace }, async (db, principal) => {
    await requireHome(db, principal, "Second copies");
    const agent = await findCopyAgent(db, region);
    return { agent, tier: await readTier(db, principal.namespace.id) };
  });
  await requireConfirmed(ctx);
  const copy = requireRestorable(await askForCopies(agent, copyId.split(".")[0] ?? copyId), copyId);
  const to = placeIn(copy, at);
  const folders = await hostedFolders(agent);
  const [restoreId, id] = [randomUUID(), randomUUID()];
  const usualDays = copy.windowDays ?? DEFAULT_WINDOW_DAYS;
  const windowDays = windowInTier(copy.engine === "postgres" ? tier : null, undefined, usualDays);
  try {
    await perform(ctx, "copy.bring-back", { namespace }, async ({ db, principal, note }) => {
      await requireHome(db, principal, "Second copies");
      await requireConfirmed(ctx, db);
      await requireNotRetired(db, agent.id);
      await requireNoErasure(db, copy);
      const name = await chooseName(db, principal, copy, input.name);
      note({ kind: "restore", id: restoreId }, { copyId, copyName: copy.name, into: name, intoId: id, ...to });
      const written = await db.database.create({
        data: {
          ...{ id, namespaceId: principal.namespace.id, name, nameKey: toNameKey(name) },
          ...{ engine: copy.engine, origin: "hosted", kind: "project", windowDays, state: "preparing" },
          ...{ region: agent.region, agentId: agent.id, path: livePlace(folders, copy.engine, id) },
          ...{ createdAtMs: nowMs(), createdBy: principal.name },
        },
      });
      await insertRestore(db, principal, {
        ...{ id: restoreId, databaseId: id, written, targetKind: "new_database", sourceDatabaseId: null },
        ...{ sourceKind: "second_copy", copyId, backup: null, restorePointId: null, ttlHours: null },
        to,
        askedMs: at !== null && "timestampMs" in at ? at.timestampMs : null,
        plan: { digest: createHash("sha256").update(`${copyId} ${to.bookmark} ${to.timeMs}`).digest("hex") },
        reason: input.reason?.trim() || null,
        approvalId: null,
        around: NOTHING_AROUND,
      });
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw nameTaken(input.name ?? copy.name);
  }
  await wakeAgent(agent);
  return readRestore(restoreId);
}

function requireRestorable({ bucket, copies }: BucketCopies, copyId: string): Restorable {
  if (bucket === null) {
    throw new LastgoodError("not_supported", "This Lastgood keeps no second copies: no bucket is named.", {
      hint: "Set LASTGOOD_COPY_BUCKET with its credentials and key, and start again: docs/guides/second-copy.md.",
    });
  }
  const copy = copies.find((one) => one.copyId === copyId);
  if (!copy || copy.databaseId === METADATA_COPY || copy.engine === "metadata") {
    throw new LastgoodError("not_found", "There is no such copy of a database in the bucket.", {
      hint: "List the copies. Metadata are brought back by restore-offline --all alone.",
    });
  }
  const { name, engine, newest } = copy;
  if (copy.isWhole && name !== null && engine !== null && newest) return { ...copy, name, engine, newest };
  throw new LastgoodError("storage_damaged", `This copy cannot be brought back. ${copy.problem ?? ""}`.trim(), {
    hint: "Look for an earlier history of the database in the list, or for a backup of it.",
    outcome: "nothing",
  });
}

/**
 * The commit that a moment means as far as that can be said before the history is there: of a time behind the newest commit it is that one, of an
 * earlier time it has no bookmark yet.
 */
function placeIn(copy: Restorable, at: CopyMoment): { bookmark: string; timeMs: number } {
  const { newest, oldest, shippedUntilMs } = copy;
  if (at === null) return requireNewest(copy);
  if ("bookmark" in at) return { bookmark: at.bookmark, timeMs: newest.timeMs };
  const { timestampMs } = at;
  const untilMs = Math.max(shippedUntilMs ?? 0, newest.timeMs);
  if (timestampMs > untilMs) {
    throw outside(`This copy is complete up to ${instant(untilMs)} and knows nothing later.`, { beforeMs: untilMs });
  }
  if (oldest && timestampMs < oldest.timeMs) {
    throw outside("This moment is before what the copy holds.", { afterMs: oldest.timeMs });
  }
  return timestampMs >= newest.timeMs ? newest : { bookmark: "", timeMs: timestampMs };
}

/** Nobody who asks for the newest commit gets an earlier one without having named it. */
function requireNewest({ newest, problem }: Restorable): Restorable["newest"] {
  if (problem === null) return newest;
  throw new LastgoodError("storage_damaged", `The newest commit of this copy cannot be had. ${problem}`, {
    hint: `The newest one that can is of ${instant(newest.timeMs)}: name it by its bookmark, ${newest.bookmark}.`,
    outcome: "nothing",
  });
}

/** What goes from the history goes from its copy, too; `startErasure` waits for whoever was first. Throws `conflict`. */
async function requireNoErasure(db: MetadataTransaction, { databaseId }: Restorable): Promise<void> {
  if (!(await db.erasure.findFirst({ where: { databaseId, status: "running" }, select: { id: true } }))) return;
  throw new LastgoodError("conflict", "An erasure of this database's history is being carried out.", {
    hint: "Wait until it has ended.",
    retryAfterSeconds: 60,
  });
}

const instant = (ms: number) => new Date(ms).toISOString();

function outside(message: string, nearest: { beforeMs?: number; afterMs?: number }): LastgoodError {
  const hint = `The nearest moment is ${instant(nearest.beforeMs ?? nearest.afterMs ?? 0)}.`;
  return new LastgoodError("moment_outside_window", message, { field: "timestamp", hint, nearest });
}

/** The name that was asked for, else the database's own while it is free. Throws `conflict`. */
async function chooseName(
  db: MetadataTransaction,
  { namespace }: Principal,
  copy: Restorable,
  wanted: string | undefined,
): Promise<string> {
  const rows = await db.database.findMany({
    where: { namespaceId: namespace.id, nameKey: { not: null } },
    select: { nameKey: true },
  });
  const taken = new Set(rows.map(({ nameKey }) => nameKey));
  const isTaken = (name: string) => taken.has(toNameKey(name));
  if (wanted !== undefined) {
    if (isTaken(wanted)) throw nameTaken(wanted);
    return wanted;
  }
  const isUsable = databaseNameSchema.safeParse(copy.name).success;
  if (isUsable && !isTaken(copy.name)) return copy.name;
  return nameCopy(isUsable ? copy.name : "database", "restored", isTaken);
}
