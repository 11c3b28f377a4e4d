"use client";

import { X } from "lucide-react";
import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { restoreHref, stageWords } from "../restores/restore-words.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { AgoText } from "../ui/moment-text.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { StatusDot } from "../ui/status-dot.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { CopyActions } from "./copy-actions.ts";

/** What was brought back lately and what is being, with how far it is, why it failed, and the way to it. */
export function CopyRestores({ restores, stop }: { restores: readonly RestoreView[]; stop: CopyActions["stop"] }) {
  return (
    <section aria-labelledby="brought-back" className="mb-8">
      <h2 id="brought-back" className="border-b border-line-strong pb-2 text-14 font-semibold">
        Brought back
      </h2>
      <ul className="divide-y divide-line">
        {restores.map((restore) => (
          <li key={restore.id} className="py-3">
            {restore.finishedAtMs === null ? <Running restore={restore} stop={stop} /> : <Ended restore={restore} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function useMomentOf({ to, reached }: RestoreView): string {
  const { zone } = useZone();
  const nowMs = useNow() ?? Date.now();
  return `${formatMoment((reached ?? to).timeMs, zone, nowMs, "millisecond")} ${formatZone(zone)}`;
}

function Running({ restore, stop }: { restore: RestoreView; stop: CopyActions["stop"] }) {
  const { namespace } = useViewer();
  const refusal = useRefusal("copy.bring-back");
  const stopping = useServerAction(namespace.slug, stop);
  const moment = useMomentOf(restore);
  const { stage, progress, to } = restore;
  const doing = stage === null ? "Waiting for the agent" : stageWords(stage, restore).doing;
  const isUnresolved = to.bookmark === "";
  return (
    <div className="grid grid-cols-[1fr_auto] items-start gap-x-6 gap-y-2">
      <div className="min-w-0">
        <p className="text-16 font-[550] wrap-anywhere">{restore.databaseName}</p>
        <p className="text-ink-2">
          {doing}. {isUnresolved ? `The newest commit at or before ${moment}.` : `As of ${moment}.`}
        </p>
      </div>
      <Button
        size="small"
        blockedBy={refusal ?? (restore.cancellable ? null : "It is being put into its place: it ends in a moment.")}
        disabled={stopping.isPending || stopping.isSuccess}
        onClick={() => stopping.mutate({ namespace: namespace.slug, restoreId: restore.id })}
      >
        <X size={14} strokeWidth={1.6} aria-hidden />
        {stopping.isPending || stopping.isSuccess ? "Cancelling…" : "Cancel"}
      </Button>
      <ProgressBar
        label={`${restore.databaseName}: ${doing}`}
        done={progress?.done ?? 0}
        total={Math.max(1, progress?.total ?? 1)}
        className="col-span-2"
      />
      <p className="col-span-2 text-12 text-ink-3">Closing this page changes nothing.</p>
      {stopping.error && <ErrorNote error={stopping.error} className="col-span-2" />}
    </div>
  );
}

function Ended({ restore }: { restore: RestoreView }) {
  const moment = useMomentOf(restore);
  const { status, error, copy, finishedAtMs } = restore;
  const isThere = status === "completed" && copy?.id != null;
  const words = { completed: "is here", cancelled: "was cancelled", failed: "could not be brought back" } as const;
  const tone = status === "completed" ? "ok" : status === "cancelled" ? "off" : "danger";
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-1">
      <div className="min-w-0 flex-1 basis-80">
        <p className="flex items-center gap-2">
          <StatusDot tone={tone} words="" />
          <span className="min-w-0 wrap-anywhere">
            <span className="font-[550]">{isThere ? copy?.name : restore.databaseName}</span>{" "}
            {status === "completed" && !isThere
              ? "was brought back, and deleted since"
              : words[status as keyof typeof words]}
          </span>
        </p>
        {status === "completed" ? (
          <p className="pl-4 text-12 text-ink-3">As of {moment}.</p>
        ) : (
          <p className="pl-4 text-12 text-ink-2 wrap-anywhere">
            {error?.message} {error?.hint} Nothing of it stayed here.
          </p>
        )}
      </div>
      <p className="flex items-center gap-4 text-12 text-ink-3">
        {finishedAtMs !== null && <AgoText ms={finishedAtMs} />}
        {isThere && copy && (
          <>
            <TextLink href={restoreHref(restore)} className="text-12">
              how it went
            </TextLink>
            <TextLink href={`/databases/${encodeURIComponent(copy.name)}`} className="text-12">
              open it
            </TextLink>
          </>
        )}
      </p>
    </div>
  );
}
