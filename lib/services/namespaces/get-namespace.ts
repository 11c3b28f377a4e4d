import type { NamespaceView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { isRole } from "../../domain/actions.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";

/** A namespace and the caller's role in it. */
export function getNamespace(ctx: CallContext, { namespace }: { namespace: string }): Promise<NamespaceView> {
  return perform(ctx, "namespace.read", { namespace }, async ({ principal }) => ({
    ...principal.namespace,
    role: principal.role,
  }));
}

/** The namespaces that the caller belongs to, by name. A token sees its own alone. */
export async function listNamespaces(ctx: CallContext): Promise<NamespaceView[]> {
  const { actor } = ctx;
  if (actor.kind !== "user" && actor.kind !== "token") return [];
  const rows = await metadata().membership.findMany({
    where: {
      userId: actor.userId,
      namespace: { deletedAtMs: null },
      ...(actor.kind === "token" && { namespaceId: actor.namespaceId }),
    },
    include: { namespace: true },
    orderBy: { namespace: { slug: "asc" } },
  });
  return rows.flatMap(({ namespace, role }) =>
    isRole(role) ? [{ id: namespace.id, slug: namespace.slug, name: namespace.name, role }] : [],
  );
}
