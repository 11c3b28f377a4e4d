import type { DatabaseView } from "../../client/api-types.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { findDatabase } from "./find-database.ts";
import { toDatabaseViews } from "./to-database-view.ts";

/** One database with what capture is doing. */
export async function getDatabase(
  ctx: CallContext,
  { namespace, database }: { namespace: string; database: string },
): Promise<DatabaseView> {
  const found = await perform(ctx, "database.read", { namespace }, async ({ db, principal }) => ({
    principal,
    row: await findDatabase(db, principal, database),
  }));
  const [view] = await toDatabaseViews(found.principal, [found.row]);
  if (!view) throw new Error("a database that exists has a view");
  return view;
}
