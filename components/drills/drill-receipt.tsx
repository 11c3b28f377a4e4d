"use client";

import { Check, Minus, X } from "lucide-react";
import type { ReactNode } from "react";
import type { DrillView } from "../../lib/client/drill-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import type { DrilledMoment } from "../../lib/domain/drill.ts";
import { MomentText } from "../ui/moment-text.tsx";
import { AIM_WORDS, countWords } from "./drill-words.ts";

const MOST_TABLES = 8;

/** What a drill found out, moment by moment. */
export function DrillReceipt({ drill }: { drill: DrillView }) {
  if (drill.moments.length === 0) return <p className="text-ink-3">It ended before it had restored anything.</p>;
  return (
    <div className="grid grid-cols-2 gap-x-8 gap-y-4 max-wide:grid-cols-1">
      {drill.moments.map((moment) => (
        <Moment key={moment.aim} moment={moment} evidenceUntilMs={drill.evidenceUntilMs} />
      ))}
    </div>
  );
}

function Moment({ moment, evidenceUntilMs }: { moment: DrilledMoment; evidenceUntilMs: number | null }) {
  const title = AIM_WORDS[moment.aim];
  return (
    <section aria-label={title} className="min-w-0">
      <h3 className="font-[550] first-letter:uppercase">{title}</h3>
      {moment.timeMs !== null && (
        <p className="text-12 text-ink-3">
          <MomentText ms={moment.timeMs} withZone />
        </p>
      )}
      {moment.error === null ? (
        <>
          <p className="mt-1 text-ink-2">
            {formatBytes(moment.sizeBytes)} back in {formatDuration(moment.recoveryMs)}, {countWords(moment)}
          </p>
          <ul className="mt-1.5 grid gap-1">
            {moment.checks.map(({ check, outcome, text }) => (
              <Finding key={check} outcome={outcome}>
                {text}
              </Finding>
            ))}
            {moment.assertions.map(({ name, holds, found }) => (
              <Finding key={name} outcome={holds ? "passed" : "failed"}>
                {name}
                {!holds && ` (it gave ${found})`}
              </Finding>
            ))}
          </ul>
          <Tables moment={moment} />
          {moment.evidence !== null && evidenceUntilMs !== null && (
            <p className="mt-2 text-12 text-ink-3">
              The throwaway stays until <MomentText ms={evidenceUntilMs} precision="minute" withZone /> in{" "}
              <code className="break-all">{moment.evidence}</code>
            </p>
          )}
        </>
      ) : (
        <ul className="mt-1.5">
          <Finding outcome="failed">
            {moment.error.message} {moment.error.hint}
          </Finding>
        </ul>
      )}
    </section>
  );
}

function Finding({ outcome, children }: { outcome: "passed" | "failed" | "skipped"; children: ReactNode }) {
  const icon = { size: 14, strokeWidth: 1.8, "aria-hidden": true } as const;
  const sign = {
    passed: <Check {...icon} className="mt-[3px] shrink-0 text-ok-text" />,
    failed: <X {...icon} className="mt-[3px] shrink-0 text-danger-text" />,
    skipped: <Minus {...icon} className="mt-[3px] shrink-0 text-ink-3" />,
  }[outcome];
  return (
    <li className="flex gap-2">
      {sign}
      <span className={outcome === "failed" ? "min-w-0 wrap-anywhere text-danger-text" : "min-w-0 wrap-anywhere"}>
        <span className="sr-only">{outcome}: </span>
        {children}
      </span>
    </li>
  );
}

function Tables({ moment }: { moment: DrilledMoment & { error: null } }) {
  if (moment.tables.length === 0) return null;
  const largest = [...moment.tables].sort((a, b) => b.rows - a.rows).slice(0, MOST_TABLES);
  const more = moment.tables.length - largest.length;
  return (
    <dl className="mt-2 grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 text-12 text-ink-2">
      {largest.map(({ name, rows }) => (
        <div key={name} className="contents">
          <dt className="truncate font-mono">{name}</dt>
          <dd className="text-right tabular-nums">{new Intl.NumberFormat("en").format(rows)}</dd>
        </div>
      ))}
      {more > 0 && <dt className="text-ink-3">and {more} more</dt>}
    </dl>
  );
}
