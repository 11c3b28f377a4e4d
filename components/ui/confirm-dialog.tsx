"use client";

import type { LucideIcon } from "lucide-react";
import { type ReactNode, useId } from "react";
import type { ButtonProps } from "./button.tsx";
import { ConfirmFooter } from "./confirm-footer.tsx";
import { Dialog } from "./dialog.tsx";
import { ErrorNote } from "./error-note.tsx";

/** Asks once more before something that needs no other answer: what comes of it, the way out, and the one button that does it. */
export function ConfirmDialog({
  title,
  description,
  closeWords = "Keep it",
  tone = "danger",
  icon,
  words,
  busyWords,
  action,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  description: string;
  closeWords?: string;
  tone?: ButtonProps["tone"];
  icon: LucideIcon;
  words: string;
  busyWords: string;
  /** What the button begins. */
  action: { isPending: boolean; error: Error | null };
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const formId = useId();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !action.isPending && onClose()}
      title={title}
      description={description}
      footer={
        <ConfirmFooter
          form={formId}
          closeWords={closeWords}
          onClose={onClose}
          tone={tone}
          icon={icon}
          words={words}
          busyWords={busyWords}
          isBusy={action.isPending}
          canStart
        />
      }
    >
      <form
        id={formId}
        className="grid gap-4 px-6 py-5 text-14 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!action.isPending) onConfirm();
        }}
      >
        {children}
        {action.error && <ErrorNote error={action.error} />}
      </form>
    </Dialog>
  );
}
