"use client";

import { Trash2 } from "lucide-react";
import { useId } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { BackupView } from "../../lib/client/backup-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import type { BackupActions } from "./backup-actions.ts";
import { backupTitle } from "./backup-words.ts";

/** The end of a backup, with a grace period. */
export function DeleteBackupDialog({
  database,
  backup,
  remove,
  onClose,
}: {
  database: DatabaseView;
  backup: BackupView;
  remove: BackupActions["remove"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const formId = useId();
  const removal = useServerAction(namespace.slug, remove);
  const isWhole = backup.status === "completed";
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !removal.isPending && onClose()}
      title={`Delete the backup ${backupTitle(backup)}?`}
      description={
        isWhole
          ? "For some days it can be brought back from this list. After that its bytes are gone for good."
          : "Nothing of it was stored; it leaves the list."
      }
      footer={
        <ConfirmFooter
          form={formId}
          closeWords="Keep it"
          onClose={onClose}
          tone="danger"
          icon={Trash2}
          words="Delete the backup"
          busyWords="Deleting…"
          isBusy={removal.isPending}
          canStart
        />
      }
    >
      <form
        id={formId}
        className="grid gap-4 px-6 py-5 text-14 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (removal.isPending) return;
          const of = { namespace: namespace.slug, database: database.id };
          removal.mutate({ ...of, backup: backup.id }, { onSuccess: onClose });
        }}
      >
        <p>
          The history of {database.name} stays as it is: every moment within its window is restorable without this
          backup.
        </p>
        {backup.pins.length > 0 && (
          <Note tone="warn" title={`It is pinned as ${backup.pins.map(({ label }) => label).join(", ")}.`}>
            These labels lead nowhere once it is gone.
          </Note>
        )}
        {removal.error && <ErrorNote error={removal.error} />}
      </form>
    </Dialog>
  );
}
