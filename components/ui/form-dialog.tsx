"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { ConfirmFooter } from "./confirm-footer.tsx";
import { Dialog } from "./dialog.tsx";

export type FormDialogProps = Omit<ComponentProps<typeof ConfirmFooter>, "form"> & {
  title: ReactNode;
  description: ReactNode;
  wide?: boolean;
  /** Layout of the form; one column with a margin where it is left out. */
  className?: string;
  /** Called only while it can start and nothing is under way. */
  onSubmit: () => void;
  children: ReactNode;
};

/** A dialog with one form: closing it starts nothing, its one button submits the form, and while that is under way it stays. */
export function FormDialog({
  title,
  description,
  wide = false,
  className = "grid gap-4 px-6 py-5 max-wide:px-4",
  onSubmit,
  children,
  ...footer
}: FormDialogProps) {
  const { canStart, isBusy, onClose } = footer;
  const formId = useId();
  return (
    <Dialog
      open
      wide={wide}
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title={title}
      description={description}
      footer={<ConfirmFooter form={formId} {...footer} />}
    >
      <form
        id={formId}
        noValidate
        className={className}
        onSubmit={(event) => {
          event.preventDefault();
          if (canStart && !isBusy) onSubmit();
        }}
      >
        {children}
      </form>
    </Dialog>
  );
}
