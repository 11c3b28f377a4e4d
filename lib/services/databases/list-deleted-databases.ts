import type { DeletedDatabaseView } from "../../client/api-types.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import { A_PAGE, LATEST_DELETED_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { purgeTimeOf } from "./bury-database.ts";
import { toNameKey, visibleTo } from "./find-database.ts";

/** All databases of a namespace that were deleted and are not gone yet, the latest first. */
export async function listDeletedDatabases(
  ctx: CallContext,
  of: { namespace: string },
): Promise<DeletedDatabaseView[]> {
  const pages = await readEveryPage((after) => pageDeletedDatabases(ctx, { ...of, after }));
  return pages.flatMap(({ databases }) => databases);
}

/** A page of them; `next` is what `after` takes for the one after it. */
export function pageDeletedDatabases(
  ctx: CallContext,
  { namespace, after, limit = A_PAGE }: { namespace: string } & PageInput,
): Promise<{ databases: DeletedDatabaseView[]; next: string | null }> {
  return perform(ctx, "database.list", { namespace }, async ({ db, principal }) => {
    const page = openPage(["deleted databases", principal.namespace.id], { after, limit }, LATEST_DELETED_FIRST);
    const found = await db.database.findMany({
      where: {
        AND: [visibleTo(principal), page.behind],
        deletedAtMs: { not: null },
        state: { in: ["deleted", "purging"] },
      },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    const taken = await db.database.findMany({
      where: { namespaceId: principal.namespace.id, nameKey: { in: rows.map(({ name }) => toNameKey(name)) } },
      select: { nameKey: true },
    });
    const names = new Set(taken.map(({ nameKey }) => nameKey));
    const databases = rows.map((row) => ({
      id: row.id,
      name: row.name,
      origin: row.origin as DeletedDatabaseView["origin"],
      createdAtMs: toNumber(row.createdAtMs),
      deletedAtMs: Number(row.deletedAtMs),
      deletedBy: row.deletedBy,
      purgeAfterMs: Number(row.purgeAfterMs ?? purgeTimeOf(row.deletedAtMs ?? 0n)),
      state: row.state === "purging" ? ("purging" as const) : ("kept" as const),
      isNameTaken: names.has(toNameKey(row.name)),
    }));
    return { databases, next };
  });
}
