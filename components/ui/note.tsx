import { cva, type VariantProps } from "class-variance-authority";
import type { ReactNode } from "react";
import { joinClasses } from "./join-classes.ts";

const look = cva("flex gap-2.5 rounded-2 px-3 py-2.5 max-wide:flex-wrap [&>svg]:mt-0.5 [&>svg]:shrink-0", {
  variants: {
    tone: {
      plain: "bg-sunken",
      ok: "bg-ok-soft [&>svg]:text-ok-text",
      warn: "bg-warn-soft [&>svg]:text-warn-text",
      danger: "bg-danger-soft [&>svg]:text-danger-text",
      accent: "bg-accent-soft [&>svg]:text-accent",
    },
  },
  defaultVariants: { tone: "plain" },
});

/** Cause first, then the next step, with at most one action beside them. */
export function Note({
  tone,
  icon,
  title,
  action,
  live = false,
  className,
  children,
}: VariantProps<typeof look> & {
  icon?: ReactNode;
  title?: ReactNode;
  action?: ReactNode;
  /** Announced by screen readers as soon as it appears. */
  live?: boolean;
  className?: string;
  children?: ReactNode;
}) {
  return (
    <div className={joinClasses(look({ tone }), className)} role={live ? "alert" : undefined}>
      {icon}
      <div className="min-w-0 flex-1 basis-4/5 wide:basis-0">
        {title && <strong>{title} </strong>}
        {children}
      </div>
      {action && <div className="flex shrink-0 items-center gap-2 self-center">{action}</div>}
    </div>
  );
}
