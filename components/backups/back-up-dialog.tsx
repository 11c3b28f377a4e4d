"use client";

import { Archive } from "lucide-react";
import { useId, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { BackupKind } from "../../lib/client/backup-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ChoiceCard } from "../ui/choice-card.tsx";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import type { BackupActions } from "./backup-actions.ts";

const KINDS: readonly { kind: BackupKind; title: string; words: string }[] = [
  {
    kind: "physical",
    title: "Backup",
    words: "The whole database, compressed. Restores to the last byte and downloads as a database file.",
  },
  {
    kind: "portable",
    title: "Portable document",
    words: "All rows as one JSON document, to hand over or read elsewhere.",
  },
];

/** A backup of the database as it is when it begins. */
export function BackUpDialog({
  database,
  start,
  onClose,
}: {
  database: DatabaseView;
  start: BackupActions["start"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const formId = useId();
  const radios = useId();
  const [label, setLabel] = useState("");
  const [kind, setKind] = useState<BackupKind>("physical");
  const starting = useServerAction(namespace.slug, start);
  const isBusy = starting.isPending;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title={`Back up ${database.name}`}
      description="As it is now, to the last commit. Its programs go on and notice nothing."
      footer={
        <ConfirmFooter
          form={formId}
          closeWords="Close, nothing starts"
          onClose={onClose}
          tone="primary"
          icon={Archive}
          words="Back up now"
          busyWords="Starting…"
          isBusy={isBusy}
          canStart
        />
      }
    >
      <form
        id={formId}
        className="grid gap-4 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isBusy) return;
          const text = label.trim();
          starting.mutate(
            { namespace: namespace.slug, database: database.id, kind, ...(text !== "" && { label: text }) },
            { onSuccess: onClose },
          );
        }}
      >
        <Field label="Label" remark="may be left out" hint="What you would look for in half a year.">
          {(control) => (
            <TextInput
              {...control}
              autoComplete="off"
              maxLength={80}
              placeholder="before-the-big-migration"
              value={label}
              onChange={(event) => setLabel(event.currentTarget.value)}
            />
          )}
        </Field>
        <fieldset className="grid gap-2">
          <legend className="mb-2 text-13 font-[550]">What it makes</legend>
          {KINDS.map((one) => (
            <ChoiceCard
              key={one.kind}
              name={radios}
              checked={kind === one.kind}
              title={one.title}
              onChoose={() => setKind(one.kind)}
            >
              <span className="block text-12">{one.words}</span>
            </ChoiceCard>
          ))}
        </fieldset>
        {starting.error && <ErrorNote error={starting.error} />}
      </form>
    </Dialog>
  );
}
