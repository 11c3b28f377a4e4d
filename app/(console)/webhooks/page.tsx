import type { Metadata } from "next";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { RoleNote } from "../../../components/shell/role-note.tsx";
import { WebhooksPage as Webhooks } from "../../../components/webhooks/webhooks-page.tsx";
import { roleMay } from "../../../lib/domain/actions.ts";
import { listWebhooks } from "../../../lib/services/webhooks/list-webhooks.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";
import { makeWebhook } from "../webhook-actions.ts";

export const metadata: Metadata = { title: "Webhooks" };

export default async function WebhooksPage() {
  const { ctx, viewer } = await currentViewer();
  return (
    <>
      <PageTop crumbs={[{ text: "Webhooks" }]} signOut={signOut} />
      {roleMay(viewer.role, "webhook.list") ? (
        <Webhooks initial={await listWebhooks(ctx, { namespace: viewer.namespace.slug })} makeWebhook={makeWebhook} />
      ) : (
        <RoleNote title="Webhooks" role={viewer.role}>
          Webhooks are for admins and owners.
        </RoleNote>
      )}
    </>
  );
}
