import type { DeletedDatabaseView } from "../../client/api-types.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { purgeTimeOf } from "./bury-database.ts";
import { toNameKey, visibleTo } from "./find-database.ts";

/** The databases of a namespace that were deleted and are not gone yet, the latest first. */
export function listDeletedDatabases(
  ctx: CallContext,
  { namespace }: { namespace: string },
): Promise<DeletedDatabaseView[]> {
  return perform(ctx, "database.list", { namespace }, async ({ db, principal }) => {
    const rows = await db.database.findMany({
      where: { ...visibleTo(principal), deletedAtMs: { not: null }, state: { in: ["deleted", "purging"] } },
      orderBy: [{ deletedAtMs: "desc" }, { id: "desc" }],
    });
    const taken = await db.database.findMany({
      where: { namespaceId: principal.namespace.id, nameKey: { in: rows.map(({ name }) => toNameKey(name)) } },
      select: { nameKey: true },
    });
    const names = new Set(taken.map(({ nameKey }) => nameKey));
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      origin: row.origin as DeletedDatabaseView["origin"],
      createdAtMs: toNumber(row.createdAtMs),
      deletedAtMs: Number(row.deletedAtMs),
      deletedBy: row.deletedBy,
      purgeAfterMs: Number(row.purgeAfterMs ?? purgeTimeOf(row.deletedAtMs ?? 0n)),
      state: row.state === "purging" ? "purging" : "kept",
      isNameTaken: names.has(toNameKey(row.name)),
    }));
  });
}
