"use client";

import { Gauge } from "lucide-react";
import { useState } from "react";
import type { DiskBudgetView } from "../../lib/client/disk-budget-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { useDiskBudgets } from "../../lib/client/hooks/use-disk-budgets.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { BudgetBar } from "./budget-bar.tsx";
import { BudgetDialog } from "./budget-dialog.tsx";
import { headlineOf, LEVEL_WORDS, PART_WORDS, paceOf } from "./budget-words.ts";
import { GivingWay } from "./giving-way.tsx";
import type { StoreActions } from "./store-actions.ts";

/** How the disks of this namespace's agents stand, and what would give way when they are full. */
export function DiskBudgets({ save }: { save: StoreActions["saveDiskBudget"] }) {
  const { namespace } = useViewer();
  const answer = useDiskBudgets(namespace.slug);
  if (answer.error && !answer.data) return <ErrorNote error={answer.error} />;
  const agents = answer.data?.agents ?? [];
  return agents.map((one) => <DiskBudget key={one.agentId} budget={one} isOnly={agents.length === 1} save={save} />);
}

function DiskBudget({
  budget,
  isOnly,
  save,
}: {
  budget: DiskBudgetView;
  isOnly: boolean;
  save: StoreActions["saveDiskBudget"];
}) {
  const [isOpen, setOpen] = useState(false);
  const refusal = useRefusal("store.change");
  const { measured, limits } = budget;
  return (
    <section aria-label={isOnly ? "Room on the disk" : `Room on the disk of ${budget.region}`} className="grid gap-3">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-16 font-semibold">
            {isOnly ? "Room on the agent's disk" : `Room on the disk in ${budget.region}`}
          </h2>
          <p className="text-ink-2">
            {limits.budgetBytes === null ? "No budget: " : `A budget of ${formatBytes(limits.budgetBytes)}: `}
            {formatBytes(limits.floorBytes)} stay free whatever happens.
          </p>
        </div>
        <Button blockedBy={refusal ?? budget.fixedBecause} onClick={() => setOpen(true)}>
          Set the budget…
        </Button>
      </div>
      {measured ? (
        <Measured measured={measured} />
      ) : (
        <Note title="Not measured yet.">The agent measures within a minute of its start.</Note>
      )}
      {isOpen && <BudgetDialog budget={budget} save={save} onClose={() => setOpen(false)} />}
    </section>
  );
}

function Measured({ measured }: { measured: NonNullable<DiskBudgetView["measured"]> }) {
  const { level, captureStoppedSinceMs } = measured;
  const words = LEVEL_WORDS[level];
  return (
    <>
      {captureStoppedSinceMs !== null && (
        <Note tone="danger" title="Capture is stopped for want of room.">
          Applications go on writing, and nothing of it can be brought back since{" "}
          <MomentText ms={captureStoppedSinceMs} withZone />. Make room or set a larger budget; capture then goes on by
          itself.
        </Note>
      )}
      <div className="grid gap-3 rounded-3 border border-line bg-surface p-4">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <p className="flex items-center gap-2 font-medium">
            <Gauge size={16} strokeWidth={1.6} aria-hidden className="shrink-0 text-ink-3" />
            {headlineOf(measured)}
          </p>
          <Chip tone={words.tone}>{words.word}</Chip>
        </div>
        <BudgetBar measured={measured} />
        <p className="text-12 text-ink-2">{paceOf(measured)}</p>
        <dl className="grid grid-cols-[1fr_max-content] gap-x-6 gap-y-1.5 border-t border-line pt-3">
          {measured.parts
            .filter(({ bytes }) => bytes > 0)
            .toSorted((a, b) => b.bytes - a.bytes)
            .map(({ part, bytes }) => (
              <div key={part} className="contents">
                <dt className="text-ink-2">{PART_WORDS[part]}</dt>
                <dd className="text-right">{formatBytes(bytes)}</dd>
              </div>
            ))}
          <dt className="text-ink-3">Hosted databases, not counted</dt>
          <dd className="text-right text-ink-3">{formatBytes(measured.databaseBytes)}</dd>
        </dl>
      </div>
      <GivingWay measured={measured} />
    </>
  );
}
