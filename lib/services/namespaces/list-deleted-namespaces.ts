import type { DeletedNamespaceView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import type { CallContext } from "../call-context.ts";
import { purgeTimeOf } from "../databases/bury-database.ts";

/** The deleted namespaces that the caller, a signed-in person, owned and can bring back, the latest first. */
export async function listDeletedNamespaces({ actor }: CallContext): Promise<DeletedNamespaceView[]> {
  if (actor.kind !== "user") return [];
  const rows = await metadata().membership.findMany({
    where: { userId: actor.userId, role: "owner", namespace: { deletedAtMs: { not: null }, purgedAtMs: null } },
    include: { namespace: true },
    orderBy: { namespace: { deletedAtMs: "desc" } },
  });
  return Promise.all(
    rows.map(async ({ namespace: { id, slug, name, deletedAtMs, deletedBy, purgeAfterMs } }) => ({
      id,
      slug,
      name,
      deletedAtMs: Number(deletedAtMs),
      deletedBy,
      purgeAfterMs: Number(purgeAfterMs ?? purgeTimeOf(deletedAtMs ?? 0n)),
      databases: await metadata().database.count({ where: { namespaceId: id, deletedAtMs, state: "deleted" } }),
    })),
  );
}
