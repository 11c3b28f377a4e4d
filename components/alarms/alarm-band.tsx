"use client";

import { ArrowRight, TriangleAlert } from "lucide-react";
import type { AlarmsView, AlarmView } from "../../lib/client/alarm-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useOpenAlarms } from "../../lib/client/hooks/use-alarms.ts";
import type { AlarmKind } from "../../lib/domain/alarm.ts";
import { useViewer } from "../shell/console-context.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { AgoText } from "../ui/moment-text.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { nextStepOf } from "./alarm-words.ts";

/** So many are named; the rest is a number. */
const NAMED = 3;

/**
 * The alarms that nobody has acknowledged yet, across the whole width: on the first page those of the namespace, on a database's pages its own.
 * Nothing where there is none.
 */
export function AlarmBand({
  databaseId,
  without = null,
  initial,
  className,
}: {
  databaseId?: string;
  /** What the page says already in words of its own. */
  without?: AlarmKind | null;
  initial?: AlarmsView;
  className?: string;
}) {
  const { namespace } = useViewer();
  const { data } = useOpenAlarms(namespace.slug, initial);
  const raised = (data?.alarms ?? []).filter(
    ({ state, kind, database }) =>
      state === "raised" && kind !== without && (databaseId === undefined || database?.id === databaseId),
  );
  if (raised.length === 0) return null;
  const isUrgent = raised.some(({ weight }) => weight === "urgent");
  const more = (databaseId === undefined ? (data?.counts.raised ?? 0) : raised.length) - NAMED;
  return (
    <section
      aria-label="Alarms"
      aria-live="assertive"
      className={joinClasses(
        "border-b px-8 py-3 max-wide:px-4",
        isUrgent ? "border-danger-line bg-danger-soft" : "border-warn-line bg-warn-soft",
        className,
      )}
    >
      <ul className="grid gap-2">
        {raised.slice(0, NAMED).map((alarm) => (
          <BandRow key={alarm.id} alarm={alarm} withName={databaseId === undefined} />
        ))}
      </ul>
      <p className="mt-1.5 pl-[26px]">
        <TextLink href="/alarms">
          {more > 0 ? `${formatCount(more, "more alarm")}, all alarms` : "To the alarms"}
        </TextLink>
      </p>
    </section>
  );
}

function BandRow({ alarm, withName }: { alarm: AlarmView; withName: boolean }) {
  const { title, database, text, remedy, sinceMs, weight } = alarm;
  const next = nextStepOf(alarm);
  return (
    <li className="flex gap-2.5">
      <TriangleAlert
        size={16}
        strokeWidth={1.6}
        aria-hidden
        className={joinClasses("mt-0.5 shrink-0", weight === "urgent" ? "text-danger-text" : "text-warn-text")}
      />
      <div className="min-w-0 flex-1 wrap-anywhere">
        <strong>
          {title}
          {withName && database && `, ${database.name}`}
          {". "}
        </strong>
        {text} <span className="text-ink-2">{remedy}</span>{" "}
        <span className="text-12 whitespace-nowrap text-ink-3">
          <AgoText ms={sinceMs} />
        </span>{" "}
        <TextLink href={next.path} className="whitespace-nowrap">
          {next.words}
          <ArrowRight size={14} strokeWidth={1.6} aria-hidden />
        </TextLink>
      </div>
    </li>
  );
}
