import type { QueryCounts } from "../../agent/protocol.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { findD1Database, type OfD1 } from "./find-d1-database.ts";

export type D1MetricsQuestion = OfD1 & { fromMs: number; toMs: number };

/**
 * What ran on a database, counted by its agent in whole hours. An attached one is queried by its own programs, of which nothing
 * is known: no counts rather than zeros.
 */
export async function readD1Metrics(ctx: CallContext, question: D1MetricsQuestion): Promise<QueryCounts[]> {
  const row = await findD1Database(ctx, "database.read", question);
  if (row.origin !== "hosted") return [];
  const { fromMs, toMs } = question;
  return [await askAgentOf(row, "queryCounts", { databaseId: row.id, fromMs, toMs })];
}
