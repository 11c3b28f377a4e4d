"use client";

import { ChevronRight, Unplug } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { lossWords, proofWords } from "../../lib/client/exposure-words.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatAgo } from "../../lib/client/format-duration.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { useWindow } from "../../lib/client/hooks/use-history.ts";
import type { Exposure } from "../../lib/domain/exposure.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { Button } from "../ui/button.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { StatusDot } from "../ui/status-dot.tsx";
import { useZone } from "../ui/use-zone.ts";
import { DatabaseSparkline } from "./database-sparkline.tsx";
import { type DatabaseStatus, hasHistory, isAlarm, readStatus } from "./database-status.ts";
import { engineName } from "./engine-name.ts";

/** One database in a list. Where something is wrong the row is an alarm band with cause and remedy. */
export function DatabaseRow({
  database,
  exposure,
  nowMs,
}: {
  database: DatabaseView;
  /** Null: it is a preview, or not measured yet. */
  exposure: Exposure | null;
  nowMs: number;
}) {
  const status = readStatus(database);
  if (!isAlarm(status)) return <Row database={database} exposure={exposure} status={status} nowMs={nowMs} />;
  return (
    <li className="relative col-span-full -mx-8 -mt-px grid grid-cols-subgrid border-y border-danger-line bg-danger-soft px-8 max-wide:-mx-4 max-wide:block max-wide:px-4">
      <Row database={database} exposure={exposure} status={status} nowMs={nowMs} as="div" />
      {status.problem && (
        <div className="col-span-full flex flex-wrap items-center gap-x-3 gap-y-2 pb-3 pl-5">
          <Unplug size={16} strokeWidth={1.6} aria-hidden className="shrink-0 text-danger-text max-wide:hidden" />
          <p className="min-w-0 flex-1 text-ink-2 max-wide:basis-full">
            <strong className="text-ink">{status.problem.cause}</strong> {status.problem.remedy}
          </p>
          <Button asChild size="small" className="max-wide:flex-1">
            <Link href={`/databases/${encodeURIComponent(database.name)}`}>Look at {database.name}</Link>
          </Button>
        </div>
      )}
    </li>
  );
}

type RowProps = {
  database: DatabaseView;
  exposure: Exposure | null;
  status: DatabaseStatus;
  nowMs: number;
  as?: "li" | "div";
};

/** Asks for the window where there can be one. */
function Row(props: RowProps) {
  return hasHistory(props.database) ? <RowWithWindow {...props} /> : <PlainRow {...props} window={undefined} />;
}

function RowWithWindow(props: RowProps) {
  const window = useWindow(props.database.namespace, props.database.name);
  return <PlainRow {...props} window={window.data} />;
}

function PlainRow({
  database,
  exposure,
  status,
  nowMs,
  window,
  as: Element = "li",
}: RowProps & { window: RecoveryWindow | undefined }) {
  const { zone } = useZone();
  const last = database.capture?.last ?? window?.newest ?? null;
  const alarming = isAlarm(status);
  const lost = lossOf(database, exposure, nowMs);
  const proof = exposure && proofWords(exposure.proof, nowMs);
  const gaps = window?.gaps.length ?? 0;
  const href = `/databases/${encodeURIComponent(database.name)}/backups`;
  return (
    <Element
      className={joinClasses(
        "group relative col-span-full grid min-h-12 grid-cols-subgrid items-center transition-colors duration-(--fast)",
        "max-wide:grid max-wide:min-h-[60px] max-wide:grid-cols-[1fr_auto] max-wide:gap-x-3 max-wide:py-2.5",
        alarming
          ? "[&_small]:text-ink-2"
          : "border-b border-line hover:bg-hover hover:before:absolute hover:before:inset-y-0 hover:before:-left-8 hover:before:w-8 hover:before:bg-hover hover:after:absolute hover:after:inset-y-0 hover:after:-right-8 hover:after:w-8 hover:after:bg-hover max-wide:hover:before:hidden max-wide:hover:after:hidden",
      )}
    >
      <div className="flex min-w-0 items-center gap-3">
        <StatusDot tone={status.tone} words={status.words} />
        <div className="min-w-0">
          <Link href={href} className="block truncate rounded-1 leading-[18px] font-[550] after:absolute after:inset-0">
            {database.name}
          </Link>
          <small className="block truncate text-12 text-ink-3 max-wide:hidden">
            {engineName(database)} · {database.origin} · {database.region}
          </small>
          <small className={joinClasses("text-12 wide:hidden", alarming ? "text-danger-text!" : "text-ink-3")}>
            {last ? formatAgo(last.timeMs, nowMs) : status.words} ·{" "}
            <strong className={lost.isBad ? "text-danger-text" : undefined}>{lost.short}</strong>
          </small>
        </div>
      </div>
      <div className="pointer-events-none">
        {hasHistory(database) && <DatabaseSparkline database={database} window={window} nowMs={nowMs} />}
      </div>
      <Cell
        main={last ? formatAgo(last.timeMs, nowMs) : status.words}
        sub={last ? `${formatMoment(last.timeMs, zone, nowMs)} ${formatZone(zone)}` : ""}
        alarm={alarming}
      />
      <Cell
        main={`${database.windowDays} d`}
        sub={
          status.kind === "unprotected"
            ? window?.newest
              ? "open gap"
              : ""
            : gaps === 0
              ? ""
              : formatCount(gaps, "past gap")
        }
      />
      <Cell main={lost.words} sub={lost.remark} alarm={alarming || lost.isBad} strong />
      <div className="max-roomy:hidden">
        <Cell
          main={<span className={proofColour(exposure)}>{proof?.words ?? ""}</span>}
          sub={proof?.remark ?? ""}
          alarm={false}
        />
      </div>
      <ChevronRight size={16} strokeWidth={1.6} aria-hidden className="justify-self-end text-ink-3 max-wide:hidden" />
    </Element>
  );
}

function Cell({
  main,
  sub,
  alarm = false,
  strong = false,
}: {
  main: ReactNode;
  sub: string;
  alarm?: boolean;
  strong?: boolean;
}) {
  return (
    <div
      className={joinClasses(
        "leading-[18px] whitespace-nowrap max-wide:hidden",
        (strong || alarm) && "font-[550]",
        alarm && "text-danger-text",
      )}
    >
      {main}
      <small className="block min-h-4 truncate text-12 font-normal text-ink-3">{sub}</small>
    </div>
  );
}

/** What would be lost, for the row; `short` has it for a narrow one. */
function lossOf(database: DatabaseView, exposure: Exposure | null, nowMs: number) {
  if (!exposure) {
    const words = database.kind === "preview" ? "not counted" : "";
    return { words, remark: "", short: words, isBad: false };
  }
  const { lost } = exposure;
  const isBad = lost.kind === "everything" || lost.andUncaptured;
  const { words, remark } = lossWords(lost, nowMs);
  return { words, remark, short: `loses ${words}`, isBad };
}

function proofColour(exposure: Exposure | null): string | undefined {
  const state = exposure?.proof.state;
  if (state === "failed") return "font-[550] text-danger-text";
  return state === "overdue" ? "font-[550] text-warn-text" : undefined;
}
