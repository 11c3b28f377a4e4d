import type { AgentParams, QueryReply } from "../../agent/protocol.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";
import { findDatabase, mayWrite, requireProtected } from "./find-database.ts";

const QUERY_TIMEOUT_MS = 60_000;

export type QueryInput = Omit<AgentParams<"query">, "databaseId" | "readOnly" | "isUncounted" | "params"> & {
  namespace: string;
  database: string;
  params?: unknown[] | undefined;
  /** `database.view` for callers who may read rows and no more. */
  action?: "database.query" | "database.view";
};

/**
 * Runs SQL on a hosted database as one transaction; when it answers, the bookmark is durable in the history. An attached
 * one is queried by its own programs: `conflict`. A member whose write right was withdrawn may still read. Single queries are not audited: the history itself is their record.
 */
export async function queryDatabase(ctx: CallContext, input: QueryInput): Promise<QueryReply> {
  const { namespace, database, action = "database.query", sql, params, more, ...form } = input;
  const { row, readOnly } = await authorise(ctx, action, { namespace }, async (db, principal) => {
    const found = await findDatabase(db, principal, database);
    return { row: found, readOnly: action === "database.view" || !(await mayWrite(db, principal, found)) };
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
  const query = {
    databaseId: row.id,
    sql,
    ...(params && { params }),
    ...(more && { more }),
    ...(readOnly && { readOnly }),
    ...form,
  };
  return askAgentOf(row, "query", query, QUERY_TIMEOUT_MS);
}
