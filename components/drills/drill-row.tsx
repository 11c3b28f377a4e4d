"use client";

import { ChevronRight, Download } from "lucide-react";
import { useId, useState } from "react";
import { apiClient } from "../../lib/client/api-client.ts";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { DrillView } from "../../lib/client/drill-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { MomentText } from "../ui/moment-text.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import type { DrillActions } from "./drill-actions.ts";
import { DrillReceipt } from "./drill-receipt.tsx";
import { drillStageWords, drillStanding } from "./drill-words.ts";

/** One drill: how it came out in a line, and its receipt behind it; that of the newest one stands open. */
export function DrillRow({
  database,
  drill,
  isNewest,
  cancel,
}: {
  database: DatabaseView;
  drill: DrillView;
  /** Of those that came to an end. */
  isNewest: boolean;
  cancel: DrillActions["cancel"];
}) {
  const { namespace } = useViewer();
  const [chosen, setChosen] = useState<boolean | null>(null);
  const isShown = chosen ?? isNewest;
  const id = useId();
  const { words, tone } = drillStanding(drill);
  const isOpen = drill.status === "queued" || drill.status === "running";
  const by = drill.trigger === "scheduled" ? "by itself" : `by ${drill.createdByName ?? "somebody"}`;
  return (
    <li className="border-b border-line py-1.5">
      <div className="flex min-h-8 items-start gap-x-2.5">
        <Button
          tone="quiet"
          size="smallIcon"
          disabled={isOpen}
          aria-expanded={isShown}
          aria-controls={id}
          aria-label={`The drill of ${new Date(drill.createdAtMs).toISOString()}`}
          onClick={() => setChosen(!isShown)}
        >
          <ChevronRight
            size={16}
            strokeWidth={1.6}
            aria-hidden
            className={joinClasses("transition-transform", isShown && "rotate-90")}
          />
        </Button>
        <div className="flex min-h-8 min-w-0 flex-1 flex-wrap items-center gap-x-2.5 gap-y-0.5">
          <Chip tone={tone}>{words}</Chip>
          <MomentText ms={drill.createdAtMs} precision="minute" withZone className="whitespace-nowrap" />
          <span className="text-ink-3 wrap-anywhere">{by}</span>
          <span className="flex-1 max-wide:hidden" />
          {drill.recoveryMs !== null && (
            <span className="text-ink-2 tabular-nums">back in {formatDuration(drill.recoveryMs)}</span>
          )}
          {drill.hasReceipt && (
            <Button
              tone="quiet"
              size="small"
              onClick={() => location.assign(apiClient.drillReceiptPath(namespace.slug, database.id, drill.id))}
            >
              <Download size={14} strokeWidth={1.6} aria-hidden />
              Receipt
            </Button>
          )}
          {isOpen && <CancelButton database={database} drill={drill} cancel={cancel} />}
        </div>
      </div>
      {isOpen && <Progress drill={drill} />}
      {drill.error && (
        <p className="pl-9 text-danger-text">
          {drill.error.message} {drill.error.hint}
        </p>
      )}
      {isShown && (
        <div id={id} className="pt-1 pb-3 pl-9 max-wide:pl-1">
          <DrillReceipt drill={drill} />
        </div>
      )}
    </li>
  );
}

function Progress({ drill: { status, progress } }: { drill: DrillView }) {
  const words = status === "queued" ? "Waiting for the agent" : drillStageWords(progress?.stage ?? null);
  const { done, total } = progress ?? { done: 0, total: 0 };
  return (
    <div className="flex items-center gap-3 py-1 pl-9 text-12 text-ink-3">
      <ProgressBar label={words} done={done} total={total} className="w-40" />
      <span role="status">{words}</span>
    </div>
  );
}

function CancelButton({
  database,
  drill,
  cancel,
}: {
  database: DatabaseView;
  drill: DrillView;
  cancel: DrillActions["cancel"];
}) {
  const { namespace } = useViewer();
  const refusal = useRefusal("drill.run");
  const cancelling = useServerAction(namespace.slug, cancel);
  const isAsked = cancelling.isPending || cancelling.isSuccess;
  return (
    <Button
      tone="quiet"
      size="small"
      blockedBy={refusal}
      disabled={isAsked}
      onClick={() => cancelling.mutate({ namespace: namespace.slug, database: database.id, drill: drill.id })}
    >
      {isAsked ? "Cancelling…" : "Cancel"}
    </Button>
  );
}
