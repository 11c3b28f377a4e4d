"use client";

import { Trash2 } from "lucide-react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { IntegrationView } from "../../lib/client/integration-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import type { IntegrationActions } from "./integration-actions.ts";

/** The end of an integration, for good. */
export function DeleteIntegrationDialog({
  integration,
  removeIntegration,
  onClose,
}: { integration: IntegrationView; onClose: () => void } & Pick<IntegrationActions, "removeIntegration">) {
  const { namespace } = useViewer();
  const removing = useServerAction(namespace.slug, removeIntegration);
  const remove = () =>
    removing.mutate({ namespace: namespace.slug, integrationId: integration.id }, { onSuccess: onClose });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !removing.isPending && onClose()}
      title={`Delete ${integration.name}?`}
      description="Nothing is pushed to it any more, and its token is gone. It cannot be taken back; switched off, it could be."
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={removing.isPending} className="max-wide:flex-1">
            Keep it
          </Button>
          <Button tone="danger" onClick={remove} disabled={removing.isPending} className="max-wide:flex-1">
            <Trash2 size={16} strokeWidth={1.6} aria-hidden />
            {removing.isPending ? "Deleting…" : "Delete the integration"}
          </Button>
        </>
      }
    >
      <div className="grid gap-4 px-6 py-5 text-14 max-wide:px-4">
        <p>The variables that it pushed stay in the deployment as they are.</p>
        {removing.error && <ErrorNote error={removing.error} />}
      </div>
    </Dialog>
  );
}
