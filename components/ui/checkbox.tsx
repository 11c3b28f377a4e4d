"use client";

import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from "react";
import { joinClasses } from "./join-classes.ts";

/** A box to tick; `mixed` where only some of what it stands for is ticked. */
export function Checkbox({
  mixed = false,
  className,
  ...rest
}: Omit<ComponentProps<"input">, "type"> & { mixed?: boolean }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = mixed;
  }, [mixed]);
  return (
    <input
      ref={box}
      type="checkbox"
      className={joinClasses(
        "size-4 shrink-0 cursor-pointer rounded-1 accent-accent disabled:cursor-not-allowed touch:size-5",
        className,
      )}
      {...rest}
    />
  );
}

/** A box to tick with its words beside it; pressing the words ticks it as well. */
export function TickField({
  words,
  className,
  ...rest
}: Omit<ComponentProps<typeof Checkbox>, "children"> & { words: ReactNode }) {
  const id = useId();
  return (
    <div className={joinClasses("flex items-start gap-2 touch:min-h-11 touch:items-center", className)}>
      <Checkbox id={id} className="mt-0.5 touch:mt-0" {...rest} />
      <label htmlFor={id} className="cursor-pointer">
        {words}
      </label>
    </div>
  );
}
