import type { ReactNode } from "react";

/** One numbered sentence of a plan. */
export function PlanStep({ number, children }: { number: number; children: ReactNode }) {
  return (
    <li className="grid grid-cols-[20px_1fr]">
      <span aria-hidden className="font-mono text-12/5 font-medium text-ink-3">
        {number}
      </span>
      <span>{children}</span>
    </li>
  );
}
