"use client";

import { Trash2 } from "lucide-react";
import type { ScheduleView } from "../../lib/client/schedule-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import type { ScheduleActions } from "./schedule-actions.ts";
import { keptWords, whenWords } from "./schedule-words.ts";

/** The end of a schedule; its backups stay. */
export function DeleteScheduleDialog({
  schedule,
  remove,
  onClose,
}: {
  schedule: ScheduleView;
  remove: ScheduleActions["remove"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const removal = useActionThenGo(namespace.slug, remove, () => "/schedules");
  const isBusy = removal.isPending || removal.isSuccess;
  const of = { namespace: namespace.slug, database: schedule.database.id, schedule: schedule.id };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title={`Delete ${schedule.name}?`}
      description={`${schedule.database.name} is no longer backed up by it. Its backups stay for as long as they would have.`}
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={isBusy} className="max-wide:flex-1">
            Keep it
          </Button>
          <Button tone="danger" onClick={() => removal.mutate(of)} disabled={isBusy} className="max-wide:flex-1">
            <Trash2 size={16} strokeWidth={1.6} aria-hidden />
            {isBusy ? "Deleting…" : "Delete the schedule"}
          </Button>
        </>
      }
    >
      <div className="grid gap-4 px-6 py-5 text-14 max-wide:px-4">
        <p>
          {whenWords(schedule)} Kept: {keptWords(schedule)}. To stop it for a while, pause it instead.
        </p>
        {removal.error && <ErrorNote error={removal.error} />}
      </div>
    </Dialog>
  );
}
