"use client";

import { Eraser } from "lucide-react";
import { useState } from "react";
import type { PolicyView } from "../../lib/client/approval-types.ts";
import type { ErasureView } from "../../lib/client/erasure-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { useErasures } from "../../lib/client/hooks/use-erasures.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { ErasureStatus } from "../../lib/domain/erasure.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { EraseDialog } from "./erase-dialog.tsx";
import type { ErasureActions } from "./erasure-actions.ts";

const STATUS: Readonly<Record<ErasureStatus, { word: string; tone: "ok" | "warn" | "danger" | "line" }>> = {
  waiting: { word: "announced", tone: "warn" },
  running: { word: "under way", tone: "warn" },
  completed: { word: "erased and verified", tone: "ok" },
  failed: { word: "failed", tone: "danger" },
  cancelled: { word: "cancelled", tone: "line" },
};

/** History that must be gone: what is announced, what went, and the way to ask for it. */
export function ErasuresSection({
  policy,
  nowMs,
  actions,
}: {
  policy: PolicyView;
  nowMs: number;
  actions: ErasureActions;
}) {
  const { namespace } = useViewer();
  const answer = useErasures(namespace.slug, policy.databaseId);
  const refusal = useRefusal("history.erase");
  const [isOpen, setOpen] = useState(false);
  const erasures = answer.data?.erasures ?? [];
  const isWaiting = erasures.some(({ status }) => status === "waiting" || status === "running");
  return (
    <section aria-labelledby="erasures" className="mt-8 border-t border-line pt-5">
      <div className="mb-3 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 max-w-[60ch]">
          <h2 id="erasures" className="flex items-center gap-2 text-14 font-semibold">
            <Eraser size={16} strokeWidth={1.6} aria-hidden />
            Data that must be gone
          </h2>
          <p className="text-ink-2">
            A window keeps what people delete. History before a moment can be erased for good, after a grace period.
          </p>
        </div>
        <Button
          tone="risk"
          blockedBy={refusal ?? (isWaiting ? "One is announced already: cancel it, or wait until it is done." : null)}
          onClick={() => setOpen(true)}
        >
          Erase history…
        </Button>
      </div>
      {answer.error && <ErrorNote error={answer.error} className="mb-3" />}
      {erasures.length > 0 && (
        <ul className="divide-y divide-line rounded-3 border border-line bg-surface">
          {erasures.map((one) => (
            <ErasureRow key={one.id} erasure={one} stop={actions.stop} />
          ))}
        </ul>
      )}
      {isOpen && <EraseDialog policy={policy} nowMs={nowMs} actions={actions} onClose={() => setOpen(false)} />}
    </section>
  );
}

function ErasureRow({ erasure, stop }: { erasure: ErasureView; stop: ErasureActions["stop"] }) {
  const { namespace } = useViewer();
  const refusal = useRefusal("erasure.cancel");
  const stopping = useServerAction(namespace.slug, stop);
  const { status, plan, runAfterMs, requestedByName, removedBytes, error } = erasure;
  const { word, tone } = STATUS[status];
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          Before <MomentText ms={plan.begins.timeMs} withZone /> <Chip tone={tone}>{word}</Chip>
        </p>
        <p className="text-ink-2">
          {requestedByName !== null && <>by {requestedByName}; </>}
          {status === "waiting" ? (
            <>
              begins after <MomentText ms={runAfterMs} withZone precision="minute" />
            </>
          ) : status === "completed" && removedBytes !== null ? (
            `${formatBytes(removedBytes)} removed, every byte of the rest read`
          ) : (
            (error?.message ?? "nothing was erased")
          )}
        </p>
        {stopping.error && <ErrorNote error={stopping.error} className="mt-2" />}
      </div>
      {status === "waiting" && (
        <Button
          blockedBy={refusal}
          disabled={stopping.isPending}
          onClick={() =>
            stopping.mutate({ namespace: namespace.slug, database: erasure.databaseId, erasure: erasure.id })
          }
        >
          {stopping.isPending ? "Cancelling…" : "Cancel, keep the history"}
        </Button>
      )}
    </li>
  );
}
