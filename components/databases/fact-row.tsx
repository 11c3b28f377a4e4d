import type { ReactNode } from "react";

/** One fact of a list: its term, and what it is. */
export function FactRow({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="grid min-h-9 grid-cols-[180px_minmax(0,1fr)] items-center border-b border-line py-1.5 max-wide:grid-cols-1 max-wide:gap-0.5">
      <dt className="text-ink-3">{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
