"use client";

import { Download } from "lucide-react";
import { useState } from "react";
import type { AuditQuery, AuditStatusView } from "../../lib/client/api-types.ts";
import { useAudit, useAuditStatus } from "../../lib/client/hooks/use-audit.ts";
import { AnswerHead } from "../shell/answer-head.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { AuditEntry } from "./audit-entry.tsx";
import { type AuditChoice, AuditFilters, EVERYTHING, toAuditQuery } from "./audit-filters.tsx";
import { ChainStatus } from "./chain-status.tsx";

/** Everything that was decided and changed in the namespace, and whether the log of it is what was written. */
export function AuditLog({ status: initial, renderedAtMs }: { status: AuditStatusView; renderedAtMs: number }) {
  const { namespace } = useViewer();
  const status = useAuditStatus(namespace.slug, initial).data ?? initial;
  const [choice, setChoice] = useState<AuditChoice>(EVERYTHING);
  const [chosenAtMs, setChosenAtMs] = useState(renderedAtMs);
  const query = toAuditQuery(choice, chosenAtMs);
  const audit = useAudit(namespace.slug, query);
  const entries = audit.data?.pages.flatMap((page) => page.entries);
  const choose = (next: AuditChoice) => {
    setChoice(next);
    setChosenAtMs(Date.now());
  };
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-5 flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0">
          <AnswerHead
            question="Audit log"
            answer={
              status.ok ? "What was written is still there." : `Entry ${status.finding?.seq} is not what was written.`
            }
            lede={<ChainStatus status={status} />}
          />
        </div>
        <div className="flex gap-2">
          <ExportButton namespace={namespace.slug} query={query} format="csv" text="CSV" />
          <ExportButton namespace={namespace.slug} query={query} format="jsonl" text="JSON lines" />
        </div>
      </div>
      <AuditFilters choice={choice} onChange={choose} />
      <div className="mt-5">
        {audit.error && <ErrorNote error={audit.error} className="mb-4" />}
        {!entries && !audit.error && <Skeleton className="h-48 w-full" />}
        {entries?.length === 0 && <NothingFound onShowAll={() => choose(EVERYTHING)} />}
        <ol className="border-t border-line empty:border-0">
          {entries?.map((entry) => (
            <AuditEntry key={entry.seq} entry={entry} />
          ))}
        </ol>
        {audit.hasNextPage && (
          <Button className="mt-4" disabled={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            Show older entries
          </Button>
        )}
      </div>
    </main>
  );
}

function NothingFound({ onShowAll }: { onShowAll: () => void }) {
  return (
    <div className="rounded-2 bg-sunken px-4 py-6">
      <p className="font-[550]">No entry fits.</p>
      <p className="mt-1 mb-3 text-ink-2">
        Every change and every refusal in this namespace leaves one. Ask for less at once.
      </p>
      <Button size="small" onClick={onShowAll}>
        Show all entries
      </Button>
    </div>
  );
}

/** Downloads what the filter shows, all of it; that this was done is an entry of its own. */
function ExportButton({
  namespace,
  query,
  format,
  text,
}: {
  namespace: string;
  query: AuditQuery;
  format: "csv" | "jsonl";
  text: string;
}) {
  const search = new URLSearchParams({ ...query, format });
  return (
    <Button asChild>
      <a href={`/api/namespaces/${encodeURIComponent(namespace)}/audit/export?${search}`} download>
        <Download size={16} strokeWidth={1.6} aria-hidden />
        {text}
      </a>
    </Button>
  );
}
