import type { DatabaseView } from "../../client/api-types.ts";
import type { CallContext } from "../call-context.ts";
import { getDatabase } from "../databases/get-database.ts";
import { countTables } from "./count-tables.ts";
import { findD1Database, type OfD1 } from "./find-d1-database.ts";

/** A D1 database, with how many tables it has; null when that cannot be told just now. */
export async function getD1Database(
  ctx: CallContext,
  of: OfD1,
): Promise<{ view: DatabaseView; tables: number | null }> {
  const row = await findD1Database(ctx, "database.read", of);
  const [view, tables] = await Promise.all([
    getDatabase(ctx, { namespace: of.account, database: row.id }),
    row.state === "active" ? countTables(row) : null,
  ]);
  return { view, tables };
}
