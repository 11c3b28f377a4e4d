"use client";

import { Field, TextInput } from "./field.tsx";

/** A name typed to confirm what destroys. */
export function TypedName({
  name,
  value,
  onChange,
  className,
}: {
  name: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
}) {
  return (
    <Field
      label={
        <>
          Type <code>{name}</code> to confirm
        </>
      }
      error={value !== "" && !name.startsWith(value) ? `That is not ${name}.` : undefined}
      {...(className !== undefined && { className })}
    >
      {(control) => (
        <TextInput
          {...control}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          className="font-mono text-12"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
