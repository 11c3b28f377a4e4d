import type { IntegrationView, PushesView } from "../../client/integration-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { findIntegration } from "./find-integration.ts";
import { toIntegrationViews, toPushViews } from "./to-integration-view.ts";

/** The integrations of a namespace, oldest first. */
export function listIntegrations(ctx: CallContext, { namespace }: { namespace: string }): Promise<IntegrationView[]> {
  return perform(ctx, "integration.list", { namespace }, async ({ db, principal }) => {
    const { id: namespaceId } = principal.namespace;
    const rows = await db.integration.findMany({
      where: { namespaceId, deletedAtMs: null },
      orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    });
    return toIntegrationViews(db, namespaceId, rows);
  });
}

export function getIntegration(
  ctx: CallContext,
  { namespace, integrationId }: { namespace: string; integrationId: string },
): Promise<IntegrationView> {
  return perform(ctx, "integration.list", { namespace }, async ({ db, principal }) => {
    const row = await findIntegration(db, principal, integrationId);
    const [view] = await toIntegrationViews(db, principal.namespace.id, [row]);
    if (!view) throw new Error("an integration that was found has a view");
    return view;
  });
}

/** What was pushed and when, newest first; `after` is the last one of the page before. */
export function listPushes(
  ctx: CallContext,
  {
    namespace,
    integrationId,
    after,
    limit,
  }: { namespace: string; integrationId: string; after: string | null; limit: number },
): Promise<PushesView> {
  return perform(ctx, "integration.list", { namespace }, async ({ db, principal }) => {
    const { id } = await findIntegration(db, principal, integrationId);
    const last =
      after !== null && isUuid(after)
        ? await db.integrationPush.findFirst({ where: { id: after.toLowerCase(), integrationId: id } })
        : null;
    if (after !== null && last === null) {
      throw new LastgoodError("not_found", "There is no such push to go on after.", {
        field: "after",
        hint: "Begin with the first page again.",
      });
    }
    const rows = await db.integrationPush.findMany({
      where: {
        integrationId: id,
        ...(last && {
          OR: [{ createdAtMs: { lt: last.createdAtMs } }, { createdAtMs: last.createdAtMs, id: { lt: last.id } }],
        }),
      },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      take: limit + 1,
    });
    const page = rows.slice(0, limit);
    return {
      pushes: await toPushViews(db, principal.namespace.id, page),
      next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
    };
  });
}
