"use client";

import { Trash2 } from "lucide-react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { WebhookView } from "../../lib/client/webhook-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import type { WebhookActions } from "./webhook-actions.ts";

/** The end of a webhook, for good. */
export function DeleteWebhookDialog({
  webhook,
  removeWebhook,
  onDeleted,
  onClose,
}: { webhook: WebhookView; onDeleted: () => void; onClose: () => void } & Pick<WebhookActions, "removeWebhook">) {
  const { namespace } = useViewer();
  const removing = useServerAction(namespace.slug, removeWebhook);
  const remove = () => removing.mutate({ namespace: namespace.slug, webhookId: webhook.id }, { onSuccess: onDeleted });
  return (
    <ConfirmDialog
      title={`Delete ${webhook.name}?`}
      description="It is told nothing more, and its secret and log are gone. It cannot be taken back; switched off, it could be."
      icon={Trash2}
      words="Delete the webhook"
      busyWords="Deleting…"
      action={removing}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>
        {webhook.pending === 0
          ? "Nothing waits to be sent to it."
          : `${webhook.pending} that still wait to be sent are cancelled.`}
      </p>
    </ConfirmDialog>
  );
}
