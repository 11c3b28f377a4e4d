"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Archive, CircleDashed, Tag, Trash2 } from "lucide-react";
import { useState } from "react";
import { apiClient } from "../../lib/client/api-client.ts";
import type { DatabaseView, SnapshotView } from "../../lib/client/api-types.ts";
import { formatMoment } from "../../lib/client/format-time.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";
import { useViewer, useWriteRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { Skeleton } from "../ui/skeleton.tsx";
import { TextButton } from "../ui/text-link.tsx";
import { type SnapshotAction, SnapshotForm } from "./snapshot-form.tsx";

const FIRST = 6;

/** The labels of a database: choose one's moment, or delete the label and nothing else. */
export function LabelList({
  database,
  labels,
  error,
  chosenId,
  zone,
  nowMs,
  snapshot,
  onChoose,
}: {
  database: DatabaseView;
  labels: readonly SnapshotView[] | undefined;
  /** Why they could not be asked for. */
  error: Error | null;
  chosenId: string | null;
  zone: string;
  nowMs: number;
  snapshot: SnapshotAction;
  onChoose: (label: SnapshotView) => void;
}) {
  const [toDelete, setToDelete] = useState<SnapshotView | null>(null);
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? labels : labels?.slice(0, FIRST);
  return (
    <section aria-labelledby="labels-title" className="px-6 pt-3 pb-4 max-wide:px-4">
      <div className="mb-1 flex flex-wrap items-start justify-between gap-2">
        <h2 id="labels-title" className="text-14/7 font-semibold">
          Labels
          {labels && labels.length > FIRST && (
            <TextButton onClick={() => setShowsAll(!showsAll)} className="ml-3 text-13">
              {showsAll ? "Fewer" : `All ${labels.length}`}
            </TextButton>
          )}
        </h2>
        <SnapshotForm database={database} snapshot={snapshot} />
      </div>
      {error && !labels && <ErrorNote error={error} className="my-2" />}
      {!labels && !error && <Skeleton className="h-9 w-full" />}
      {labels?.length === 0 && (
        <p className="py-2 text-ink-3">
          None yet. Pin one before anything risky: a label finds the moment again, the moment is kept either way.
        </p>
      )}
      <ul>
        {shown?.map((label) => (
          <LabelRow
            key={label.id}
            label={label}
            database={database}
            isChosen={label.id === chosenId}
            when={formatMoment(label.timeMs ?? label.createdAtMs, zone, nowMs)}
            onChoose={() => onChoose(label)}
            onDelete={() => setToDelete(label)}
          />
        ))}
      </ul>
      {toDelete && <DeleteLabelDialog database={database.name} label={toDelete} onClose={() => setToDelete(null)} />}
    </section>
  );
}

function LabelRow({
  label,
  database,
  isChosen,
  when,
  onChoose,
  onDelete,
}: {
  label: SnapshotView;
  database: DatabaseView;
  isChosen: boolean;
  when: string;
  onChoose: () => void;
  onDelete: () => void;
}) {
  const refusal = useWriteRefusal("restore-point.delete", database);
  const Icon = !label.recoverable ? CircleDashed : label.kind === "backup" ? Archive : Tag;
  return (
    <li className="group flex min-h-9 items-center gap-2.5 border-b border-line last:border-b-0 max-wide:min-h-12">
      <Icon
        size={14}
        strokeWidth={1.6}
        aria-hidden
        className={isChosen ? "shrink-0 text-accent" : "shrink-0 text-ink-3"}
      />
      {label.recoverable ? (
        <button
          type="button"
          onClick={onChoose}
          aria-pressed={isChosen}
          title={label.createdBy ? `by ${label.createdBy}` : undefined}
          className={joinClasses(
            "min-w-0 flex-1 truncate rounded-1 text-left font-[550] underline-offset-3 hover:underline",
            isChosen && "text-accent",
          )}
        >
          {label.label}
        </button>
      ) : (
        <span className="flex min-w-0 flex-1 items-center gap-2 text-ink-3">
          <span className="truncate">{label.label}</span>
          <Chip tone="gap">{label.kind === "backup" ? "its backup is gone" : "out of the window"}</Chip>
        </span>
      )}
      <time className={label.recoverable ? "text-ink-2" : "text-ink-3"}>{when}</time>
      <Button
        tone="quiet"
        size="smallIcon"
        blockedBy={refusal}
        aria-label={`Delete the label ${label.label}`}
        onClick={onDelete}
        className="-mr-1.5"
      >
        <Trash2 size={14} strokeWidth={1.6} aria-hidden />
      </Button>
    </li>
  );
}

function DeleteLabelDialog({
  database,
  label,
  onClose,
}: {
  database: string;
  label: SnapshotView;
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const queryClient = useQueryClient();
  const removal = useMutation({
    mutationFn: () => apiClient.deleteSnapshot(namespace.slug, database, label.id),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: queryKeys.snapshots(namespace.slug, database) });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete the label ${label.label}?`}
      description={
        label.kind === "backup"
          ? "Only the label goes. Its backup stays, and retention no longer keeps it for the label's sake."
          : "Only the label goes. The moment stays restorable for as long as it is within the window."
      }
      footer={
        <>
          <span className="flex-1" />
          <Button tone="quiet" onClick={onClose}>
            Keep it
          </Button>
          <Button tone="secondary" disabled={removal.isPending} onClick={() => removal.mutate()}>
            Delete the label
          </Button>
        </>
      }
    >
      {removal.error && <ErrorNote error={removal.error} className="m-6 mb-4" />}
    </Dialog>
  );
}
