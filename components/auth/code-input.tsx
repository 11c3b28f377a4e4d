import type { ComponentProps } from "react";
import { TextInput } from "../ui/field.tsx";
import { joinClasses } from "../ui/join-classes.ts";

/** A field for a one-time code; letters are let in for recovery codes. */
export function CodeInput({ className, ...rest }: ComponentProps<"input">) {
  return (
    <TextInput
      autoComplete="one-time-code"
      autoCapitalize="characters"
      spellCheck={false}
      maxLength={40}
      className={joinClasses("font-mono tracking-[0.08em]", className)}
      {...rest}
    />
  );
}
