import type { Metadata } from "next";
import { PageTop } from "../../../../components/shell/page-top.tsx";
import { RoleNote } from "../../../../components/shell/role-note.tsx";
import { WebhookPage as Webhook } from "../../../../components/webhooks/webhook-page.tsx";
import { roleMay } from "../../../../lib/domain/actions.ts";
import { getWebhook } from "../../../../lib/services/webhooks/list-webhooks.ts";
import { signOut } from "../../../(auth)/actions.ts";
import { currentViewer } from "../../current-viewer.ts";
import { findOr404 } from "../../find-or-404.ts";
import {
  changeWebhook,
  makeWebhook,
  removeWebhook,
  renewWebhookSecret,
  sendAgain,
  sendTest,
} from "../../webhook-actions.ts";

export const metadata: Metadata = { title: "Webhook" };

export default async function WebhookPage({ params }: { params: Promise<{ id: string }> }) {
  const { ctx, viewer } = await currentViewer();
  const { id } = await params;
  if (!roleMay(viewer.role, "webhook.list")) {
    return (
      <>
        <PageTop crumbs={[{ text: "Webhooks", href: "/webhooks" }]} signOut={signOut} />
        <RoleNote title="Webhooks" role={viewer.role}>
          Webhooks are for admins and owners.
        </RoleNote>
      </>
    );
  }
  const webhook = await findOr404(getWebhook(ctx, { namespace: viewer.namespace.slug, webhookId: id }));
  return (
    <>
      <PageTop crumbs={[{ text: "Webhooks", href: "/webhooks" }, { text: webhook.name }]} signOut={signOut} />
      <Webhook
        key={webhook.id}
        initial={webhook}
        actions={{ makeWebhook, changeWebhook, renewWebhookSecret, removeWebhook, sendTest, sendAgain }}
      />
    </>
  );
}
