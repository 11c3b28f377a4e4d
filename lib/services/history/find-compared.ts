import type { Action } from "../../domain/actions.ts";
import type { Bookmark } from "../../domain/bookmark.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Moment } from "../../domain/moment.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase, requireProtected } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import { namingNearest } from "./naming-nearest.ts";
import type { OfDatabase } from "./read-history.ts";
import { resolveTimestamp } from "./resolve-timestamp.ts";

/** Two moments of one database; `to` null is now. Neither needs to be the older one. */
export type ComparedMoments = { from: Moment; to: Moment | null };

/**
 * The database, and the two states that the moments mean. A moment that cannot be is refused under the name of its own field, with
 * the nearest ones that can.
 */
export async function findCompared(
  ctx: CallContext,
  of: OfDatabase,
  action: Action,
  { from, to }: ComparedMoments,
): Promise<{ row: DatabaseRow; from: Bookmark; to: Bookmark }> {
  const row = await authorise(ctx, action, { namespace: of.namespace }, (db, principal) =>
    findDatabase(db, principal, of.database),
  );
  requireProtected(row);
  const resolve = async (at: Moment | null) => {
    if (at === null) return (await askAgentOf(row, "current", { databaseId: row.id })).bookmark;
    if ("timestampMs" in at) return (await resolveTimestamp(row, at.timestampMs)).bookmark;
    return (await askAgentOf(row, "resolve", { databaseId: row.id, at })).bookmark;
  };
  const named = async (field: "from" | "to", at: Moment | null) => {
    try {
      return await namingNearest(ctx, of, () => resolve(at));
    } catch (error) {
      throw error instanceof LastgoodError ? underField(error, field) : error;
    }
  };
  return { row, from: await named("from", from), to: await named("to", to) };
}

function underField(error: LastgoodError, field: "from" | "to"): LastgoodError {
  if (error.details.field !== "bookmark" && error.details.field !== "timestamp") return error;
  return new LastgoodError(error.code, error.message, { ...error.details, field }, { cause: error });
}
