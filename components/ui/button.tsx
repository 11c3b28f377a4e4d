"use client";

import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import { type ComponentProps, type MouseEvent, useId } from "react";
import { joinClasses } from "./join-classes.ts";
import { Tip } from "./tip.tsx";

const look = cva(
  [
    "inline-flex items-center justify-center gap-1.5 rounded-2 border font-medium whitespace-nowrap select-none",
    "transition-[background-color,border-color] duration-(--fast)",
    "[&_svg]:shrink-0",
  ],
  {
    variants: {
      tone: {
        primary: "border-accent bg-accent text-on-accent hover:border-accent-hover hover:bg-accent-hover",
        secondary: "border-control bg-surface text-ink hover:bg-hover active:bg-pressed",
        quiet: "border-transparent bg-transparent text-ink-2 hover:bg-hover hover:text-ink active:bg-pressed",
        risk: "border-danger bg-surface text-danger-text hover:bg-danger-soft",
        danger: "border-danger bg-danger text-on-danger hover:border-danger-hover hover:bg-danger-hover",
      },
      size: {
        normal: "h-8 px-3 text-13 max-wide:h-11 touch:h-11",
        small: "h-7 px-2.5 text-12 max-wide:h-11 touch:h-11",
        icon: "size-8 max-wide:size-11 touch:size-11",
        smallIcon: "size-7 max-wide:size-11 touch:size-11",
      },
      off: { true: "", false: "" },
    },
    compoundVariants: [
      {
        off: true,
        tone: ["primary", "secondary", "risk", "danger"],
        className:
          "cursor-not-allowed border-line-strong bg-sunken text-ink-3 hover:border-line-strong hover:bg-sunken active:bg-sunken",
      },
      {
        off: true,
        tone: "quiet",
        className: "cursor-not-allowed text-ink-disabled hover:bg-transparent hover:text-ink-disabled",
      },
    ],
    defaultVariants: { tone: "secondary", size: "normal", off: false },
  },
);

export type ButtonProps = Omit<ComponentProps<"button">, "disabled"> &
  Omit<VariantProps<typeof look>, "off"> & {
    disabled?: boolean;
    /** Renders the only child (a link) in the button's looks. */
    asChild?: boolean;
    /** Why this cannot be done now. The button stays reachable by keyboard, does nothing, and says so. */
    blockedBy?: string | null | undefined;
  };

/** A button. `danger` destroys; `risk` only opens the plan of something that does. */
export function Button({
  tone,
  size,
  asChild = false,
  blockedBy,
  disabled = false,
  className,
  onClick,
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const classes = joinClasses(look({ tone, size, off: disabled || !!blockedBy }), className);
  if (asChild) return <Slot.Root className={classes} {...rest} />;
  if (!blockedBy) return <button type="button" className={classes} disabled={disabled} onClick={onClick} {...rest} />;
  const refuse = (event: MouseEvent) => event.preventDefault();
  return (
    <Tip text={blockedBy}>
      <button {...rest} type="button" className={classes} aria-disabled aria-describedby={reasonId} onClick={refuse}>
        {rest.children}
        <span id={reasonId} className="sr-only">
          {blockedBy}
        </span>
      </button>
    </Tip>
  );
}
