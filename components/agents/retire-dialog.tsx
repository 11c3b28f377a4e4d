"use client";

import { PowerOff } from "lucide-react";
import type { AgentView } from "../../lib/client/agent-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import type { AgentActions } from "./agent-actions.ts";

/** The end of an agent, for good. */
export function RetireDialog({
  agent,
  retire,
  onClose,
}: {
  agent: AgentView;
  retire: AgentActions["retire"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const ending = useServerAction(namespace.slug, retire);
  const name = agent.hostName ?? `the agent in ${agent.region}`;
  return (
    <ConfirmDialog
      title={`Retire ${name}?`}
      description="It cannot be taken back. The machine can be enrolled again, as a new agent, into an empty data directory."
      icon={PowerOff}
      words="Retire the agent"
      busyWords="Retiring…"
      action={ending}
      onConfirm={() => ending.mutate({ namespace: namespace.slug, agentId: agent.id }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>It owns no databases. Should Lastgood still run there, it stops within seconds and says why.</p>
    </ConfirmDialog>
  );
}
