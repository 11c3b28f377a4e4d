import { assert } from "../../domain/assert.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RestoreStage } from "../../domain/restore-stages.ts";
import type { ProtectedDatabase, Run } from "../../engines/engine.ts";
import type { StoredMoment } from "../../engines/engine-stored.ts";
import type { CallContext } from "../../services/call-context.ts";
import { completeCopy } from "../../services/restores/complete-copy.ts";
import type { RestoreOrder } from "../../services/restores/start-restore.ts";
import { noteResolved } from "../../services/second-copy/note-resolved.ts";
import type { FetchedCopy } from "../fetched-copies.ts";
import { isLeftForLater } from "../job-loop.ts";
import type { RestoreMeans } from "./run-restore.ts";

/**
 * Makes a hosted database from a second copy: fetches its history, finds the commit that was asked for, and copies that state out of it as any
 * restore into a new database does. What was fetched goes with the restore's end; the copy in the bucket is only read.
 */
export async function bringBackCopy(
  ctx: CallContext,
  order: RestoreOrder & { copyId: string },
  target: ProtectedDatabase,
  { engine, fetchedCopies: copies }: Pick<RestoreMeans, "engine" | "fetchedCopies">,
  run: Run,
): Promise<void> {
  const { restoreId, copyId } = order;
  assert(copies, "whoever brings copies back has a place for them");
  try {
    const startedMs = performance.now();
    const fetched = await copies.fetch(restoreId, copyId, run, (history) => engine.stored.requireCopyable(history));
    const fetchedMs = performance.now();
    run.progress("inspect", 0, 1);
    const to = await namingDamage(fetched, async () => {
      const found = await engine.stored.resolve(fetched.history, momentOf(order, fetched));
      return { ...found, bookmark: await noteResolved(restoreId, found) };
    });
    run.signal.throwIfAborted();
    const timings: Partial<Record<RestoreStage, number>> = {
      fetch: Math.round(fetchedMs - startedMs),
      inspect: Math.round(performance.now() - fetchedMs),
    };
    const copied = await namingDamage(fetched, () =>
      engine.stored.copyStored({ history: fetched.history, to: to.bookmark, target, restoreId }, run),
    );
    await completeCopy(ctx, restoreId, { ...copied, timings: { ...timings, ...copied.timings } });
  } catch (error) {
    if (!isLeftForLater(error, run)) await copies.remove(restoreId);
    throw error;
  } finally {
    copies.letGo(restoreId);
  }
  await copies.remove(restoreId);
}

/** A time means a commit only in a history that is whole: what is missing could hold a later one. */
function momentOf({ toBookmark, toTimeMs }: RestoreOrder, { missing }: FetchedCopy): StoredMoment {
  if (toBookmark !== "") return { kind: "bookmark", bookmark: toBookmark };
  if (missing.length === 0) return { kind: "time", atMs: toTimeMs };
  throw damaged(
    missing,
    "Choose its newest moment, or a commit by its bookmark: those are found for certain or not at all.",
  );
}

/** What fails because of a part that could not be had names that part. */
async function namingDamage<T>({ missing }: FetchedCopy, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isOurs = error instanceof LastgoodError && error.code !== "storage_full" && error.code !== "cancelled";
    if (missing.length === 0 || !isOurs || error.code === "storage_damaged") throw error;
    throw damaged(missing, `Choose another moment or an earlier history. ${error.message}`);
  }
}

function damaged(missing: FetchedCopy["missing"], hint: string): LastgoodError {
  const [first] = missing;
  const more = missing.length > 1 ? ` ${missing.length - 1} more files are concerned.` : "";
  return new LastgoodError("storage_damaged", `${first?.path}: ${first?.why}${more}`, { hint, outcome: "nothing" });
}
