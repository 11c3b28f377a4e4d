"use client";

import { Check } from "lucide-react";
import { useId, useState } from "react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { BucketView, StoreBody } from "../../lib/client/store-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { TickField } from "../ui/checkbox.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { Note } from "../ui/note.tsx";
import type { StoreActions } from "./store-actions.ts";

type Draft = Required<Omit<StoreBody, "prefix" | "endpoint" | "pathStyle" | "secretAccessKey">> & {
  endpoint: string;
  prefix: string;
  secretAccessKey: string;
  pathStyle: boolean;
};

const FIELDS: readonly { name: keyof Omit<Draft, "pathStyle">; label: string; remark?: string; hint?: string }[] = [
  {
    name: "endpoint",
    label: "Server",
    remark: "empty for AWS",
    hint: "Of another server that speaks S3: https://s3.example.com",
  },
  { name: "region", label: "Region", hint: "us-east-1, where the server knows none" },
  { name: "bucket", label: "Bucket" },
  { name: "prefix", label: "Folder", remark: "optional", hint: "What every key begins with: lastgood/" },
  { name: "accessKeyId", label: "Access key ID" },
  { name: "secretAccessKey", label: "Secret access key" },
];

/** Enters a bucket; it is tried before it is saved, and can be tried alone. Closing the dialog saves nothing. */
export function BucketDialog({
  present,
  actions,
  onClose,
}: {
  present: BucketView | null;
  actions: StoreActions;
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const formId = useId();
  const [draft, setDraft] = useState<Draft>(() => draftOf(present));
  const [isTried, setTried] = useState(false);
  const save = useServerAction(namespace.slug, actions.saveStore);
  const attempt = useServerAction(namespace.slug, actions.tryStore);
  const error = save.error ?? attempt.error;
  const refused = error?.details.field;
  const isPending = save.isPending || attempt.isPending;
  const isKept = present !== null && present.endpoint === draft.endpoint && present.accessKeyId === draft.accessKeyId;
  const isComplete =
    draft.region !== "" && draft.bucket !== "" && draft.accessKeyId !== "" && (isKept || draft.secretAccessKey !== "");
  const input = { namespace: namespace.slug, ...draft };
  const change = (part: Partial<Draft>) => {
    setDraft((known) => ({ ...known, ...part }));
    setTried(false);
    save.reset();
    attempt.reset();
  };
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={present ? "Change the bucket" : "Keep backups in a bucket"}
      description="New backups go there; those that were made stay where they are."
      footer={
        <>
          <Button
            disabled={!isComplete || isPending}
            onClick={() => {
              save.reset();
              attempt.mutate(input, { onSuccess: () => setTried(true) });
            }}
          >
            {attempt.isPending ? "Trying…" : "Try it"}
          </Button>
          <Button type="submit" form={formId} tone="primary" className="ml-auto" disabled={!isComplete || isPending}>
            {save.isPending ? "Trying and saving…" : "Save"}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="grid gap-4 px-6 py-4 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          attempt.reset();
          if (isComplete && !isPending) save.mutate(input, { onSuccess: onClose });
        }}
      >
        {FIELDS.map(({ name, label, remark, hint }) => (
          <Field
            key={name}
            label={label}
            remark={name === "secretAccessKey" && isKept ? "empty keeps the present one" : remark}
            hint={hint}
            error={refused === name ? error?.message : undefined}
          >
            {(control) => (
              <TextInput
                {...control}
                type={name === "secretAccessKey" ? "password" : "text"}
                autoComplete={name === "secretAccessKey" ? "new-password" : "off"}
                autoCapitalize="none"
                spellCheck={false}
                value={draft[name]}
                onChange={(event) => change({ [name]: event.currentTarget.value })}
              />
            )}
          </Field>
        ))}
        <TickField
          words="The bucket's name stands in the path, as most servers other than AWS want it."
          checked={draft.pathStyle}
          onChange={(event) => change({ pathStyle: event.currentTarget.checked })}
        />
        {isTried && (
          <Note tone="ok" live icon={<Check size={16} strokeWidth={1.6} aria-hidden />} title="It works.">
            A small object was written, read and removed. Nothing is saved yet.
          </Note>
        )}
        {error && <ErrorNote error={error} />}
      </form>
    </Dialog>
  );
}

function draftOf(present: BucketView | null): Draft {
  return {
    endpoint: present?.endpoint ?? "",
    region: present?.region ?? "",
    bucket: present?.bucket ?? "",
    prefix: present?.prefix ?? "",
    accessKeyId: present?.accessKeyId ?? "",
    secretAccessKey: "",
    pathStyle: present?.pathStyle ?? false,
  };
}
