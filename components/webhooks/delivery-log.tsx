"use client";

import { ChevronRight, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useHydrated } from "../../lib/client/hooks/use-hydrated.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useDeliveries } from "../../lib/client/hooks/use-webhooks.ts";
import type { AttemptView, DeliveryView, WebhookView } from "../../lib/client/webhook-types.ts";
import type { DeliveryStatus } from "../../lib/domain/webhook.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { AgoText, MomentText } from "../ui/moment-text.tsx";
import { SCROLLED_BY_KEYBOARD } from "../ui/scrolled-by-keyboard.ts";
import { Segmented } from "../ui/segmented.tsx";
import type { WebhookActions } from "./webhook-actions.ts";
import { DELIVERY_WORDS, wordsOfType } from "./webhook-words.ts";

const FILTERS = [
  { value: "all", text: "All" },
  { value: "delivered", text: "Delivered" },
  { value: "pending", text: "Waiting" },
  { value: "failed", text: "Given up" },
] as const;
type Filter = (typeof FILTERS)[number]["value"];

const PAGE = 25;
const MOST = 200;

/** What was sent and what was answered, newest first; each can be sent again. */
export function DeliveryLog({ webhook, sendAgain }: { webhook: WebhookView } & Pick<WebhookActions, "sendAgain">) {
  const { namespace } = useViewer();
  const [filter, setFilter] = useState<Filter>("all");
  const [limit, setLimit] = useState(PAGE);
  const status: DeliveryStatus | null = filter === "all" ? null : filter;
  const { data, error } = useDeliveries(namespace.slug, webhook.id, { limit, ...(status && { status }) });
  const isHydrated = useHydrated();
  const replaying = useServerAction(namespace.slug, sendAgain);
  const replay = (deliveryId: string) =>
    replaying.mutate({ namespace: namespace.slug, webhookId: webhook.id, deliveryId });
  const shown = isHydrated ? data : undefined;
  const failure = error ?? replaying.error;
  return (
    <section aria-labelledby="log">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-3">
        <h2 id="log" className="text-14 font-semibold">
          Deliveries
        </h2>
        <Segmented label="Which deliveries" value={filter} options={FILTERS} onChange={setFilter} />
      </div>
      {failure && <ErrorNote error={failure} className="mb-3" />}
      {shown && shown.deliveries.length === 0 && (
        <p className="border-t border-line-strong py-4 text-ink-2">
          {filter === "all"
            ? "Nothing was sent yet. Send a test to see whether the receiver takes it."
            : "There are none of these."}
        </p>
      )}
      {shown && shown.deliveries.length > 0 && (
        <ul className="border-t border-line-strong">
          {shown.deliveries.map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              delivery={delivery}
              blockedBy={webhook.active ? null : "It is switched off. Switch it on first."}
              onReplay={() => replay(delivery.id)}
              isBusy={replaying.isPending}
            />
          ))}
        </ul>
      )}
      {shown?.next && limit < MOST && (
        <Button tone="quiet" className="mt-3" onClick={() => setLimit(Math.min(MOST, limit * 2))}>
          Show more
        </Button>
      )}
      <p className="mt-3 text-12 text-ink-3">Deliveries are kept for 30 days.</p>
    </section>
  );
}

function DeliveryRow({
  delivery,
  blockedBy,
  isBusy,
  onReplay,
}: {
  delivery: DeliveryView;
  blockedBy: string | null;
  isBusy: boolean;
  onReplay: () => void;
}) {
  const { text, tone } = DELIVERY_WORDS[delivery.status];
  const last = delivery.attempts.at(-1) ?? null;
  return (
    <li className="border-b border-line">
      <details className="group">
        <summary className="grid min-h-10 cursor-pointer list-none grid-cols-[16px_104px_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 py-2 hover:bg-hover max-wide:min-h-11 max-wide:grid-cols-[16px_minmax(0,1fr)_auto]">
          <ChevronRight
            size={14}
            aria-hidden
            className="text-ink-3 transition-transform duration-(--fast) group-open:rotate-90"
          />
          <span className="max-wide:order-3 max-wide:justify-self-end">
            <Chip tone={tone}>{text}</Chip>
          </span>
          <span className="min-w-0">
            <span className="font-[550]">{delivery.type}</span>{" "}
            <span className="text-ink-2">{delivery.database?.name ?? wordsOfType(delivery.type)}</span>
            <span className="block text-12 text-ink-3">{answerWords(delivery, last)}</span>
          </span>
          <span className="text-12 text-ink-3 max-wide:col-start-2 max-wide:row-start-2">
            <AgoText ms={delivery.createdAtMs} />
          </span>
        </summary>
        <div className="grid gap-3 pt-1 pb-4 pl-7 max-wide:pl-0">
          <Attempts delivery={delivery} />
          <div>
            <p className="mb-1 flex items-center justify-between text-12 font-medium">
              <span>
                Body, signed as <code className="font-normal text-ink-3">{delivery.eventId}</code>
              </span>
              <CopyButton text={delivery.payload} label="Copy the body" />
            </p>
            <pre
              {...SCROLLED_BY_KEYBOARD}
              className="max-h-72 overflow-auto rounded-2 bg-sunken px-3 py-2.5 font-mono text-12 wrap-anywhere whitespace-pre-wrap"
            >
              {JSON.stringify(JSON.parse(delivery.payload), null, 2)}
            </pre>
          </div>
          <div>
            <Button size="small" blockedBy={blockedBy} disabled={isBusy} onClick={onReplay}>
              <RotateCcw size={14} strokeWidth={1.6} aria-hidden />
              Send again
            </Button>
            <span className="ml-2 text-12 text-ink-3">With the same id and the same body.</span>
          </div>
        </div>
      </details>
    </li>
  );
}

function answerWords({ status }: DeliveryView, last: AttemptView | null): string {
  if (last === null) return status === "cancelled" ? "It was not sent." : "About to be sent.";
  if (last.error === null) return `Answered ${last.status} in ${last.durationMs} ms.`;
  return last.error;
}

function Attempts({ delivery: { attempts, nextAtMs, status } }: { delivery: DeliveryView }) {
  return (
    <ol className="grid gap-1.5 text-12">
      {attempts.map(({ n, timeMs, durationMs, error, status: code, answer }) => (
        <li key={n}>
          <span className="text-ink-3">Attempt {n}, </span>
          <MomentText ms={timeMs} withZone className="font-mono" />
          <span className={error === null ? "text-ink-2" : "text-danger-text"}>: {error ?? `answered ${code}`}</span>{" "}
          <span className="text-ink-3">{durationMs} ms</span>
          {answer !== null && (
            <pre
              {...SCROLLED_BY_KEYBOARD}
              className="mt-1 max-h-32 overflow-auto rounded-2 bg-sunken px-3 py-2 font-mono wrap-anywhere whitespace-pre-wrap"
            >
              {answer}
            </pre>
          )}
        </li>
      ))}
      {status === "pending" && nextAtMs !== null && attempts.length > 0 && (
        <li className="text-ink-2">
          The next attempt is at <MomentText ms={nextAtMs} withZone className="font-mono" />.
        </li>
      )}
    </ol>
  );
}
