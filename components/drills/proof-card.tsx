"use client";

import { BadgeCheck, CircleDashed, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { DrillView, ProvenRestore } from "../../lib/client/drill-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { AgoText, MomentText } from "../ui/moment-text.tsx";

/** The newest proof that a restore works, or that there is none; a failed drill since comes first. */
export function ProofCard({
  proven,
  last,
  action,
}: {
  proven: ProvenRestore | null;
  /** The newest drill that came to an end. */
  last: DrillView | null;
  action: ReactNode;
}) {
  const failed = last?.status === "failed" ? last : null;
  return (
    <section
      aria-label="Last proven restore"
      className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-3 border border-line-strong p-5 max-wide:p-4"
    >
      <Sign failed={failed !== null} proven={proven !== null} />
      <div className="min-w-0 flex-1 basis-60">
        <p className="text-20 font-semibold tracking-[-0.02em] text-balance">
          {failed ? "The last drill failed" : proven ? `Back in ${formatDuration(proven.recoveryMs)}` : "Never proven"}
        </p>
        <p className="mt-0.5 text-ink-2">
          {proven ? (
            <>
              {failed ? "Last proven " : "Proven "}
              <AgoText ms={proven.atMs} />: {formatBytes(proven.sizeBytes)} as of{" "}
              <MomentText ms={proven.timeMs} withZone />, restored and checked.
            </>
          ) : failed ? (
            "No restore of this database has been proven so far. What was wrong stands below."
          ) : (
            "Nothing has shown yet that this history restores, or how long that takes."
          )}
        </p>
      </div>
      {action}
    </section>
  );
}

function Sign({ failed, proven }: { failed: boolean; proven: boolean }) {
  const icon = { size: 28, strokeWidth: 1.6, "aria-hidden": true } as const;
  if (failed) return <TriangleAlert {...icon} className="shrink-0 text-danger-text" />;
  return proven ? (
    <BadgeCheck {...icon} className="shrink-0 text-ok-text" />
  ) : (
    <CircleDashed {...icon} className="shrink-0 text-warn-text" />
  );
}
