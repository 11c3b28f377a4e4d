"use client";

import { Undo2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatMoment } from "../../lib/client/format-time.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { TextButton } from "../ui/text-link.tsx";
import type { RestoreActions } from "./restore-actions.ts";
import type { RestoreIntent } from "./restore-dialog.tsx";
import { isOpen, restoreHref, restoreLength, restoreTitle } from "./restore-words.ts";
import { UndoButton } from "./undo-button.tsx";

const FIRST = 5;
const RIGHT_AFTER_MS = 10 * 60_000;
/** What wrote the database itself, and so can be undone from its list. */
const WRITES_HERE: readonly RestoreView["target"][] = ["project", "cutover", "rows"];

/** Past restores, newest first. The latest can be undone in one click while it is fresh; an older one shows its plan. */
export function RestoreList({
  restores,
  error,
  zone,
  nowMs,
  undo,
  onPlanUndo,
}: {
  restores: readonly RestoreView[] | undefined;
  /** Why they could not be asked for. */
  error: Error | null;
  zone: string;
  nowMs: number;
  undo: RestoreActions["undo"];
  onPlanUndo: (intent: RestoreIntent) => void;
}) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? restores : restores?.slice(0, FIRST);
  return (
    <section aria-labelledby="restores-title" className="px-6 pt-3 pb-4 max-wide:px-4">
      <div className="mb-1 flex min-h-7 items-center justify-between">
        <h2 id="restores-title" className="text-14 font-semibold">
          Past restores
        </h2>
        {restores && restores.length > FIRST && (
          <TextButton onClick={() => setShowsAll(!showsAll)}>
            {showsAll ? "Fewer" : `All ${restores.length}`}
          </TextButton>
        )}
      </div>
      {error && !restores && <ErrorNote error={error} className="my-2" />}
      {!restores && !error && <Skeleton className="h-12 w-full" />}
      {restores?.length === 0 && (
        <p className="py-2 text-ink-3">
          None yet. A restore keeps the state before it, so each one can be undone from here.
        </p>
      )}
      <ul>
        {shown?.map((restore) => (
          <RestoreRow
            key={restore.id}
            restore={restore}
            isLatest={restore === restores?.[0]}
            zone={zone}
            nowMs={nowMs}
            undo={undo}
            onPlanUndo={onPlanUndo}
          />
        ))}
      </ul>
    </section>
  );
}

function RestoreRow({
  restore,
  isLatest,
  zone,
  nowMs,
  undo,
  onPlanUndo,
}: {
  restore: RestoreView;
  isLatest: boolean;
  zone: string;
  nowMs: number;
  undo: RestoreActions["undo"];
  onPlanUndo: (intent: RestoreIntent) => void;
}) {
  const refusal = useRefusal("approval.request");
  const length = restoreLength(restore);
  const facts = [
    restore.requestedBy,
    length === null ? null : formatDuration(length),
    formatMoment(restore.createdAtMs, zone, nowMs),
  ];
  const canUndo =
    WRITES_HERE.includes(restore.target) &&
    restore.status === "completed" &&
    restore.previous !== null &&
    restore.undoneBy === null;
  const isFresh = isLatest && nowMs - (restore.finishedAtMs ?? 0) < RIGHT_AFTER_MS;
  // Rows are set back as rows, whatever else was written since: there is no plan of a whole database to show.
  const isOneClick = isFresh || restore.target === "rows";
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-2.5 border-b border-line py-1 last:border-b-0">
      <div className="min-w-0 flex-1">
        <Link href={restoreHref(restore)} className="rounded-1 font-[550] underline-offset-3 hover:underline">
          {restoreTitle(restore, zone, nowMs)}
        </Link>
        <p className="truncate text-12 text-ink-3">{facts.filter((fact) => fact !== null).join(" · ")}</p>
      </div>
      {isOpen(restore) && <Chip tone="accent">running</Chip>}
      {restore.status === "failed" && <Chip tone="danger">failed</Chip>}
      {restore.status === "cancelled" && <Chip>cancelled</Chip>}
      {restore.undoneBy !== null && <Chip tone="gap">undone</Chip>}
      {canUndo && isOneClick && <UndoButton restore={restore} undo={undo} tone="secondary" size="small" />}
      {canUndo && !isOneClick && restore.previous && (
        <Button
          size="small"
          blockedBy={refusal}
          title="Shows the plan first"
          onClick={() =>
            restore.previous &&
            onPlanUndo({
              source: { bookmark: restore.previous.bookmark },
              askedMs: null,
              bookmark: restore.previous.bookmark,
              timeMs: restore.previous.timeMs,
              undoOf: restore.id,
            })
          }
        >
          <Undo2 size={14} strokeWidth={1.6} aria-hidden />
          Undo…
        </Button>
      )}
    </li>
  );
}
