import type { CommitMarks } from "../../domain/commit-mark.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { findReadable, type OfDatabase } from "./read-history.ts";

/** The commits of [fromMs, toMs) that changed the schema or deleted a lot, oldest first; at most `limit`, the largest. */
export async function readMarks(
  ctx: CallContext,
  of: OfDatabase,
  range: { fromMs: number; toMs: number; limit: number },
): Promise<CommitMarks> {
  const row = await findReadable(ctx, of);
  return askAgentOf(row, "marks", { databaseId: row.id, ...range });
}
