import { redirect } from "next/navigation";
import { cache } from "react";
import type { Viewer } from "../../components/shell/console-context.tsx";
import type { CallContext } from "../../lib/services/call-context.ts";
import { listNamespaces } from "../../lib/services/namespaces/get-namespace.ts";
import { chosenNamespace } from "../../lib/web/chosen-namespace.ts";
import { requireContext } from "../../lib/web/session.ts";

/**
 * Who looks at the page, asked once a request. Strangers are sent to sign in, those who belong to no namespace are told so;
 * the services authorise all the same.
 */
export const currentViewer = cache(async (): Promise<{ ctx: CallContext; viewer: Viewer }> => {
  const ctx = await requireContext();
  const [namespaces, chosen] = [await listNamespaces(ctx), await chosenNamespace()];
  const namespace = namespaces.find(({ slug }) => slug === chosen) ?? namespaces[0];
  if (!namespace || ctx.actor.kind !== "user") redirect("/no-namespace");
  const { slug, name, role } = namespace;
  const others = namespaces
    .filter((other) => other !== namespace)
    .map((other) => ({ slug: other.slug, name: other.name }));
  return { ctx, viewer: { email: ctx.actor.email, role, namespace: { slug, name }, others } };
});
