"use client";

import { ChevronRight, Pencil, Power, Trash2, Upload } from "lucide-react";
import { useState } from "react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { IntegrationView } from "../../lib/client/integration-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { AgoText } from "../ui/moment-text.tsx";
import { wordsOfCovered } from "../webhooks/webhook-words.ts";
import type { IntegrationActions } from "./integration-actions.ts";
import { HOLDS_WORDS, PUSH_WORDS, placeOf } from "./integration-words.ts";
import { PushLog } from "./push-log.tsx";

/** One deployment: where it is, what it is told and when it last was, and what can be done about it. */
export function IntegrationRow({
  integration,
  actions,
  onEdit,
  onDelete,
}: {
  integration: IntegrationView;
  actions: Pick<IntegrationActions, "changeIntegration" | "pushVariables">;
  onEdit: () => void;
  onDelete: () => void;
}) {
  const { namespace } = useViewer();
  const [isOpen, setOpen] = useState(false);
  const pushing = useServerAction(namespace.slug, actions.pushVariables);
  const switching = useServerAction(namespace.slug, actions.changeIntegration);
  const which = { namespace: namespace.slug, integrationId: integration.id };
  const { name, active, settings, variables, lastPush } = integration;
  const failure = pushing.error ?? switching.error;
  return (
    <li className="grid gap-2 border-b border-line py-4">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="flex flex-wrap items-center gap-2 font-[550]">
            <span className="wrap-anywhere">{name}</span>
            <Chip tone="line">{settings.kind === "vercel" ? "Vercel" : "HTTP"}</Chip>
            {!active && <Chip>off</Chip>}
          </h2>
          <p className="text-12 wrap-anywhere text-ink-3">{placeOf(integration)}</p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            size="small"
            blockedBy={active ? null : "It is switched off. Switch it on first."}
            disabled={pushing.isPending}
            onClick={() => pushing.mutate(which, { onSuccess: () => setOpen(true) })}
          >
            <Upload size={14} strokeWidth={1.6} aria-hidden />
            Push now
          </Button>
          <Button size="small" tone="quiet" onClick={onEdit}>
            <Pencil size={14} strokeWidth={1.6} aria-hidden />
            Edit…
          </Button>
          <Button
            size="small"
            tone="quiet"
            disabled={switching.isPending}
            onClick={() => switching.mutate({ ...which, active: !active })}
          >
            <Power size={14} strokeWidth={1.6} aria-hidden />
            {active ? "Switch off" : "Switch on"}
          </Button>
          <Button size="small" tone="quiet" onClick={onDelete}>
            <Trash2 size={14} strokeWidth={1.6} aria-hidden />
            Delete…
          </Button>
        </div>
      </div>
      {failure && <ErrorNote error={failure} />}
      <p className="text-ink-2">
        After restores of {wordsOfCovered(integration.databases)}:{" "}
        {variables.map((one, index) => (
          <span key={one.name}>
            {index > 0 && ", "}
            <code>{one.name}</code> with {HOLDS_WORDS[one.holds]}
          </span>
        ))}
        .
      </p>
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)} className="group">
        <summary className="flex min-h-8 w-fit cursor-pointer list-none items-center gap-2 rounded-1 text-ink-2 hover:text-ink max-wide:min-h-11">
          <ChevronRight
            size={14}
            aria-hidden
            className="shrink-0 text-ink-3 transition-transform duration-(--fast) group-open:rotate-90"
          />
          {lastPush === null ? (
            "Nothing was pushed yet"
          ) : (
            <span className="flex flex-wrap items-center gap-x-2">
              Last push
              <Chip tone={PUSH_WORDS[lastPush.status].tone}>{PUSH_WORDS[lastPush.status].text}</Chip>
              <AgoText ms={lastPush.endedAtMs ?? lastPush.createdAtMs} className="text-12 text-ink-3" />
              {lastPush.error !== null && <span className="text-12">{lastPush.error}</span>}
            </span>
          )}
        </summary>
        {isOpen && <PushLog integrationId={integration.id} />}
      </details>
    </li>
  );
}
