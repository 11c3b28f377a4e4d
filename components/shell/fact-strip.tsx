import type { ReactNode } from "react";

/** The numbers below an answer, at most four. */
export function FactStrip({ children }: { children: ReactNode }) {
  return (
    <dl className="my-5 flex border-y border-line max-wide:my-4 max-wide:grid max-wide:grid-cols-2">{children}</dl>
  );
}

export function Fact({ term, remark, children }: { term: string; remark?: ReactNode; children: ReactNode }) {
  return (
    <div className="border-line px-8 py-2.5 first:pl-0 not-first:border-l max-wide:px-0 max-wide:not-first:border-l-0 max-wide:even:border-l! max-wide:even:pl-4 max-wide:nth-[n+3]:border-t max-wide:last:odd:col-span-2">
      <dt className="text-12 text-ink-3">{term}</dt>
      <dd className="text-16 font-[550] tracking-[-0.01em]">
        {children}
        {remark && (
          <small className="ml-1 text-12 font-normal tracking-normal text-ink-3 max-wide:ml-0 max-wide:block">
            {remark}
          </small>
        )}
      </dd>
    </div>
  );
}
