"use client";

import { type ComponentProps, useEffect, useRef } from "react";
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
