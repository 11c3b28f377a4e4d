import { askAgent } from "../../agent/client.ts";
import type { QueryReply } from "../../agent/protocol.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";
import { findDatabase, requireProtected } from "./find-database.ts";

const QUERY_TIMEOUT_MS = 60_000;

/**
 * Runs SQL on a hosted database as one transaction; when it answers, the bookmark is durable in the history. An attached
 * one is queried by its own programs: `conflict`. Single queries are not audited: the history itself is their record.
 */
export async function queryDatabase(
  ctx: CallContext,
  input: { namespace: string; database: string; sql: string; params?: unknown[] | undefined },
): Promise<QueryReply> {
  const { namespace, database, sql, params } = input;
  const row = await authorise(ctx, "database.query", { namespace }, (db, principal) =>
    findDatabase(db, principal, database),
  );
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
  return askAgent("query", { databaseId: row.id, sql, ...(params && { params }) }, QUERY_TIMEOUT_MS);
}
