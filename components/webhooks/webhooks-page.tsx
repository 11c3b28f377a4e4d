"use client";

import { Webhook } from "lucide-react";
import { useState } from "react";
import { formatCount } from "../../lib/client/format-count.ts";
import { useWebhooks } from "../../lib/client/hooks/use-webhooks.ts";
import type { WebhookView } from "../../lib/client/webhook-types.ts";
import { EVENT_TYPES } from "../../lib/domain/event.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { AgoText } from "../ui/moment-text.tsx";
import { StatusDot } from "../ui/status-dot.tsx";
import { TextLink } from "../ui/text-link.tsx";
import type { WebhookActions } from "./webhook-actions.ts";
import { NewWebhookDialog } from "./webhook-dialog.tsx";
import { answerOf, EVENT_WORDS, stateOf, wordsOfCovered, wordsOfTypes } from "./webhook-words.ts";

/** Who outside is told of what happens here. */
export function WebhooksPage({
  initial,
  makeWebhook,
}: { initial: WebhookView[] } & Pick<WebhookActions, "makeWebhook">) {
  const { namespace } = useViewer();
  const [isMaking, setMaking] = useState(false);
  const { data: list, error } = useWebhooks(namespace.slug, initial);
  const webhooks = list ?? initial;
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-4">
        <div>
          <h1 className="text-20 font-semibold tracking-[-0.02em]">
            {webhooks.length === 0 ? "No webhooks" : formatCount(webhooks.length, "webhook")}
          </h1>
          <p className="text-ink-2">
            {webhooks.length === 0 ? "Nobody outside is told when something happens here." : answerOf(webhooks)}
          </p>
        </div>
        <Button tone="primary" onClick={() => setMaking(true)}>
          <Webhook size={16} strokeWidth={1.6} aria-hidden />
          New webhook…
        </Button>
      </div>
      {error && <ErrorNote error={error} className="mb-4" />}
      {webhooks.length === 0 ? <Teaching /> : <WebhookTable webhooks={webhooks} />}
      {isMaking && <NewWebhookDialog makeWebhook={makeWebhook} onClose={() => setMaking(false)} />}
    </main>
  );
}

/** What a webhook is good for, while there is none. */
function Teaching() {
  return (
    <section className="max-w-[76ch] border-t border-line-strong pt-4">
      <p className="mb-3 text-14">
        Give an address of a pager, a chat or a program of yours. It gets a signed POST within seconds, and again over
        three days until it answers, when
      </p>
      <ul className="grid gap-1">
        {EVENT_TYPES.map((type) => (
          <li key={type} className="flex flex-wrap items-baseline gap-x-2">
            <span>{EVENT_WORDS[type]}</span>
            <code className="text-12 text-ink-3">{type}</code>
          </li>
        ))}
      </ul>
      <p className="mt-3 text-ink-2">
        A test can be sent at once, each delivery is in a log with what was answered, and any can be sent again.
      </p>
    </section>
  );
}

function WebhookTable({ webhooks }: { webhooks: readonly WebhookView[] }) {
  return (
    <table className="w-full border-collapse max-wide:block">
      <caption className="sr-only">Webhooks of this namespace</caption>
      <thead className="max-wide:sr-only">
        <tr className="h-7 border-b border-line-strong text-left text-12 text-ink-3 [&>th]:pr-4 [&>th]:font-medium">
          <th scope="col">Webhook</th>
          <th scope="col">State</th>
          <th scope="col">Told of</th>
          <th scope="col">In</th>
          <th scope="col">Last delivered</th>
        </tr>
      </thead>
      <tbody className="max-wide:block">
        {webhooks.map((webhook) => (
          <WebhookRow key={webhook.id} webhook={webhook} />
        ))}
      </tbody>
    </table>
  );
}

function WebhookRow({ webhook }: { webhook: WebhookView }) {
  const { tone, word } = stateOf(webhook);
  const why = webhook.problem ?? (tone === "warn" ? webhook.lastAttempt?.error : null);
  return (
    <tr className="border-b border-line align-top max-wide:grid max-wide:gap-1 max-wide:py-3 [&>td]:py-2.5 [&>td]:pr-4 max-wide:[&>td]:p-0 max-wide:[&>th]:p-0">
      <th scope="row" className="w-[32%] py-2.5 pr-4 text-left font-normal max-wide:w-auto">
        <TextLink href={`/webhooks/${webhook.id}`} className="font-[550] wrap-anywhere">
          {webhook.name}
        </TextLink>
        <code className="block text-12 wrap-anywhere text-ink-3">{webhook.url}</code>
      </th>
      <td className="w-[26%] max-wide:w-auto">
        <span className="flex items-center gap-2">
          <StatusDot tone={tone} words="" />
          {word}
          {webhook.pending > 0 && <span className="text-12 text-ink-3">{webhook.pending} waiting</span>}
        </span>
        {why && <span className="block text-12 text-ink-2">{why}</span>}
      </td>
      <td className="text-ink-2">{wordsOfTypes(webhook.types)}</td>
      <td className="text-ink-2">{wordsOfCovered(webhook.databases)}</td>
      <td className="text-ink-2">
        <span className="mr-1 text-12 text-ink-3 wide:hidden">Last delivered:</span>
        {webhook.lastDeliveredMs === null ? (
          <span className="text-ink-3">never</span>
        ) : (
          <AgoText ms={webhook.lastDeliveredMs} />
        )}
      </td>
    </tr>
  );
}
