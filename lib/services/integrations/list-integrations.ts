import type { IntegrationView, PushesView } from "../../client/integration-types.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import { A_PAGE, NEWEST_FIRST, OLDEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { findIntegration } from "./find-integration.ts";
import { toIntegrationViews, toPushViews } from "./to-integration-view.ts";

/** All integrations of a namespace, oldest first. */
export async function listIntegrations(ctx: CallContext, of: { namespace: string }): Promise<IntegrationView[]> {
  const pages = await readEveryPage((after) => pageIntegrations(ctx, { ...of, after }));
  return pages.flatMap(({ integrations }) => integrations);
}

/** A page of a namespace's integrations, oldest first; `next` is what `after` takes for the one after it. */
export function pageIntegrations(
  ctx: CallContext,
  { namespace, after, limit = A_PAGE }: { namespace: string } & PageInput,
): Promise<{ integrations: IntegrationView[]; next: string | null }> {
  return perform(ctx, "integration.list", { namespace }, async ({ db, principal }) => {
    const { id: namespaceId } = principal.namespace;
    const page = openPage(["integrations", namespaceId], { after, limit }, OLDEST_FIRST);
    const found = await db.integration.findMany({
      where: { namespaceId, deletedAtMs: null, AND: [page.behind] },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { integrations: await toIntegrationViews(db, namespaceId, rows), next };
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

/** Pushes a page, unless the caller says how many. */
export const PUSHES_A_PAGE = 50;

/** What was pushed and when, newest first; `next` is what `after` takes for the page after it. */
export function listPushes(
  ctx: CallContext,
  { namespace, integrationId, after, limit = PUSHES_A_PAGE }: { namespace: string; integrationId: string } & PageInput,
): Promise<PushesView> {
  return perform(ctx, "integration.list", { namespace }, async ({ db, principal }) => {
    const { id } = await findIntegration(db, principal, integrationId);
    const page = openPage(["pushes", id], { after, limit }, NEWEST_FIRST);
    const found = await db.integrationPush.findMany({
      where: { integrationId: id, AND: [page.behind] },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { pushes: await toPushViews(db, principal.namespace.id, rows), next };
  });
}
