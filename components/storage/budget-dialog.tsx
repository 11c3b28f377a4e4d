"use client";

import { HardDrive } from "lucide-react";
import { useState } from "react";
import type { DiskBudgetView } from "../../lib/client/disk-budget-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import type { StoreActions } from "./store-actions.ts";

const GB = 1e9;
const FIELDS = [
  {
    name: "budget",
    label: "Budget",
    remark: "GB, empty for none",
    hint: "What history, backups on this disk and all else of Lastgood's may take.",
  },
  {
    name: "floor",
    label: "Floor",
    remark: "GB, empty for the usual",
    hint: "What stays free on the disk. At the floor capture stops, never the application.",
  },
  { name: "days", label: "Days that stay", remark: "empty for 1", hint: "History younger than this never gives way." },
] as const;
type Draft = Record<(typeof FIELDS)[number]["name"], string>;

/** How much of its disk an agent may take. Closing the dialog saves nothing. */
export function BudgetDialog({
  budget,
  save,
  onClose,
}: {
  budget: DiskBudgetView;
  save: StoreActions["saveDiskBudget"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const { set } = budget;
  const [draft, setDraft] = useState<Draft>({
    budget: set.budgetBytes === null ? "" : String(set.budgetBytes / GB),
    floor: set.floorBytes === null ? "" : String(set.floorBytes / GB),
    days: set.leastDays === null ? "" : String(set.leastDays),
  });
  const saving = useServerAction(namespace.slug, save);
  const wrong = (name: keyof Draft) => wrongIn(name, draft[name].trim());
  const canStart = FIELDS.every(({ name }) => wrong(name) === null);
  return (
    <FormDialog
      title="Room on the agent's disk"
      description="When it runs out, things give way in a fixed order, never the application and never a backup."
      closeWords="Close, nothing is saved"
      tone="primary"
      icon={HardDrive}
      words="Save"
      busyWords="Saving…"
      canStart={canStart}
      isBusy={saving.isPending}
      onSubmit={() =>
        saving.mutate(
          {
            namespace: namespace.slug,
            agent: budget.agentId,
            budgetBytes: bytesOf(draft.budget),
            floorBytes: bytesOf(draft.floor),
            leastDays: draft.days.trim() === "" ? null : Number(draft.days),
            version: set.version,
          },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      {FIELDS.map(({ name, label, remark, hint }) => (
        <Field key={name} label={label} remark={remark} hint={hint} error={wrong(name) ?? undefined}>
          {(control) => (
            <TextInput
              {...control}
              inputMode="decimal"
              autoComplete="off"
              value={draft[name]}
              onChange={(event) => {
                const { value } = event.currentTarget;
                saving.reset();
                setDraft((known) => ({ ...known, [name]: value }));
              }}
            />
          )}
        </Field>
      ))}
      {saving.error && <ErrorNote error={saving.error} />}
    </FormDialog>
  );
}

function wrongIn(name: keyof Draft, text: string): string | null {
  if (text === "") return null;
  const value = Number(text);
  if (name === "days")
    return Number.isInteger(value) && value >= 1 && value <= 365 ? null : "A whole number from 1 to 365.";
  return value >= 0.001 && value <= 1e6 ? null : "A number of gigabytes, as 200 or 0.5.";
}

const bytesOf = (text: string) => (text.trim() === "" ? null : Math.round(Number(text) * GB));
