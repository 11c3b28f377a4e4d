"use client";

import { Trash2 } from "lucide-react";
import { useId, useState } from "react";
import type { ActionResult, DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { useNow } from "../ui/use-now.ts";

const DAY_MS = 86_400_000;

export type RemoveDatabaseAction = (input: {
  namespace: string;
  database: string;
  confirmName: string;
}) => Promise<ActionResult<null>>;

/** Ends a database's protection, its name typed to confirm. */
export function DeleteDatabaseDialog({
  database,
  graceDays,
  remove,
  onClose,
}: {
  database: DatabaseView;
  graceDays: number;
  remove: RemoveDatabaseAction;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const formId = useId();
  const removal = useActionThenGo(database.namespace, remove, () => "/databases");
  const nowMs = useNow() ?? Date.now();
  const hosted = database.origin === "hosted";
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !removal.isPending && onClose()}
      title={`Delete ${database.name}?`}
      description={
        hosted
          ? "It stops answering at once, and its name is free again."
          : "Lastgood stops capturing it. The file itself is left alone, and the program that writes it notices nothing."
      }
      footer={
        <>
          <span className="flex-1" />
          <Button tone="quiet" onClick={onClose} disabled={removal.isPending}>
            Keep it
          </Button>
          <Button tone="danger" type="submit" form={formId} disabled={name !== database.name || removal.isPending}>
            <Trash2 size={16} strokeWidth={1.6} aria-hidden />
            {removal.isPending ? "Deleting…" : `Delete ${database.name}`}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="grid gap-4 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (name !== database.name) return;
          removal.mutate({ namespace: database.namespace, database: database.name, confirmName: name });
        }}
      >
        <p className="text-14">
          {hosted ? "Its file and its history are" : "Its history is"} kept for {formatCount(graceDays, "day")}, until{" "}
          <MomentText ms={nowMs + graceDays * DAY_MS} precision="minute" withZone />. Until then you can bring it back
          under Deleted; after that {hosted ? "both are" : "the history is"} gone for good.
        </p>
        {!hosted && <p className="text-14">Nothing that is written from now on can be restored.</p>}
        <Field
          label={
            <>
              Type <code>{database.name}</code> to confirm
            </>
          }
        >
          {(control) => (
            <TextInput
              {...control}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              className="font-mono text-12"
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        {removal.error && <ErrorNote error={removal.error} />}
      </form>
    </Dialog>
  );
}
