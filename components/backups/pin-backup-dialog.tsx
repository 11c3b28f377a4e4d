"use client";

import { Pin } from "lucide-react";
import { useId, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { BackupView } from "../../lib/client/backup-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import type { BackupActions } from "./backup-actions.ts";
import { backupTitle } from "./backup-words.ts";

/** A label on a backup, which retention then keeps. */
export function PinBackupDialog({
  database,
  backup,
  pin,
  onClose,
}: {
  database: DatabaseView;
  backup: BackupView;
  pin: BackupActions["pin"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const formId = useId();
  const [label, setLabel] = useState(backup.label ?? "");
  const pinning = useServerAction(namespace.slug, pin);
  const text = label.trim();
  const canPin = text !== "" && backup.key !== null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !pinning.isPending && onClose()}
      title={`Pin ${backupTitle(backup)}`}
      description="It becomes a restore point. Retention keeps the backup for as long as the label is there."
      footer={
        <ConfirmFooter
          form={formId}
          needs={[{ what: "label", met: text !== "" }]}
          closeWords="Leave it so"
          onClose={onClose}
          tone="primary"
          icon={Pin}
          words="Pin it"
          busyWords="Pinning…"
          isBusy={pinning.isPending}
          canStart={canPin}
        />
      }
    >
      <form
        id={formId}
        className="px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!canPin || pinning.isPending || backup.key === null) return;
          const of = { namespace: namespace.slug, database: database.id };
          pinning.mutate({ ...of, label: text, backupKey: backup.key }, { onSuccess: onClose });
        }}
      >
        <Field label="Label">
          {(control) => (
            <TextInput
              {...control}
              autoComplete="off"
              maxLength={80}
              placeholder="quarter-close"
              value={label}
              onChange={(event) => setLabel(event.currentTarget.value)}
            />
          )}
        </Field>
        {pinning.error && <ErrorNote error={pinning.error} className="mt-4" />}
      </form>
    </Dialog>
  );
}
