import type { QueryReply } from "../../agent/protocol.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Moment } from "../../domain/moment.ts";
import { explainSeconds } from "../../domain/parse-timestamp.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase, requireProtected } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";
import type { OfDatabase } from "./read-history.ts";

const VIEW_TIMEOUT_MS = 60_000;

/**
 * Runs read-only SQL on a database, hosted or attached, as it was at a moment; the reply's bookmark is the moment's own. It ends
 * when `signal` is aborted. Throws the SQL's errors, `sql_denied` for what would write, `query_timeout`, `payload_too_large`,
 * and the refusals of the moment, which name the nearest ones. Reads are not audited.
 */
export async function viewPast(
  ctx: CallContext,
  { namespace, database }: OfDatabase,
  question: { at: Moment; sql: string; params?: unknown[] | undefined },
  signal?: AbortSignal,
): Promise<QueryReply> {
  const { at, sql, params } = question;
  const row = await authorise(ctx, "database.view", { namespace }, (db, principal) =>
    findDatabase(db, principal, database),
  );
  requireProtected(row);
  const ask = { databaseId: row.id, at, sql, ...(params && { params }) };
  try {
    return await askAgentOf(row, "view", ask, VIEW_TIMEOUT_MS, signal);
  } catch (error) {
    throw error instanceof LastgoodError && "timestampMs" in at ? explainSeconds(error, at.timestampMs) : error;
  }
}
