import type { ReactNode } from "react";

export function KeyCap({ children }: { children: ReactNode }) {
  return (
    <kbd className="rounded-1 border border-line-strong bg-canvas px-1 text-11 font-medium text-ink-2">{children}</kbd>
  );
}
