"use client";

import { Trash2 } from "lucide-react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { IntegrationView } from "../../lib/client/integration-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
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
    <ConfirmDialog
      title={`Delete ${integration.name}?`}
      description="Nothing is pushed to it any more, and its token is gone. It cannot be taken back; switched off, it could be."
      icon={Trash2}
      words="Delete the integration"
      busyWords="Deleting…"
      action={removing}
      onConfirm={remove}
      onClose={onClose}
    >
      <p>The variables that it pushed stay in the deployment as they are.</p>
    </ConfirmDialog>
  );
}
