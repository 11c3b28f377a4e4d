"use client";

import { Undo2 } from "lucide-react";
import type { RestoreView } from "../../lib/client/api-types.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import type { RestoreActions } from "./restore-actions.ts";
import { restoreHref } from "./restore-words.ts";

/** Undo in one click: right after a restore, when nothing else was asked. */
export function UndoButton({
  restore,
  undo,
  tone,
  size,
  words = "Undo",
  onStopped,
}: {
  restore: RestoreView;
  undo: RestoreActions["undo"];
  tone: "primary" | "secondary";
  size: "normal" | "small";
  words?: string;
  /** Something was changed since and wants a choice first. */
  onStopped?: () => void;
}) {
  const { namespace, email } = useViewer();
  const byRole = useRefusal(restore.target === "rows" ? "restore.give-back" : "restore.project");
  // Whoever ran an approved restore may go back on it; the service knows for how long.
  const refusal = restore.approval !== null && restore.requestedBy === email ? null : byRole;
  const mutation = useActionThenGo(namespace.slug, undo, restoreHref);
  const start = () =>
    mutation.mutate(
      { namespace: namespace.slug, database: restore.databaseId, restoreId: restore.id },
      { onError: ({ code }) => code === "conflict" && onStopped?.() },
    );
  return (
    <>
      <Button
        tone={tone}
        size={size}
        blockedBy={refusal}
        disabled={mutation.isPending || mutation.isSuccess}
        onClick={start}
      >
        <Undo2 size={size === "small" ? 14 : 16} strokeWidth={1.6} aria-hidden />
        {mutation.isPending || mutation.isSuccess ? "Starting…" : words}
      </Button>
      {mutation.error && <ErrorNote error={mutation.error} className="mt-2 basis-full" />}
    </>
  );
}
