"use client";

import Link from "next/link";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatClock, formatZone } from "../../lib/client/format-time.ts";
import type { ScheduleView } from "../../lib/client/schedule-types.ts";
import { Chip } from "../ui/chip.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { MomentText } from "../ui/moment-text.tsx";
import { dayWords } from "./next-runs.tsx";
import { KIND_WORDS, keptWords, outcomeOf, scheduleHref, whenWords } from "./schedule-words.ts";

/** Schedules in rows, each with its words, its next run and what came of the last one. */
export function ScheduleTable({ schedules, nowMs }: { schedules: readonly ScheduleView[]; nowMs: number }) {
  return (
    <table className="w-full border-collapse max-wide:block">
      <caption className="sr-only">Schedules of this namespace</caption>
      <thead className="max-wide:sr-only">
        <tr className="h-7 border-b border-line-strong text-left text-12 text-ink-3 [&>th]:pr-4 [&>th]:font-medium">
          <th scope="col">Schedule</th>
          <th scope="col">Database</th>
          <th scope="col">Next run</th>
          <th scope="col">Last run</th>
          <th scope="col">Kept</th>
          <th scope="col" className="w-20">
            State
          </th>
        </tr>
      </thead>
      <tbody className="max-wide:block">
        {schedules.map((schedule) => (
          <ScheduleRow key={schedule.id} schedule={schedule} nowMs={nowMs} />
        ))}
      </tbody>
    </table>
  );
}

function ScheduleRow({ schedule, nowMs }: { schedule: ScheduleView; nowMs: number }) {
  const { name, database, zone, kind, active, nextRunMs, lastRun } = schedule;
  const outcome = lastRun && outcomeOf(lastRun);
  return (
    <tr
      className={joinClasses(
        "relative border-b border-line align-top hover:bg-hover max-wide:grid max-wide:grid-cols-[minmax(0,1fr)_auto] max-wide:gap-x-3 max-wide:gap-y-0.5 max-wide:py-3 [&>td]:py-2.5 [&>td]:pr-4 max-wide:[&>td]:p-0 max-wide:[&>th]:p-0",
        !active && "text-ink-3",
      )}
    >
      <th scope="row" className="w-[34%] py-2.5 pr-4 text-left font-normal max-wide:w-auto">
        <Link href={scheduleHref(schedule)} className="rounded-1 font-[550] wrap-anywhere after:absolute after:inset-0">
          {name}
        </Link>
        <span className="block text-12 text-ink-3">
          {whenWords(schedule)}
          {kind === "portable" && ` ${KIND_WORDS.portable}.`}
        </span>
      </th>
      <td className="max-wide:order-3 max-wide:col-span-2">
        <span className="mr-1 text-12 text-ink-3 wide:hidden">Of</span>
        {database.name}
      </td>
      <td className="whitespace-nowrap max-wide:order-4 max-wide:col-span-2">
        <span className="mr-1 text-12 text-ink-3 wide:hidden">Next:</span>
        {nextRunMs === null ? (
          <span className="text-ink-3">{active ? "never" : "not while paused"}</span>
        ) : (
          <>
            in {formatDuration(Math.max(60_000, nextRunMs - nowMs))}
            <span className="block text-12 text-ink-3 max-wide:ml-1 max-wide:inline">
              {dayWords(nextRunMs, zone, nowMs)} {formatClock(nextRunMs, zone, "minute")} {formatZone(zone)}
            </span>
          </>
        )}
      </td>
      <td className="max-wide:order-5 max-wide:col-span-2">
        <span className="mr-1 text-12 text-ink-3 wide:hidden">Last:</span>
        {lastRun === null || outcome === null ? (
          <span className="text-ink-3">none yet</span>
        ) : (
          <>
            <Chip tone={outcome.tone}>{outcome.words}</Chip>
            <span className="block text-12 text-ink-3 max-wide:ml-1 max-wide:inline">
              <MomentText ms={lastRun.dueMs} precision="minute" withZone />
            </span>
          </>
        )}
      </td>
      <td className="max-wide:order-6 max-wide:col-span-2">
        <span className="mr-1 text-12 text-ink-3 wide:hidden">Kept:</span>
        {keptWords(schedule)}
      </td>
      <td className="max-wide:order-2">
        <Chip tone={active ? "ok" : "warn"}>{active ? "active" : "paused"}</Chip>
      </td>
    </tr>
  );
}
