"use client";

import { ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { joinClasses } from "./join-classes.ts";

/** A choice of one out of a few, always all in view. */
export function Segmented<Value extends string>({
  label,
  value,
  options,
  onChange,
  className,
}: {
  label: string;
  /** None of the options where null. */
  value: Value | null;
  options: readonly { value: Value; text: ReactNode; onlyWide?: boolean }[];
  onChange: (value: Value) => void;
  className?: string;
}) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value ?? ""}
      onValueChange={(chosen) => {
        const option = options.find((entry) => entry.value === chosen);
        if (option) onChange(option.value);
      }}
      className={joinClasses("inline-flex rounded-2 border border-line-strong bg-sunken p-px", className)}
    >
      {options.map((option) => (
        <ToggleGroup.Item
          key={option.value}
          value={option.value}
          className={joinClasses(
            "h-6 rounded-[4px] px-[9px] text-12 font-medium whitespace-nowrap text-ink-2 hover:text-ink max-wide:h-10 max-wide:px-3",
            "data-[state=on]:bg-surface data-[state=on]:text-ink data-[state=on]:shadow-[0_0_0_1px_var(--line-strong),var(--shadow-1)]",
            "focus-visible:shadow-(--ring)! touch:h-10",
            option.onlyWide && "max-wide:hidden",
          )}
        >
          {option.text}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
