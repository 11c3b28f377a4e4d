import type { QueryReply } from "../../agent/protocol.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { queryDatabase } from "../databases/query-database.ts";
import { findPrincipal } from "../find-principal.ts";
import { findD1Database, type OfD1 } from "./find-d1-database.ts";

/** The longest text, blob or row of a D1 database. */
const VALUE_LIMIT_BYTES = 2_000_000;

export type D1QueryPart = { sql: string; params?: unknown[] };

/**
 * Runs all parts as one transaction, each with values of its own. A token that has `database.view` and not
 * `database.query` reads; what it would write is `forbidden`.
 */
export async function queryD1Database(
  ctx: CallContext,
  of: OfD1,
  { parts: [first, ...more], asLists }: { parts: readonly [D1QueryPart, ...D1QueryPart[]]; asLists: boolean },
): Promise<QueryReply> {
  const action = await actionOf(ctx, of.account);
  const row = await findD1Database(ctx, action, of);
  try {
    return await queryDatabase(ctx, {
      namespace: of.account,
      database: row.id,
      action,
      ...first,
      ...(more.length > 0 && { more }),
      asLists,
      valueLimitBytes: VALUE_LIMIT_BYTES,
      servedBy: { name: `lastgood.${row.region}`, region: row.region },
    });
  } catch (error) {
    const isWrite = error instanceof LastgoodError && error.code === "forbidden" && error.details.field === "sql";
    throw isWrite && action === "database.view" ? readsOnly(error) : error;
  }
}

/** Whoever may query queries; who may only look at rows looks. Who may neither is refused the former. */
async function actionOf(ctx: CallContext, account: string): Promise<"database.query" | "database.view"> {
  const { scopes } = await findPrincipal(metadata(), ctx, account);
  const readsOnly = scopes !== "all" && !scopes.includes("database.query") && scopes.includes("database.view");
  return readsOnly ? "database.view" : "database.query";
}

function readsOnly(cause: LastgoodError): LastgoodError {
  return new LastgoodError(
    "forbidden",
    "This API token may read, but not write: it does not have the scope database.query.",
    { field: "sql", hint: "Use a token that has it; nothing was changed." },
    { cause },
  );
}
