import type { DatabaseDetail } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { roleMay } from "../../domain/actions.ts";
import { connectionString } from "../../domain/cluster-connection.ts";
import type { CallContext } from "../call-context.ts";
import { findPrincipal, type Principal } from "../find-principal.ts";
import { perform } from "../perform.ts";
import { openConnection } from "./cluster-connection.ts";
import { type DatabaseRow, findDatabase, mayWrite, requireWritable } from "./find-database.ts";
import { getDatabase } from "./get-database.ts";

type OfDatabase = { namespace: string; database: string };

/**
 * How applications connect to a hosted cluster, which is the same for all of its life; null where nobody connects by one: a file,
 * and a server of somebody else's, whose password nobody gets to see again. Reading it is written down. `forbidden` for a member
 * without write right.
 */
export function readConnectionString(ctx: CallContext, { namespace, database }: OfDatabase): Promise<string | null> {
  return perform(ctx, "database.connect", { namespace }, async ({ db, principal, note }) => {
    const row = await findDatabase(db, principal, database);
    note({ kind: "database", id: row.id });
    await requireWritable(db, principal, row);
    return toConnectionString(row);
  });
}

/** One database with its connection string, where there is one and the caller may read it. */
export async function getDatabaseDetail(ctx: CallContext, of: OfDatabase): Promise<DatabaseDetail> {
  const view = await getDatabase(ctx, of);
  const { row, may } = await mayConnect(ctx, of);
  const isThere = row.connection !== null && row.origin === "hosted";
  return { ...view, connectionString: isThere && may ? await readConnectionString(ctx, of) : null };
}

/** Asked beforehand, since whoever merely looks at a database has not been refused anything. */
async function mayConnect(
  ctx: CallContext,
  { namespace, database }: OfDatabase,
): Promise<{ row: DatabaseRow; may: boolean }> {
  const principal = await findPrincipal(metadata(), ctx, namespace);
  const row = await findDatabase(metadata(), principal, database);
  return { row, may: hasRight(principal) && (await mayWrite(metadata(), principal, row)) };
}

function hasRight({ role, scopes }: Principal): boolean {
  return roleMay(role, "database.connect") && (scopes === "all" || scopes.includes("database.connect"));
}

function toConnectionString(row: DatabaseRow): string | null {
  const connection = row.origin === "hosted" ? openConnection(row) : null;
  return connection && connectionString(connection);
}
