import type { DatabaseView } from "../../client/api-types.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { visibleTo } from "./find-database.ts";
import { toDatabaseViews } from "./to-database-view.ts";

/** A namespace's databases, oldest first, with what capture is doing. */
export async function listDatabases(ctx: CallContext, { namespace }: { namespace: string }): Promise<DatabaseView[]> {
  const { principal, rows } = await perform(ctx, "database.list", { namespace }, async ({ db, principal }) => ({
    principal,
    rows: await db.database.findMany({
      where: { ...visibleTo(principal), deletedAtMs: null },
      orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    }),
  }));
  return toDatabaseViews(principal, rows);
}
