import { CircleCheck, CircleSlash, TriangleAlert } from "lucide-react";
import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import type { RestoreCheck } from "../../lib/domain/restore-check.ts";

const ICON = { size: 16, strokeWidth: 1.6, "aria-hidden": true } as const;

const WORDS: Record<RestoreCheck["check"], string> = {
  manifest: "Files of the base backup",
  commit: "The commit",
  indexes: "Tables and indexes",
  pages: "Page checksums",
  content: "What was written",
};

/** What was looked at of the restored state, what it read and how it ended; nothing before the first. */
export function RestoreChecks({ restore }: { restore: RestoreView }) {
  if (restore.checks.length === 0) return null;
  return (
    <section aria-labelledby="restore-checks" className="mt-6">
      <h2 id="restore-checks" className="mb-1 text-14 font-semibold">
        What was checked
      </h2>
      <ul className="max-w-[860px]">
        {restore.checks.map((check) => (
          <Checked key={check.check} check={check} />
        ))}
      </ul>
    </section>
  );
}

function Checked({ check: { check, outcome, read, durationMs, text } }: { check: RestoreCheck }) {
  return (
    <li className="grid grid-cols-[16px_1fr_auto] items-baseline gap-x-2.5 border-b border-line py-2 last:border-b-0">
      <span className="self-center">
        {outcome === "passed" && <CircleCheck {...ICON} className="text-ok-text" />}
        {outcome === "failed" && <TriangleAlert {...ICON} className="text-danger-text" />}
        {outcome === "skipped" && <CircleSlash {...ICON} className="text-ink-3" />}
      </span>
      <span className="min-w-0 break-words">
        <span className="font-[550]">{WORDS[check]}</span>
        <span className="sr-only">, {outcome}</span>
        <span className="block text-12 text-ink-2">{text}</span>
      </span>
      <span className="text-right font-mono text-12 text-ink-2">
        {read && <span className="block">{formatCount(read.count, read.unit)}</span>}
        {outcome !== "skipped" && formatDuration(durationMs)}
      </span>
    </li>
  );
}
