"use client";

import { Field, TextArea } from "./field.tsx";

const LONGEST = 500;

/** Why somebody does something: for the audit log, and for those who decide on it. */
export function ReasonField({
  label = "Reason",
  remark = "goes into the audit log",
  rows = 2,
  value,
  onChange,
  className,
}: {
  label?: string;
  remark?: string;
  rows?: number;
  value: string;
  onChange: (value: string) => void;
  className?: string;
}) {
  return (
    <Field label={label} remark={remark} {...(className !== undefined && { className })}>
      {(control) => (
        <TextArea
          {...control}
          rows={rows}
          maxLength={LONGEST}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
