"use client";

import { Trash2 } from "lucide-react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { BackupView } from "../../lib/client/backup-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
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
  const removal = useServerAction(namespace.slug, remove);
  const isWhole = backup.status === "completed";
  const of = { namespace: namespace.slug, database: database.id, backup: backup.id };
  return (
    <ConfirmDialog
      title={`Delete the backup ${backupTitle(backup)}?`}
      description={
        isWhole
          ? "For some days it can be brought back from this list. After that its bytes are gone for good."
          : "Nothing of it was stored; it leaves the list."
      }
      icon={Trash2}
      words="Delete the backup"
      busyWords="Deleting…"
      action={removal}
      onConfirm={() => removal.mutate(of, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>
        The history of {database.name} stays as it is: every moment within its window is restorable without this backup.
      </p>
      {backup.pins.length > 0 && (
        <Note tone="warn" title={`It is pinned as ${backup.pins.map(({ label }) => label).join(", ")}.`}>
          These labels lead nowhere once it is gone.
        </Note>
      )}
    </ConfirmDialog>
  );
}
