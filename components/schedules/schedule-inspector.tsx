"use client";

import { useMemo } from "react";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { useDensity } from "../../lib/client/hooks/use-history.ts";
import { useHydrated } from "../../lib/client/hooks/use-hydrated.ts";
import type { ScheduleDetail } from "../../lib/client/schedule-types.ts";
import type { CronExpression } from "../../lib/domain/cron-expression.ts";
import { nextRuns, runsBetween } from "../../lib/domain/schedule-times.ts";
import { useViewer } from "../shell/console-context.tsx";
import { LoadChart } from "./load-chart.tsx";
import { NextRuns } from "./next-runs.tsx";
import { loadRange, loadWords, usualLoad } from "./usual-load.ts";

const WEEK_MS = 7 * 86_400_000;
const HOUR_MS = 3_600_000;

/** Beside the editor: when it runs next, and whether that is when the database is busy. */
export function ScheduleInspector({
  database,
  cron,
  zone,
  nowMs,
  lastBackup,
}: {
  /** The database's name; null while none is chosen. */
  database: string | null;
  /** Null while it cannot be read. */
  cron: CronExpression | null;
  zone: string;
  nowMs: number;
  lastBackup: ScheduleDetail["lastBackup"];
}) {
  // The runs stay the same for a minute, and are not counted again each second.
  const minuteMs = Math.floor(nowMs / 60_000) * 60_000;
  const runs = useMemo(() => (cron ? nextRuns(cron, zone, minuteMs, 5) : []), [cron, zone, minuteMs]);
  return (
    <aside
      aria-label="What this schedule means"
      className="border-line bg-canvas px-5 py-6 roomy:border-l max-roomy:border-t max-wide:px-4"
    >
      <h2 className="mb-2 text-14 font-semibold">Next five runs</h2>
      {cron ? (
        <NextRuns runs={runs} zone={zone} nowMs={nowMs} />
      ) : (
        <p className="text-ink-2">They are shown as soon as the fields are understood.</p>
      )}
      {database !== null && (
        <Load database={database} cron={cron} zone={zone} nowMs={minuteMs} lastBackup={lastBackup} />
      )}
    </aside>
  );
}

function Load({
  database,
  cron,
  zone,
  nowMs,
  lastBackup,
}: {
  database: string;
  cron: CronExpression | null;
  zone: string;
  nowMs: number;
  lastBackup: ScheduleDetail["lastBackup"];
}) {
  const { namespace } = useViewer();
  const isHydrated = useHydrated();
  const hourMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const range = useMemo(() => loadRange(hourMs), [hourMs]);
  const density = useDensity(namespace.slug, database, isHydrated ? range : null);
  const week = useMemo(
    () => (cron ? runsBetween(cron, zone, { afterMs: hourMs, upToMs: hourMs + WEEK_MS, limit: 400 }) : []),
    [cron, zone, hourMs],
  );
  const load = useMemo(() => (density.data ? usualLoad(density.data, zone) : null), [density.data, zone]);
  const took = lastBackup === null ? "" : ` The last backup took ${formatDuration(lastBackup.tookMs)}.`;
  const words = load ? `${loadWords(load, week, zone) ?? ""}${took}`.trim() : "";
  return (
    <section aria-labelledby="load" className="mt-7">
      <h2 id="load" className="mb-2.5 text-14 font-semibold">
        Against the usual load
      </h2>
      {load ? (
        <>
          <LoadChart load={load} runs={week} zone={zone} words={words} />
          <p className="mt-1.5 text-12 text-ink-3">{words}</p>
        </>
      ) : (
        <p className="min-h-10 text-ink-2">{loadAbsence(density.error !== null, density.data !== undefined)}</p>
      )}
    </section>
  );
}

function loadAbsence(hasFailed: boolean, isRead: boolean): string {
  if (hasFailed) return "The database's agent does not answer, so its load is not known now.";
  return isRead ? "Nothing was written in the last four weeks: any hour is as good." : "Reading the last four weeks…";
}
