import type { DatabaseDiff } from "../../domain/diff.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type ComparedMoments, findCompared } from "./find-compared.ts";
import type { OfDatabase } from "./read-history.ts";

/**
 * What differs between two moments, seen from the first: counts of rows, no values. While it is `counting` ask again, with the
 * `to` that it answered: a later now is another comparison.
 */
export async function diffMoments(ctx: CallContext, of: OfDatabase, moments: ComparedMoments): Promise<DatabaseDiff> {
  const { row, from, to } = await findCompared(ctx, of, "database.diff", moments);
  return askAgentOf(row, "diff", { databaseId: row.id, from, to });
}
