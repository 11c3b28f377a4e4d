"use client";

import { KeyRound, Pencil, Power, Send, Trash2, TriangleAlert } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useWebhook } from "../../lib/client/hooks/use-webhooks.ts";
import type { WebhookView } from "../../lib/client/webhook-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { DeleteWebhookDialog } from "./delete-webhook-dialog.tsx";
import { DeliveryLog } from "./delivery-log.tsx";
import { RotateSecretDialog } from "./rotate-secret-dialog.tsx";
import type { WebhookActions } from "./webhook-actions.ts";
import { EditWebhookDialog } from "./webhook-dialog.tsx";
import { stateOf, wordsOfCovered, wordsOfTypes } from "./webhook-words.ts";

type Open = "edit" | "secret" | "delete" | null;

/** One webhook: how it is, what can be done about it, and its log. */
export function WebhookPage({ initial, actions }: { initial: WebhookView; actions: WebhookActions }) {
  const { namespace } = useViewer();
  const router = useRouter();
  const [open, setOpen] = useState<Open>(null);
  const { data: webhook = initial, error } = useWebhook(namespace.slug, initial);
  const testing = useServerAction(namespace.slug, actions.sendTest);
  const switching = useServerAction(namespace.slug, actions.changeWebhook);
  const which = { namespace: namespace.slug, webhookId: webhook.id };
  const close = () => setOpen(null);
  const failure = error ?? testing.error ?? switching.error;
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0">
          <h1 className="text-20 font-semibold tracking-[-0.02em] wrap-anywhere">{webhook.name}</h1>
          <p className="text-ink-2">{sentenceOf(webhook)}</p>
          <code className="text-12 wrap-anywhere text-ink-3">{webhook.url}</code>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button tone="primary" disabled={testing.isPending} onClick={() => testing.mutate(which)}>
            <Send size={16} strokeWidth={1.6} aria-hidden />
            Send a test
          </Button>
          <Button onClick={() => setOpen("edit")}>
            <Pencil size={16} strokeWidth={1.6} aria-hidden />
            Edit…
          </Button>
          <Button onClick={() => setOpen("secret")}>
            <KeyRound size={16} strokeWidth={1.6} aria-hidden />
            New secret…
          </Button>
          <Button
            disabled={switching.isPending}
            onClick={() => switching.mutate({ ...which, active: !webhook.active })}
          >
            <Power size={16} strokeWidth={1.6} aria-hidden />
            {webhook.active ? "Switch off" : "Switch on"}
          </Button>
          <Button tone="quiet" onClick={() => setOpen("delete")}>
            <Trash2 size={16} strokeWidth={1.6} aria-hidden />
            Delete…
          </Button>
        </div>
      </div>
      {failure && <ErrorNote error={failure} className="mb-4" />}
      {webhook.problem !== null && (
        <Note
          tone="danger"
          className="mb-4"
          icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
          title="It was switched off."
        >
          {webhook.problem} Mend the receiver or give another address, then switch it on; what was missed can be sent
          again from the log.
        </Note>
      )}
      {webhook.formerUntilMs !== null && (
        <Note className="mb-4" icon={<KeyRound size={16} strokeWidth={1.6} aria-hidden />} title="Two secrets count.">
          The former one signs as well until <MomentText ms={webhook.formerUntilMs} precision="minute" withZone />.
        </Note>
      )}
      <DeliveryLog webhook={webhook} sendAgain={actions.sendAgain} />
      {open === "edit" && <EditWebhookDialog webhook={webhook} changeWebhook={actions.changeWebhook} onClose={close} />}
      {open === "secret" && (
        <RotateSecretDialog webhook={webhook} renewWebhookSecret={actions.renewWebhookSecret} onClose={close} />
      )}
      {open === "delete" && (
        <DeleteWebhookDialog
          webhook={webhook}
          removeWebhook={actions.removeWebhook}
          onDeleted={() => router.push("/webhooks")}
          onClose={close}
        />
      )}
    </main>
  );
}

function sentenceOf(webhook: WebhookView): string {
  const about = `${wordsOfTypes(webhook.types)} in ${wordsOfCovered(webhook.databases)}`;
  if (!webhook.active) return `Off: it is told nothing. On, it is told of ${about}.`;
  const { tone } = stateOf(webhook);
  return `Told of ${about}${tone === "warn" ? "; what was sent last was not taken" : ""}.`;
}
