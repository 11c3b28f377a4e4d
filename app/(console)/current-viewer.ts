import { redirect } from "next/navigation";
import { cache } from "react";
import type { Viewer } from "../../components/shell/console-context.tsx";
import type { CallContext } from "../../lib/services/call-context.ts";
import { listNamespaces } from "../../lib/services/namespaces/get-namespace.ts";
import { requireContext } from "../../lib/web/session.ts";

/** Who looks at the page, asked once a request. Strangers are sent to sign in; the services authorise all the same. */
export const currentViewer = cache(async (): Promise<{ ctx: CallContext; viewer: Viewer }> => {
  const ctx = await requireContext();
  const [first] = await listNamespaces(ctx);
  if (!first || ctx.actor.kind !== "user") redirect("/sign-in");
  const { slug, name, role } = first;
  return { ctx, viewer: { email: ctx.actor.email, role, namespace: { slug, name } } };
});
