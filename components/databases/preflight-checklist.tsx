"use client";

import { Check, TriangleAlert, X } from "lucide-react";
import type { ReactNode } from "react";
import type { PreflightView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount } from "../../lib/client/format-count.ts";

/** What was found on a file: what is well, what to know, and what must be mended first, each with its remedy. */
export function PreflightChecklist({ found }: { found: PreflightView }) {
  return (
    <section aria-label="What was found" className="rounded-2 border border-line">
      <p className="border-b border-line px-3 py-2 font-[550]" role="status">
        {found.ok
          ? found.warnings.length === 0
            ? "It can be attached."
            : "It can be attached; read this first."
          : "It cannot be attached yet."}
      </p>
      <ul className="px-3 py-1.5">
        {found.refusals.map((one) => (
          <Finding
            key={one.code}
            icon={<X size={16} className="text-danger-text" aria-label="refused" />}
            title={one.cause}
          >
            {one.remedy}
          </Finding>
        ))}
        {found.warnings.map((one) => (
          <Finding
            key={one.code}
            icon={<TriangleAlert size={16} strokeWidth={1.6} className="text-warn-text" aria-label="to know" />}
            title={one.cause}
          >
            {one.remedy}
          </Finding>
        ))}
        {wellFound(found).map((words) => (
          <Finding
            key={words}
            icon={<Check size={16} strokeWidth={1.8} className="text-ok-text" aria-label="well" />}
            title={words}
          />
        ))}
      </ul>
    </section>
  );
}

function wellFound(found: PreflightView): string[] {
  const words: string[] = [];
  if (found.journalMode === "wal") words.push("In WAL mode");
  if (found.tables !== null) words.push(`${formatCount(found.tables, "table")} can be read`);
  if (found.sizeBytes !== null) {
    const pages = found.pageSizeBytes === null ? "" : `, in pages of ${formatBytes(found.pageSizeBytes)}`;
    words.push(`${formatBytes(found.sizeBytes)}${pages}`);
  }
  return words;
}

function Finding({ icon, title, children }: { icon: ReactNode; title: string; children?: ReactNode }) {
  return (
    <li className="flex gap-2.5 py-1.5">
      <span className="mt-0.5 shrink-0">{icon}</span>
      <span className="min-w-0">
        <span className={children ? "font-[550]" : undefined}>{title}</span>
        {children && <span className="block text-ink-2">{children}</span>}
      </span>
    </li>
  );
}
