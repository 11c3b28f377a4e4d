"use client";

import { CalendarClock, Plus } from "lucide-react";
import Link from "next/link";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { useSchedules } from "../../lib/client/hooks/use-schedules.ts";
import type { ScheduleView } from "../../lib/client/schedule-types.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import { ScheduleTable } from "./schedule-table.tsx";

/** All schedules of the namespace: when each runs, what came of its last run, and whether it is paused. */
export function SchedulesPage({
  initial,
  hasDatabases,
  renderedAtMs,
}: {
  initial: ScheduleView[];
  hasDatabases: boolean;
  renderedAtMs: number;
}) {
  const { namespace } = useViewer();
  const nowMs = useNow() ?? renderedAtMs;
  const refusal = useRefusal("schedule.change");
  const schedules = useSchedules(namespace.slug, initial);
  const list = schedules.data ?? initial;
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-4">
        <div>
          <h1 className="text-20 font-semibold tracking-[-0.02em]">
            {list.length === 0 ? "No schedules" : formatCount(list.length, "schedule")}
          </h1>
          <p className="text-ink-2">{answerOf(list, nowMs)}</p>
        </div>
        {hasDatabases && <NewButton refusal={refusal} />}
      </div>
      {schedules.error && <ErrorNote error={schedules.error} className="mb-4" />}
      {list.length === 0 ? <Empty hasDatabases={hasDatabases} /> : <ScheduleTable schedules={list} nowMs={nowMs} />}
    </main>
  );
}

function NewButton({ refusal }: { refusal: string | null }) {
  const words = (
    <>
      <Plus size={16} strokeWidth={1.6} aria-hidden />
      New schedule
    </>
  );
  if (refusal)
    return (
      <Button tone="primary" blockedBy={refusal}>
        {words}
      </Button>
    );
  return (
    <Button tone="primary" asChild>
      <Link href="/schedules/new">{words}</Link>
    </Button>
  );
}

/** What needs attention, else what comes next. */
function answerOf(list: readonly ScheduleView[], nowMs: number): string {
  if (list.length === 0) return "Backups are made only when somebody asks for one.";
  const troubled = list.filter(({ lastRun }) => lastRun !== null && isTrouble(lastRun));
  const paused = list.filter(({ active }) => !active).length;
  const some = troubled.length === 1 ? troubled[0] : undefined;
  if (some) return `The last run of ${some.name} of ${some.database.name} made no backup.`;
  if (troubled.length > 0) return `The last runs of ${troubled.length} of them made no backup.`;
  if (paused === list.length)
    return paused === 1 ? "It is paused: nothing runs." : "All of them are paused: nothing runs.";
  const [next] = list
    .filter(({ nextRunMs }) => nextRunMs !== null)
    .sort((a, b) => (a.nextRunMs ?? 0) - (b.nextRunMs ?? 0));
  if (!next?.nextRunMs) return "None of them comes due again.";
  return `Next is ${next.name} of ${next.database.name}, in ${formatDuration(Math.max(60_000, next.nextRunMs - nowMs))}.`;
}

function isTrouble({ outcome, backup }: NonNullable<ScheduleView["lastRun"]>): boolean {
  return outcome === "missed" || outcome === "skipped" || backup?.status === "failed";
}

const REASONS = [
  ["To keep for longer", "The recovery window ends after some days. A backup a night is kept for up to a year."],
  ["To carry away", "A backup is one file, complete in itself: it can lie in another place than the database."],
  ["To be sure", "What was due and did not run is written down and told, never passed over in silence."],
] as const;

/** No schedules yet: what they are for beside the continuous history, and the next step. */
function Empty({ hasDatabases }: { hasDatabases: boolean }) {
  const refusal = useRefusal("schedule.change");
  return (
    <section aria-label="What schedules are for" className="max-w-[860px] border-t border-line">
      <ul>
        {REASONS.map(([title, text]) => (
          <li key={title} className="flex items-start gap-3 border-b border-line py-3">
            <CalendarClock size={16} strokeWidth={1.6} aria-hidden className="mt-0.5 shrink-0 text-ink-3" />
            <p>
              <span className="block font-[550]">{title}</span>
              <span className="text-ink-2">{text}</span>
            </p>
          </li>
        ))}
      </ul>
      {!hasDatabases && refusal === null && (
        <p className="mt-5 text-ink-2">
          <Link href="/databases/new" className="font-medium text-accent hover:underline">
            Protect a database first
          </Link>
          ; then give it a schedule.
        </p>
      )}
    </section>
  );
}
