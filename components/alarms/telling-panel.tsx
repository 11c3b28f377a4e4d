"use client";

import { Pencil, Send } from "lucide-react";
import { useState } from "react";
import type { AlarmSettingsView, TellingView } from "../../lib/client/alarm-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useAlarmSettings } from "../../lib/client/hooks/use-alarms.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { AgoText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { StatusDot } from "../ui/status-dot.tsx";
import { TextLink } from "../ui/text-link.tsx";
import type { AlarmActions } from "./alarm-actions.ts";
import { AlarmSettingsDialog } from "./alarm-settings-dialog.tsx";

/** How alarms reach people, whether that works, and for those who may, whom. */
export function TellingPanel({
  telling,
  settings,
  actions,
}: {
  telling: TellingView;
  /** Null for those who do not see addresses. */
  settings: AlarmSettingsView | null;
  actions: Pick<AlarmActions, "saveSettings" | "sendTest">;
}) {
  const { mail, webhooks, heartbeat } = telling;
  return (
    <section aria-labelledby="telling" className="mt-8 max-w-[860px]">
      <h2 id="telling" className="mb-2 text-16 font-semibold">
        How people are told
      </h2>
      <dl className="border-t border-line-strong">
        <Way term="E-mail" tone={mail.error ? "danger" : mail.configured && mail.recipients > 0 ? "ok" : "off"}>
          {!mail.configured
            ? "No e-mail server is set (LASTGOOD_SMTP_URL)."
            : mail.error !== null
              ? mail.error
              : `${mail.recipients === 0 ? "Nobody" : formatCount(mail.recipients, "address", "addresses")}${mail.pending > 0 ? `, ${mail.pending} waiting` : ""}`}
          {mail.lastSentAtMs !== null && (
            <span className="text-ink-3">
              {" "}
              Last sent <AgoText ms={mail.lastSentAtMs} />.
            </span>
          )}
        </Way>
        <Way term="Webhooks" tone={webhooks > 0 ? "ok" : "off"}>
          <TextLink href="/webhooks">{webhooks === 0 ? "None" : formatCount(webhooks, "webhook")}</TextLink>
        </Way>
        <Way term="Heartbeat" tone={!heartbeat.configured ? "off" : heartbeat.ok ? "ok" : "danger"}>
          {!heartbeat.configured
            ? "Nobody rings when this machine is gone (LASTGOOD_HEARTBEAT_URL)."
            : heartbeat.ok
              ? "Somebody elsewhere rings when this falls silent."
              : (heartbeat.text ?? "No call was made yet.")}
          {heartbeat.ok && heartbeat.atMs !== null && (
            <span className="text-ink-3">
              {" "}
              Called <AgoText ms={heartbeat.atMs} />.
            </span>
          )}
        </Way>
      </dl>
      {settings && <Settings initial={settings} {...actions} />}
    </section>
  );
}

function Way({ term, tone, children }: { term: string; tone: "ok" | "danger" | "off"; children: React.ReactNode }) {
  const words = { ok: "works", danger: "does not work", off: "not set" }[tone];
  return (
    <div className="grid min-h-10 grid-cols-[140px_minmax(0,1fr)] items-baseline border-b border-line py-2 max-wide:grid-cols-1 max-wide:gap-0.5">
      <dt className="flex items-center gap-2 text-ink-3">
        <StatusDot tone={tone} words={words} />
        {term}
      </dt>
      <dd className="wrap-anywhere">{children}</dd>
    </div>
  );
}

function Settings({
  initial,
  saveSettings,
  sendTest,
}: { initial: AlarmSettingsView } & Pick<AlarmActions, "saveSettings" | "sendTest">) {
  const { namespace } = useViewer();
  const refusal = useRefusal("alarm.change");
  const [isOpen, setOpen] = useState(false);
  const { data: settings = initial } = useAlarmSettings(namespace.slug, initial);
  const testing = useServerAction(namespace.slug, sendTest);
  const { told, test, from } = settings;
  return (
    <>
      <p className="mt-3 text-ink-2 wrap-anywhere">
        {told.length === 0 ? "Nobody is told by e-mail." : `Told by e-mail: ${told.join(", ")}.`}
        {from !== null && ` From ${from}.`}
      </p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button disabled={testing.isPending} onClick={() => testing.mutate({ namespace: namespace.slug })}>
          <Send size={16} strokeWidth={1.6} aria-hidden />
          Send a test
        </Button>
        <Button blockedBy={refusal} onClick={() => setOpen(true)}>
          <Pencil size={16} strokeWidth={1.6} aria-hidden />
          Who is told…
        </Button>
      </div>
      {testing.error && <ErrorNote error={testing.error} className="mt-3" />}
      {test && !testing.error && <TestNote test={test} />}
      {isOpen && <AlarmSettingsDialog settings={settings} saveSettings={saveSettings} onClose={() => setOpen(false)} />}
    </>
  );
}

function TestNote({ test: { atMs, recipients, status, error } }: { test: NonNullable<AlarmSettingsView["test"]> }) {
  const to = formatCount(recipients, "address", "addresses");
  return (
    <Note
      className="mt-3"
      live={status !== "pending"}
      tone={status === "failed" ? "danger" : status === "sent" ? "ok" : "plain"}
      title={
        status === "sent"
          ? "The test was taken by the e-mail server."
          : status === "failed"
            ? "The test was not sent."
            : "A test is on its way."
      }
    >
      {error ?? `To ${to}, `}
      {error === null && <AgoText ms={atMs} />}
    </Note>
  );
}
