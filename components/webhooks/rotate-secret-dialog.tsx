"use client";

import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { WebhookView } from "../../lib/client/webhook-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ChoiceCard } from "../ui/choice-card.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { MadeSecret } from "./made-secret.tsx";
import type { WebhookActions } from "./webhook-actions.ts";

const SPANS = [
  {
    hours: 24,
    title: "The former one counts for another day.",
    text: "Time to change the receiver; nothing is missed.",
  },
  { hours: 168, title: "For another week.", text: "Where several people look after the receiver." },
  {
    hours: 0,
    title: "It ends now.",
    text: "It leaked. Until the receiver knows the new one, it refuses what it is told.",
  },
] as const;

/** A new secret in the place of the present one, and then the secret itself, shown this once. */
export function RotateSecretDialog({
  webhook,
  renewWebhookSecret,
  onClose,
}: { webhook: WebhookView; onClose: () => void } & Pick<WebhookActions, "renewWebhookSecret">) {
  const { namespace } = useViewer();
  const [overlapHours, setOverlap] = useState<number>(SPANS[0].hours);
  const making = useServerAction(namespace.slug, renewWebhookSecret);
  if (making.data) return <MadeSecret made={making.data} isNew onClose={onClose} />;
  return (
    <FormDialog
      title={`New secret for ${webhook.name}`}
      description="What is sent is then signed with the new one, and with the former one for as long as you say."
      closeWords="Close, nothing changes"
      onClose={onClose}
      tone="primary"
      icon={KeyRound}
      words="Make a new secret"
      busyWords="Making…"
      isBusy={making.isPending}
      canStart
      onSubmit={() => making.mutate({ namespace: namespace.slug, webhookId: webhook.id, overlapHours })}
    >
      <fieldset className="grid gap-1">
        <legend className="mb-1.5 text-12 font-medium">The former secret</legend>
        {SPANS.map(({ hours, title, text }) => (
          <ChoiceCard
            key={hours}
            name="overlap"
            checked={overlapHours === hours}
            title={title}
            onChoose={() => setOverlap(hours)}
          >
            {text}
          </ChoiceCard>
        ))}
      </fieldset>
      {webhook.formerUntilMs !== null && (
        <p className="text-ink-2">One is former already: that one ends as soon as there is a newer one.</p>
      )}
      {making.error && <ErrorNote error={making.error} />}
    </FormDialog>
  );
}
