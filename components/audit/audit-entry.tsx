"use client";

import { ChevronRight } from "lucide-react";
import type { AuditEntryView } from "../../lib/client/api-types.ts";
import { formatInstant } from "../../lib/client/format-time.ts";
import { Chip } from "../ui/chip.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { type AuditFact, auditActor, auditFacts, auditSentence } from "./audit-words.ts";

/** One entry: a sentence, and everything that is known of it on demand. */
export function AuditEntry({ entry }: { entry: AuditEntryView }) {
  const { seq, timeMs, action, outcome, actor, target, address, requestId, hash } = entry;
  const known: AuditFact[] = [
    { name: "time", text: formatInstant(timeMs) },
    { name: "action", text: action },
    { name: actor.kind, text: actor.id ?? "" },
    ...(target ? [{ name: target.kind, text: target.id }] : []),
    { name: "address", text: address ?? "" },
    { name: "request", text: requestId },
    { name: "link", text: hash.slice(0, 16) },
  ].filter(({ text }) => text !== "");
  return (
    <li className="border-b border-line">
      <details className="group">
        <summary className="grid min-h-12 cursor-pointer list-none grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-2.5 py-1.5 hover:bg-hover wide:grid-cols-[16px_132px_minmax(0,1fr)_auto] [&::-webkit-details-marker]:hidden">
          <ChevronRight
            size={14}
            strokeWidth={1.6}
            aria-hidden
            className="text-ink-3 transition-transform duration-(--fast) group-open:rotate-90"
          />
          <MomentText ms={timeMs} className="font-mono text-12 text-ink-3 max-wide:hidden" />
          <span className="min-w-0">
            <span className="block text-ink-2 [overflow-wrap:anywhere]">
              <strong className="font-[550] text-ink">{auditActor(entry)}</strong> {auditSentence(entry)}
            </span>
            <span className="block truncate text-12 text-ink-3">
              <MomentText ms={timeMs} className="wide:hidden" />
              <span className="wide:hidden"> · </span>
              no. {seq}
              {address !== null && ` · ${address}`}
            </span>
          </span>
          {outcome === "done" ? <span /> : <Chip tone={outcome === "denied" ? "danger" : "warn"}>{outcome}</Chip>}
        </summary>
        <div className="grid gap-x-8 gap-y-1 pt-1 pb-4 pl-[26px] wide:grid-cols-2 wide:pl-[168px]">
          <FactList facts={auditFacts(entry)} empty="Nothing more was written down." />
          <FactList facts={known} />
        </div>
      </details>
    </li>
  );
}

function FactList({ facts, empty }: { facts: readonly AuditFact[]; empty?: string }) {
  if (facts.length === 0) return <p className="text-12 text-ink-3">{empty}</p>;
  return (
    <dl className="grid content-start gap-y-1 text-12">
      {facts.map(({ name, before, text }) => (
        <div key={name} className="grid grid-cols-[96px_minmax(0,1fr)] gap-2">
          <dt className="text-ink-3">{name}</dt>
          <dd className="font-mono text-ink-2 [overflow-wrap:anywhere]">
            {before !== undefined && (
              <>
                <del className="text-ink-3">{before}</del>
                <span aria-hidden> → </span>
                <span className="sr-only">became</span>
              </>
            )}
            {text}
          </dd>
        </div>
      ))}
    </dl>
  );
}
