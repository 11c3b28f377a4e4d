"use client";

import { formatCount } from "../../lib/client/format-count.ts";
import { formatDifference } from "../../lib/client/format-duration.ts";
import { formatClock, formatDay, formatZone, isSameDay } from "../../lib/client/format-time.ts";
import type { ResolvedMoment } from "../../lib/domain/moment.ts";
import { Skeleton } from "../ui/skeleton.tsx";
import { BookmarkText } from "./bookmark-text.tsx";

/** The commit that the chosen moment resolves to; a skeleton while it is being found out. */
export function ResolvedMomentFacts({
  resolved,
  askedMs,
  isNow,
  commitsAfter,
  zone,
  otherZone,
  nowMs,
}: {
  resolved: ResolvedMoment | null;
  /** What was asked for; null where a commit itself was chosen. */
  askedMs: number | null;
  isNow: boolean;
  commitsAfter: number | null;
  zone: string;
  otherZone: string;
  nowMs: number;
}) {
  if (!resolved) {
    return (
      <div className="px-3 pt-2.5 pb-2" aria-busy>
        <p className="text-12 text-ink-2">Resolving…</p>
        <Skeleton className="my-1 h-6 w-40" />
        <Skeleton className="mt-2 h-3 w-full" />
        <Skeleton className="mt-2 h-3 w-3/4" />
      </div>
    );
  }
  const isToday = isSameDay(resolved.timeMs, nowMs, zone);
  const apartMs = askedMs === null ? 0 : askedMs - resolved.timeMs;
  return (
    <div className="px-3 pt-2.5 pb-2">
      <p className="text-12 text-ink-2">
        {isNow ? "The newest commit is of" : askedMs === null ? "Exactly the commit at" : "Resolves to the commit at"}
      </p>
      <p className="flex flex-wrap items-baseline gap-x-1.5 font-mono text-20 font-[550] tracking-[-0.03em]">
        {!isToday && <span className="text-16">{formatDay(resolved.timeMs, zone, nowMs)}</span>}
        {formatClock(resolved.timeMs, zone, "millisecond")}
        <span className="font-sans text-12 font-normal tracking-normal text-ink-3">{formatZone(zone)}</span>
      </p>
      <p className="mb-2 text-12 text-ink-2">
        {isNow ? (
          "follows what is written"
        ) : askedMs === null ? (
          "a commit itself, nothing to resolve"
        ) : apartMs === 0 ? (
          "to the millisecond the moment you asked for"
        ) : (
          <>
            <strong className="text-ink">{formatDifference(apartMs)} before</strong> the moment you asked for
          </>
        )}
      </p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-[3px] text-12 [&_dd]:text-right [&_dt]:text-ink-3">
        <dt>Bookmark</dt>
        <dd>
          <BookmarkText bookmark={resolved.bookmark} />
        </dd>
        {otherZone !== zone && (
          <>
            <dt>In {formatZone(otherZone)}</dt>
            <dd>
              <time>{formatClock(resolved.timeMs, otherZone, "millisecond")}</time>
            </dd>
          </>
        )}
        {resolved.pages > 0 && (
          <>
            <dt>Commit wrote</dt>
            <dd>{formatCount(resolved.pages, "page")}</dd>
          </>
        )}
        {commitsAfter !== null && (
          <>
            <dt>After it</dt>
            <dd>{formatCount(commitsAfter, "commit")}</dd>
          </>
        )}
      </dl>
    </div>
  );
}
