import type { QueryReply } from "../../agent/protocol.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";
import { findDatabase, mayWrite, requireProtected } from "./find-database.ts";

const QUERY_TIMEOUT_MS = 60_000;

/**
 * Runs SQL on a hosted database as one transaction; when it answers, the bookmark is durable in the history. An attached
 * one is queried by its own programs: `conflict`. A member whose write right was withdrawn may still read. Single queries are not audited: the history itself is their record.
 */
export async function queryDatabase(
  ctx: CallContext,
  input: { namespace: string; database: string; sql: string; params?: unknown[] | undefined },
): Promise<QueryReply> {
  const { namespace, database, sql, params } = input;
  const { row, readOnly } = await authorise(ctx, "database.query", { namespace }, async (db, principal) => {
    const found = await findDatabase(db, principal, database);
    return { row: found, readOnly: !(await mayWrite(db, principal, found)) };
  });
  if (row.origin !== "hosted") {
    throw new LastgoodError("conflict", `${row.name} is attached; Lastgood does not run its queries.`, {
      hint: "Query it with the program that owns the file.",
    });
  }
  requireProtected(row);
  if (row.state === "restoring") {
    throw new LastgoodError("restoring", `${row.name} is being restored.`, {
      hint: "Try again in a moment.",
      retryAfterSeconds: 1,
    });
  }
  const query = { databaseId: row.id, sql, ...(params && { params }), ...(readOnly && { readOnly }) };
  return askAgentOf(row, "query", query, QUERY_TIMEOUT_MS);
}
