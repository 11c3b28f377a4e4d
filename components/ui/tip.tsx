"use client";

import { Tooltip } from "radix-ui";
import type { ReactElement, ReactNode } from "react";

/** Words that appear on hover and on focus. Never the only place where something is said. */
export function Tip({
  text,
  side = "top",
  children,
}: {
  text: ReactNode;
  side?: "top" | "bottom" | "left" | "right";
  children: ReactElement;
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-80 rounded-2 bg-ink px-2 py-1 text-12 text-surface shadow-2 motion-safe:animate-fade"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
