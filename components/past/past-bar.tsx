"use client";

import { ChevronLeft, ChevronRight, CopyPlus, Eye, History } from "lucide-react";
import Link from "next/link";
import { formatAgo } from "../../lib/client/format-duration.ts";
import { formatClock, formatFullDay, formatInstant, formatOffset, formatZone } from "../../lib/client/format-time.ts";
import type { ResolvedMoment } from "../../lib/domain/moment.ts";
import { Button } from "../ui/button.tsx";
import { useZone } from "../ui/use-zone.ts";

/** Says that this is the past, which moment of it, and what can be done with it. */
export function PastBar({
  moment,
  nowMs,
  nowHref,
  mustAsk,
  blocks,
  onStep,
  onPreview,
  onRestore,
}: {
  moment: ResolvedMoment | null;
  nowMs: number;
  nowHref: string;
  /** Whether a restore takes others to allow it. */
  mustAsk: boolean;
  /** Why something cannot be done now; null where it can. */
  blocks: { before: string | null; after: string | null; preview: string | null; restore: string | null };
  onStep: (direction: "before" | "after") => void;
  onPreview: () => void;
  onRestore: () => void;
}) {
  return (
    <section
      aria-label="The moment you look at"
      className="z-10 grid min-h-[50px] shrink-0 grid-cols-[1fr_auto_1fr] items-center gap-x-4 gap-y-2 border-b border-accent-line bg-accent-soft px-6 py-1.5 max-roomy:grid-cols-[1fr_auto] max-wide:sticky max-wide:top-[52px] max-wide:grid-cols-1 max-wide:px-4 max-wide:py-2.5"
    >
      <p className="flex items-center gap-3 max-roomy:col-span-full">
        <Eye size={16} strokeWidth={1.6} aria-hidden className="shrink-0 text-accent" />
        <span>
          <strong className="font-semibold">You are looking at the past.</strong>{" "}
          <span className="text-ink-2">Read-only, nothing is restored.</span>
        </span>
      </p>
      <div className="flex items-center gap-3.5 max-wide:justify-between">
        <Button
          size="smallIcon"
          aria-label="One commit back"
          blockedBy={moment ? blocks.before : "The moment is still being resolved."}
          onClick={() => onStep("before")}
        >
          <ChevronLeft size={16} strokeWidth={1.6} aria-hidden />
        </Button>
        <MomentWords moment={moment} nowMs={nowMs} />
        <Button
          size="smallIcon"
          aria-label="One commit on"
          blockedBy={moment ? blocks.after : "The moment is still being resolved."}
          onClick={() => onStep("after")}
        >
          <ChevronRight size={16} strokeWidth={1.6} aria-hidden />
        </Button>
      </div>
      <div className="flex items-center justify-end gap-2 max-wide:grid max-wide:grid-cols-3">
        <Button size="small" blockedBy={blocks.preview} onClick={onPreview}>
          <CopyPlus size={14} strokeWidth={1.6} aria-hidden />
          Preview…
        </Button>
        <Button size="small" tone={mustAsk ? "secondary" : "risk"} blockedBy={blocks.restore} onClick={onRestore}>
          <History size={14} strokeWidth={1.6} aria-hidden />
          {mustAsk ? "Request…" : "Restore…"}
        </Button>
        <Button size="small" tone="quiet" asChild>
          <Link href={nowHref}>Back to now</Link>
        </Button>
      </div>
    </section>
  );
}

/** The moment in the chosen zone, in the other one, and how long ago it was. */
function MomentWords({ moment, nowMs }: { moment: ResolvedMoment | null; nowMs: number }) {
  const { zone, otherZone } = useZone();
  if (!moment) return <p className="text-center text-12 text-ink-2">Resolving…</p>;
  const { timeMs } = moment;
  return (
    <p className="text-center leading-[18px]" aria-live="polite">
      <time dateTime={formatInstant(timeMs)} title={moment.bookmark} className="text-13 font-semibold">
        {formatClock(timeMs, zone, "millisecond")} {formatZone(zone)}
      </time>
      <span className="block text-12 text-ink-2">
        {formatFullDay(timeMs, zone)}
        {otherZone !== zone && `, ${formatClock(timeMs, otherZone)} ${otherWords(timeMs, otherZone)}`},{" "}
        {formatAgo(timeMs, nowMs)}
      </span>
    </p>
  );
}

const otherWords = (ms: number, zone: string) =>
  zone === "UTC" ? "UTC" : `${formatZone(zone)} (${formatOffset(ms, zone)})`;
