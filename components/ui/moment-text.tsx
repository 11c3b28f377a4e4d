"use client";

import { formatAgo } from "../../lib/client/format-duration.ts";
import { formatInstant, formatMoment, formatZone, type Precision } from "../../lib/client/format-time.ts";
import { useNow } from "./use-now.ts";
import { useZone } from "./use-zone.ts";

/** A moment in the chosen zone, the whole of it on hover. Its zone is written where `withZone` asks for it. */
export function MomentText({
  ms,
  precision = "second",
  withZone = false,
  className,
}: {
  ms: number;
  precision?: Precision;
  withZone?: boolean;
  className?: string;
}) {
  const now = useNow();
  const { zone } = useZone();
  return (
    <time dateTime={formatInstant(ms)} title={formatInstant(ms)} className={className}>
      {formatMoment(ms, zone, now ?? ms, precision)}
      {withZone && ` ${formatZone(zone)}`}
    </time>
  );
}

/** How long ago a moment was, counting on. */
export function AgoText({ ms, className }: { ms: number; className?: string }) {
  const now = useNow();
  return <span className={className}>{now === null ? "…" : formatAgo(ms, now)}</span>;
}
