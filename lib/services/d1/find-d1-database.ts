import type { Action } from "../../domain/actions.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { type DatabaseRow, findDatabase } from "../databases/find-database.ts";
import { authorise } from "../perform.ts";

/** A database as D1's clients name it: the account is the namespace, by slug or id; the database an id or a name. */
export type OfD1 = { account: string; database: string };

/**
 * The database behind a D1 address, for somebody who may do `action` with it. Only files of SQLite are D1 databases: a
 * cluster reads as absent.
 */
export function findD1Database(ctx: CallContext, action: Action, { account, database }: OfD1): Promise<DatabaseRow> {
  return authorise(ctx, action, { namespace: account }, async (db, principal) => {
    const row = await findDatabase(db, principal, database);
    if (row.engine === "sqlite") return row;
    throw new LastgoodError("not_found", `There is no D1 database ${database.slice(0, 64)} here.`, {
      hint: "A PostgreSQL cluster is reached with its own clients, and by Lastgood's own API.",
    });
  });
}
