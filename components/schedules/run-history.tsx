"use client";

import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import type { ScheduleRunView } from "../../lib/client/schedule-types.ts";
import { Chip } from "../ui/chip.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { outcomeOf } from "./schedule-words.ts";

/** What came of each run that was due, the newest first; what did not take place says why. */
export function RunHistory({ runs }: { runs: readonly ScheduleRunView[] }) {
  return (
    <section aria-labelledby="runs" className="mt-8">
      <h2 id="runs" className="mb-2 text-14 font-semibold">
        What came of it
      </h2>
      {runs.length === 0 ? (
        <p className="text-ink-2">
          Nothing was due yet. Each run is written down here, also one that did not take place.
        </p>
      ) : (
        <ul className="border-t border-line-strong">
          {runs.map((run) => {
            const { words, tone } = outcomeOf(run);
            const note = run.backup?.error ?? run.because;
            return (
              <li
                key={run.id}
                className="grid grid-cols-[minmax(120px,auto)_minmax(0,1fr)_auto] items-center gap-x-4 border-b border-line py-2 max-wide:grid-cols-[minmax(0,1fr)_auto]"
              >
                <MomentText ms={run.dueMs} precision="minute" withZone className="whitespace-nowrap" />
                <span className="flex min-w-0 flex-wrap items-baseline gap-x-2 max-wide:order-3 max-wide:col-span-2">
                  <Chip tone={tone}>{words}</Chip>
                  {note && <span className="text-ink-2">{note}</span>}
                </span>
                <span className="text-right text-12 text-ink-3 whitespace-nowrap">
                  <Made run={run} />
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function Made({ run: { backup } }: { run: ScheduleRunView }) {
  if (backup?.sizeBytes == null) return null;
  const { startedAtMs, finishedAtMs, sizeBytes } = backup;
  const took = startedAtMs === null || finishedAtMs === null ? "" : ` in ${formatDuration(finishedAtMs - startedAtMs)}`;
  return `${formatBytes(sizeBytes)}${took}`;
}
