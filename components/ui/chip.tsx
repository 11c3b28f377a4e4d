import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { joinClasses } from "./join-classes.ts";

const look = cva(
  "inline-flex h-5 items-center gap-1 rounded-1 px-1.5 text-11 font-medium whitespace-nowrap [&_svg]:size-3 [&_svg]:stroke-[1.8]",
  {
    variants: {
      tone: {
        plain: "bg-sunken text-ink-2",
        ok: "bg-ok-soft text-ok-text",
        warn: "bg-warn-soft text-warn-text",
        danger: "bg-danger-soft text-danger-text",
        gap: "bg-gap-soft text-gap-text",
        accent: "bg-accent-soft text-accent",
        line: "text-ink-2 shadow-[inset_0_0_0_1px_var(--line-strong)]",
      },
    },
    defaultVariants: { tone: "plain" },
  },
);

/** A state in a word. */
export function Chip({ tone, className, ...rest }: ComponentProps<"span"> & VariantProps<typeof look>) {
  return <span className={joinClasses(look({ tone }), className)} {...rest} />;
}
