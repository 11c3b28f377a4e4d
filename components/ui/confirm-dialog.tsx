"use client";

import type { ReactNode } from "react";
import { ErrorNote } from "./error-note.tsx";
import { FormDialog, type FormDialogProps } from "./form-dialog.tsx";

/** Asks once more before something that needs no other answer: what comes of it, the way out, and the one button that does it. */
export function ConfirmDialog({
  closeWords = "Keep it",
  tone = "danger",
  action,
  onConfirm,
  children,
  ...dialog
}: Pick<FormDialogProps, "title" | "description" | "icon" | "words" | "busyWords" | "onClose"> &
  Partial<Pick<FormDialogProps, "closeWords" | "tone">> & {
    /** What the button begins. */
    action: { isPending: boolean; error: Error | null };
    onConfirm: () => void;
    children: ReactNode;
  }) {
  return (
    <FormDialog
      {...dialog}
      closeWords={closeWords}
      tone={tone}
      isBusy={action.isPending}
      canStart
      className="grid gap-4 px-6 py-5 text-14 max-wide:px-4"
      onSubmit={onConfirm}
    >
      {children}
      {action.error && <ErrorNote error={action.error} />}
    </FormDialog>
  );
}
