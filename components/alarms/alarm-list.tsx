"use client";

import { ArrowRight, Check, Eye } from "lucide-react";
import { useState } from "react";
import type { AlarmView } from "../../lib/client/alarm-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { AgoText, MomentText } from "../ui/moment-text.tsx";
import { StatusDot } from "../ui/status-dot.tsx";
import { TextLink } from "../ui/text-link.tsx";
import type { AlarmActions } from "./alarm-actions.ts";
import { AcknowledgeDialog, ResolveDialog } from "./alarm-dialogs.tsx";
import { nextStepOf, toneOf } from "./alarm-words.ts";

type Open = { what: "acknowledge" | "resolve"; alarm: AlarmView } | null;

/** Alarms, each with its cause, its remedy, who knows of it, and what can be done with it. */
export function AlarmList({
  alarms,
  acknowledge,
  resolve,
}: { alarms: readonly AlarmView[] } & Pick<AlarmActions, "acknowledge" | "resolve">) {
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <>
      <ul className="border-t border-line-strong">
        {alarms.map((alarm) => (
          <AlarmRow key={alarm.id} alarm={alarm} onOpen={(what) => setOpen({ what, alarm })} />
        ))}
      </ul>
      {open?.what === "acknowledge" && (
        <AcknowledgeDialog alarm={open.alarm} acknowledge={acknowledge} onClose={close} />
      )}
      {open?.what === "resolve" && <ResolveDialog alarm={open.alarm} resolve={resolve} onClose={close} />}
    </>
  );
}

function AlarmRow({ alarm, onOpen }: { alarm: AlarmView; onOpen: (what: "acknowledge" | "resolve") => void }) {
  const mayAcknowledge = useRefusal("alarm.acknowledge");
  const mayResolve = useRefusal("alarm.resolve");
  const { state, title, database, text, remedy } = alarm;
  const isOpen = state !== "resolved";
  const next = nextStepOf(alarm);
  return (
    <li className="flex gap-3 border-b border-line py-3.5 max-wide:flex-wrap">
      <span className="mt-1.5">
        <StatusDot tone={toneOf(alarm)} words={state} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <strong className={joinClasses("font-[550]", isOpen ? "" : "text-ink-2")}>{title}</strong>
          {database && (
            <TextLink href={`/databases/${encodeURIComponent(database.name)}`} className="wrap-anywhere">
              {database.name}
            </TextLink>
          )}
          <StateChip alarm={alarm} />
        </p>
        <p className="max-w-[86ch] text-14 wrap-anywhere">{text}</p>
        {isOpen && (
          <p className="max-w-[86ch] text-ink-2 wrap-anywhere">
            {remedy}{" "}
            <TextLink href={next.path}>
              {next.words}
              <ArrowRight size={14} strokeWidth={1.6} aria-hidden />
            </TextLink>
          </p>
        )}
        <Known alarm={alarm} />
      </div>
      {isOpen && (
        <div className="flex shrink-0 items-start gap-2 max-wide:w-full max-wide:pl-5">
          {state === "raised" && (
            <Button size="small" blockedBy={mayAcknowledge} onClick={() => onOpen("acknowledge")}>
              <Eye size={14} strokeWidth={1.6} aria-hidden />
              Acknowledge…
            </Button>
          )}
          <Button size="small" tone="quiet" blockedBy={mayResolve} onClick={() => onOpen("resolve")}>
            <Check size={14} strokeWidth={1.6} aria-hidden />
            Resolve…
          </Button>
        </div>
      )}
    </li>
  );
}

function StateChip({ alarm: { state, weight } }: { alarm: AlarmView }) {
  if (state === "raised") return <Chip tone={weight === "urgent" ? "danger" : "warn"}>raised</Chip>;
  return <Chip tone={state === "resolved" ? "plain" : "line"}>{state}</Chip>;
}

/** When it began, who knows of it, how it ended, and whether people were written to. */
function Known({ alarm: { sinceMs, acknowledged, resolved, mails } }: { alarm: AlarmView }) {
  return (
    <p className="mt-1 flex flex-wrap gap-x-3 gap-y-0.5 text-12 text-ink-3">
      <span>
        since <MomentText ms={sinceMs} withZone /> (<AgoText ms={sinceMs} />)
      </span>
      {acknowledged && (
        <span className="text-ink-2 wrap-anywhere">
          {acknowledged.by} knows of it{acknowledged.note && `: ${acknowledged.note}`}
        </span>
      )}
      {resolved && (
        <span className="text-ink-2 wrap-anywhere">
          {resolved.by === null ? "resolved by itself" : `${resolved.by} resolved it`} <AgoText ms={resolved.atMs} />:{" "}
          {resolved.reason}
        </span>
      )}
      {mails.pending > 0 && (
        <span className="text-warn-text">{formatCount(mails.pending, "e-mail")} waiting to be sent</span>
      )}
      {mails.failed > 0 && <span className="text-danger-text">{formatCount(mails.failed, "e-mail")} given up</span>}
      {mails.sent > 0 && <span>{formatCount(mails.sent, "e-mail")} sent</span>}
    </p>
  );
}
