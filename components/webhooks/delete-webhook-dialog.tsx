"use client";

import { Trash2 } from "lucide-react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { WebhookView } from "../../lib/client/webhook-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
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
    <Dialog
      open
      onOpenChange={(open) => !open && !removing.isPending && onClose()}
      title={`Delete ${webhook.name}?`}
      description="It is told nothing more, and its secret and log are gone. It cannot be taken back; switched off, it could be."
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={removing.isPending} className="max-wide:flex-1">
            Keep it
          </Button>
          <Button tone="danger" onClick={remove} disabled={removing.isPending} className="max-wide:flex-1">
            <Trash2 size={16} strokeWidth={1.6} aria-hidden />
            {removing.isPending ? "Deleting…" : "Delete the webhook"}
          </Button>
        </>
      }
    >
      <div className="grid gap-4 px-6 py-5 text-14 max-wide:px-4">
        <p>
          {webhook.pending === 0
            ? "Nothing waits to be sent to it."
            : `${webhook.pending} that still wait to be sent are cancelled.`}
        </p>
        {removing.error && <ErrorNote error={removing.error} />}
      </div>
    </Dialog>
  );
}
