"use client";

import { RotateCcw } from "lucide-react";
import { useId, useState } from "react";
import type { DeletedDatabaseView } from "../../lib/client/api-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import type { DeletionActions } from "./deletion-actions.ts";

/** What bringing a database back does, and another name where its own is taken. */
export function BringBackDialog({
  database,
  bringBack,
  onClose,
}: {
  database: DeletedDatabaseView;
  bringBack: DeletionActions["bringDatabaseBack"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const formId = useId();
  const [name, setName] = useState(database.isNameTaken ? `${database.name}-restored` : database.name);
  const revival = useActionThenGo(namespace.slug, bringBack, (view) => `/databases/${encodeURIComponent(view.name)}`);
  const isTaken = revival.error?.details.field === "name" ? revival.error.message : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !revival.isPending && onClose()}
      title={`Bring ${database.name} back`}
      description="With its whole history: every moment that was restorable still is, and it is captured again."
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={revival.isPending} className="max-wide:flex-1">
            Close
          </Button>
          <Button
            tone="primary"
            type="submit"
            form={formId}
            disabled={name.trim() === "" || revival.isPending}
            className="max-wide:flex-1"
          >
            <RotateCcw size={16} strokeWidth={1.6} aria-hidden />
            {revival.isPending ? "Bringing back…" : "Bring back"}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="grid gap-4 px-6 py-5 text-14 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (revival.isPending) return;
          const other = name.trim();
          revival.mutate({
            namespace: namespace.slug,
            databaseId: database.id,
            ...(other !== database.name && { name: other }),
          });
        }}
      >
        <p>
          {database.origin === "hosted"
            ? "It is as it was when it was deleted, so nothing is missing. It answers queries again in a moment."
            : "What was written to it since then was not captured. It comes into the history as one step, shown as a gap."}
        </p>
        <Field
          label="Name"
          hint={database.isNameTaken ? `There is another database ${database.name} by now.` : undefined}
          error={isTaken}
        >
          {(control) => (
            <TextInput
              {...control}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        {revival.error && <ErrorNote error={revival.error} />}
      </form>
    </Dialog>
  );
}
