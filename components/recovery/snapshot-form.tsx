"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { Camera } from "lucide-react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import type { ActionResult, DatabaseView, SnapshotView } from "../../lib/client/api-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer, useWriteRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { TextInput } from "../ui/field.tsx";

export type SnapshotAction = (input: {
  namespace: string;
  database: string;
  label: string;
}) => Promise<ActionResult<SnapshotView>>;

const form = z.object({
  label: z.string().trim().min(1, "Give it a label.").max(80, "A label has at most 80 characters."),
});

/** Pins a label to the newest committed state. */
export function SnapshotForm({ database, snapshot }: { database: DatabaseView; snapshot: SnapshotAction }) {
  const { namespace } = useViewer();
  const refusal = useWriteRefusal("restore-point.create", database);
  const mutation = useServerAction(namespace.slug, snapshot);
  const { register, handleSubmit, reset, formState } = useForm({
    resolver: zodResolver(form),
    defaultValues: { label: "" },
  });
  const submit = handleSubmit(({ label }) =>
    mutation.mutate({ namespace: namespace.slug, database: database.name, label }, { onSuccess: () => reset() }),
  );
  const problem = formState.errors.label?.message ?? mutation.error?.message;
  return (
    <form onSubmit={submit} className="grid grid-cols-[1fr_auto] items-center gap-2 max-wide:w-full">
      <label htmlFor="snapshot-label" className="sr-only">
        Label
      </label>
      <TextInput
        id="snapshot-label"
        placeholder="before-migration-v3"
        autoComplete="off"
        disabled={refusal !== null}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem ? "snapshot-problem" : undefined}
        className="h-7 w-44 text-12 min-w-0 max-wide:h-11 max-wide:w-full"
        {...register("label")}
      />
      <Button type="submit" size="small" blockedBy={refusal} disabled={mutation.isPending}>
        <Camera size={14} strokeWidth={1.6} aria-hidden />
        {mutation.isPending ? "Pinning…" : "Snapshot now"}
      </Button>
      {problem && (
        <p id="snapshot-problem" role="alert" className="col-span-2 text-right text-12 text-danger-text">
          {problem} {mutation.error?.details.hint}
        </p>
      )}
      <span role="status" className="sr-only">
        {mutation.isSuccess ? `${mutation.data.label} is pinned` : ""}
      </span>
    </form>
  );
}
