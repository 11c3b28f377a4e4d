"use client";

import { formatAgo } from "../../lib/client/format-duration.ts";
import { formatDay, formatMoment, formatZone } from "../../lib/client/format-time.ts";
import type { ResolvedMoment } from "../../lib/domain/moment.ts";
import { Button } from "../ui/button.tsx";
import { LookButton } from "./moment-actions.tsx";

/** The moment and what can be done with it, always within a thumb's reach. */
export function PhoneMomentBar({
  isNow,
  resolved,
  zone,
  nowMs,
  mustAsk,
  block,
  lookHref,
  onRestore,
}: {
  isNow: boolean;
  resolved: ResolvedMoment | null;
  zone: string;
  nowMs: number;
  /** Whether others must allow it first. */
  mustAsk: boolean;
  block: string | null;
  lookHref: string | null;
  onRestore: () => void;
}) {
  const when = resolved && `${formatMoment(resolved.timeMs, zone, nowMs, "millisecond")} ${formatZone(zone)}`;
  return (
    <section
      aria-label="Chosen moment"
      className="fixed inset-x-0 bottom-[calc(60px+env(safe-area-inset-bottom))] z-20 grid gap-2 border-t border-line-strong bg-surface px-4 py-2.5 wide:hidden"
    >
      <p className="flex items-baseline justify-between gap-2">
        <strong className="font-mono text-13">{isNow ? "now" : (when ?? "…")}</strong>
        {resolved && (
          <span className="text-12 text-ink-3">
            {formatDay(resolved.timeMs, zone, nowMs)}, {formatAgo(resolved.timeMs, nowMs)}
          </span>
        )}
      </p>
      <div className="grid grid-cols-2 gap-2">
        <LookButton href={lookHref} block={lookHref === null ? block : null} words="Look" />
        <Button tone={mustAsk ? "secondary" : "risk"} blockedBy={block} onClick={onRestore}>
          {mustAsk ? "Request a restore…" : "Restore…"}
        </Button>
      </div>
    </section>
  );
}
