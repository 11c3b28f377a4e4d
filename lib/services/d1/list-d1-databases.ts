import type { DatabaseView } from "../../client/api-types.ts";
import type { CallContext } from "../call-context.ts";
import { toNameKey, visibleTo } from "../databases/find-database.ts";
import { toDatabaseViews } from "../databases/to-database-view.ts";
import { perform } from "../perform.ts";

export type D1Page = { databases: DatabaseView[]; totalCount: number };

/** One page of an account's files of SQLite, oldest first; `page` counts from 1, `name` is a part of their names. */
export async function listD1Databases(
  ctx: CallContext,
  { account, page, perPage, name }: { account: string; page: number; perPage: number; name?: string | undefined },
): Promise<D1Page> {
  const { principal, rows, totalCount } = await perform(
    ctx,
    "database.list",
    { namespace: account },
    async ({ db, principal }) => {
      const where = {
        ...visibleTo(principal),
        engine: "sqlite",
        deletedAtMs: null,
        ...(name !== undefined && { nameKey: { contains: toNameKey(name) } }),
      };
      return {
        principal,
        totalCount: await db.database.count({ where }),
        rows: await db.database.findMany({
          where,
          orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
          skip: (page - 1) * perPage,
          take: perPage,
        }),
      };
    },
  );
  return { databases: await toDatabaseViews(principal, rows), totalCount };
}
