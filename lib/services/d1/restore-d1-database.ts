import type { RestoreView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Moment } from "../../domain/moment.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { actionByKind } from "../databases/action-by-kind.ts";
import { type DatabaseRow, requireProtected, requireWritable } from "../databases/find-database.ts";
import { namingNearest } from "../history/naming-nearest.ts";
import { resolveTimestamp } from "../history/resolve-timestamp.ts";
import { authorise } from "../perform.ts";
import { createRestore, IN_PLACE, readRestore } from "../restores/create-restore.ts";
import { findD1Database, type OfD1 } from "./find-d1-database.ts";

const WITHIN_MS = 600_000;
const MOST_WITHIN = 10;

/**
 * Restores a D1 database in place, and answers the restore as it stands. D1's clients repeat a restore whose answer they did
 * not get, up to three times: so one to the moment that the newest restore went to is that same restore, while it runs and
 * for as long as nothing was written since. Throws `rate_limited` beyond ten in ten minutes, and as `createRestore` does.
 */
export async function restoreD1Database(ctx: CallContext, of: OfD1, moment: Moment): Promise<RestoreView> {
  const named = { namespace: of.account, database: of.database };
  const action = await actionByKind(ctx, named, IN_PLACE);
  const row = await findD1Database(ctx, action, of);
  requireProtected(row);
  const within = { namespace: of.account, database: row.id };
  return namingNearest(ctx, within, async () => {
    const bookmark = await resolve(row, moment);
    const repeated = await findRepeated(ctx, action, of, row, bookmark);
    if (repeated) return repeated;
    await requireFewEnough(row);
    try {
      return await createRestore(ctx, { ...within, source: { kind: "bookmark", bookmark } });
    } catch (error) {
      // The same call, sent twice at once: whoever came second gets the first one's restore.
      const isTwin = error instanceof LastgoodError && error.code === "restore_conflict";
      const twin = isTwin ? await findRepeated(ctx, action, of, row, bookmark) : null;
      if (twin) return twin;
      throw error;
    }
  });
}

async function resolve(row: DatabaseRow, moment: Moment): Promise<string> {
  if ("timestampMs" in moment) return (await resolveTimestamp(row, moment.timestampMs)).bookmark;
  return (await askAgentOf(row, "resolve", { databaseId: row.id, at: moment })).bookmark;
}

/** The newest restore, if it goes to this very state and is still running, or nothing was committed since it ended. */
async function findRepeated(
  ctx: CallContext,
  action: "restore.project" | "restore.preview",
  { account }: OfD1,
  row: DatabaseRow,
  bookmark: string,
): Promise<RestoreView | null> {
  const newest = await authorise(ctx, action, { namespace: account }, async (db, principal) => {
    await requireWritable(db, principal, row);
    return db.restore.findFirst({
      where: { databaseId: row.id, targetKind: "project" },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      select: { id: true, toBookmark: true, status: true, openKey: true },
    });
  });
  if (newest?.toBookmark !== bookmark) return null;
  if (newest.openKey !== null) return readRestore(newest.id);
  if (newest.status !== "completed") return null;
  const restore = await readRestore(newest.id);
  const current = await askAgentOf(row, "current", { databaseId: row.id });
  // Nothing had to change where there is no commit of its own.
  const left = restore.restoreBookmark ?? restore.previous?.bookmark;
  return current.bookmark === left ? restore : null;
}

async function requireFewEnough(row: DatabaseRow): Promise<void> {
  const since = nowMs() - BigInt(WITHIN_MS);
  const made = await metadata().restore.findMany({
    where: { databaseId: row.id, targetKind: "project", createdAtMs: { gt: since } },
    orderBy: { createdAtMs: "desc" },
    take: MOST_WITHIN,
    select: { createdAtMs: true },
  });
  const oldest = made[MOST_WITHIN - 1];
  if (!oldest) return;
  const seconds = Math.max(1, Math.ceil(Number(oldest.createdAtMs - since) / 1000));
  throw new LastgoodError("rate_limited", `${row.name} was restored ${MOST_WITHIN} times within ten minutes.`, {
    hint: `Go on in ${seconds} s, or restore it on its pages.`,
    retryAfterSeconds: seconds,
  });
}
