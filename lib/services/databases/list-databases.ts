import type { DatabaseView } from "../../client/api-types.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import { A_PAGE, OLDEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { visibleTo } from "./find-database.ts";
import { toDatabaseViews } from "./to-database-view.ts";

/** All databases of a namespace, oldest first, with what capture is doing. */
export async function listDatabases(ctx: CallContext, of: { namespace: string }): Promise<DatabaseView[]> {
  return (await readEveryPage((after) => pageDatabases(ctx, { ...of, after }))).flatMap(({ databases }) => databases);
}

/** A page of a namespace's databases, oldest first; `next` is what `after` takes for the one after it. */
export async function pageDatabases(
  ctx: CallContext,
  { namespace, after, limit = A_PAGE }: { namespace: string } & PageInput,
): Promise<{ databases: DatabaseView[]; next: string | null }> {
  const { principal, rows, next } = await perform(ctx, "database.list", { namespace }, async ({ db, principal }) => {
    const page = openPage(["databases", principal.namespace.id], { after, limit }, OLDEST_FIRST);
    const found = await db.database.findMany({
      where: { AND: [visibleTo(principal), page.behind], deletedAtMs: null },
      orderBy: page.orderBy,
      take: page.take,
    });
    return { principal, ...page.close(found) };
  });
  return { databases: await toDatabaseViews(principal, rows), next };
}
