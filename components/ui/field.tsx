"use client";

import { type ComponentProps, type ReactElement, type ReactNode, useId } from "react";
import { joinClasses } from "./join-classes.ts";

const box = [
  "w-full rounded-2 border border-control bg-surface px-2.5 transition-[border-color,box-shadow] duration-(--fast)",
  "hover:border-ink-2 focus:border-accent focus:shadow-[0_0_0_1px_var(--accent),0_0_0_4px_var(--accent-soft)]",
  "aria-invalid:border-danger disabled:cursor-not-allowed disabled:border-line-strong disabled:bg-sunken disabled:text-ink-3",
];

/** One line of text. 16 px where fingers type, since smaller fields make phones zoom. */
export function TextInput({ className, ...rest }: ComponentProps<"input">) {
  return <input className={joinClasses("h-8 max-wide:h-11 max-wide:text-16 touch:h-11", box, className)} {...rest} />;
}

export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea className={joinClasses("resize-y py-1.5 leading-5 max-wide:text-16", box, className)} {...rest} />;
}

/** One out of a list, in the browser's own way. */
export function SelectInput({ className, ...rest }: ComponentProps<"select">) {
  return <select className={joinClasses("h-8 max-wide:h-11 max-wide:text-16 touch:h-11", box, className)} {...rest} />;
}

/** What a control needs to be tied to its label, its hint and its refusal. */
export type FieldControl = {
  id: string;
  "aria-invalid": boolean | undefined;
  "aria-describedby": string | undefined;
};

/** A labelled control with a remark on the right, a hint below, and in its place the refusal when there is one. */
export function Field({
  label,
  remark,
  hint,
  error,
  className,
  children,
}: {
  label: ReactNode;
  remark?: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  className?: string;
  children: (control: FieldControl) => ReactElement;
}) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error || hint;
  return (
    <div className={className}>
      <div className="mb-1.5 flex items-baseline justify-between gap-3 text-12">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {remark && <span className="text-ink-3">{remark}</span>}
      </div>
      {children({ id, "aria-invalid": error ? true : undefined, "aria-describedby": note ? noteId : undefined })}
      {note && (
        <p id={noteId} className={joinClasses("mt-1.5 text-12", error ? "text-danger-text" : "text-ink-3")}>
          {note}
        </p>
      )}
    </div>
  );
}
