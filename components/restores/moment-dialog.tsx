"use client";

import type { ReactNode } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatAgo } from "../../lib/client/format-duration.ts";
import { formatClock, formatFullDay, formatZone } from "../../lib/client/format-time.ts";
import { LookFirst } from "../diff/look-first.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { FormDialog, type FormDialogProps } from "../ui/form-dialog.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { RestoreIntent } from "./restore-dialog.tsx";
import { RestoreMoments } from "./restore-moments.tsx";

/** A dialog about one moment of a database: what would come of it on one side, what has to be said on the other. */
export function MomentDialog({
  database,
  intent,
  titled,
  consequence,
  targets,
  error,
  facts,
  children,
  ...dialog
}: Omit<FormDialogProps, "title" | "description" | "wide" | "className" | "aside"> & {
  database: DatabaseView;
  intent: RestoreIntent;
  /** The title, given the moment as the person reads clocks. */
  titled: (clock: string) => string;
  /** What this does to the project, as the last sentence below the title. */
  consequence: string;
  /** The choice of what is written, where there is one. */
  targets: ReactNode;
  error: Error | null;
  /** The other side. */
  facts: ReactNode;
}) {
  const { zone, otherZone } = useZone();
  const nowMs = useNow() ?? Date.now();
  const elsewhere = `, ${formatClock(intent.timeMs, otherZone, "millisecond")} in ${formatZone(otherZone)}`;
  return (
    <FormDialog
      {...dialog}
      wide
      title={titled(`${formatClock(intent.timeMs, zone, "millisecond")} ${formatZone(zone)}`)}
      description={
        <p>
          {formatFullDay(intent.timeMs, zone)}
          {otherZone !== zone && elsewhere}, {formatAgo(intent.timeMs, nowMs)}. {consequence}
        </p>
      }
      aside={!intent.backup && <LookFirst database={database.name} bookmark={intent.bookmark} />}
      className="grid min-h-full grid-cols-[minmax(0,1fr)_336px] max-roomy:grid-cols-1"
    >
      <div className="px-6 py-5 max-wide:px-4">
        {targets}
        <RestoreMoments intent={intent} zone={zone} />
        {children}
        {error && <ErrorNote error={error} className="mt-4" />}
      </div>
      <div className="border-line bg-canvas p-5 max-roomy:border-t max-wide:px-4 roomy:border-l">{facts}</div>
    </FormDialog>
  );
}
