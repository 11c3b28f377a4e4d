"use client";

import { LockKeyhole } from "lucide-react";
import type { PolicyView } from "../../lib/client/approval-types.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { usePolicy } from "../../lib/client/hooks/use-approvals.ts";
import type { AskAction } from "../approvals/approval-actions.ts";
import type { ErasureActions } from "../erasures/erasure-actions.ts";
import { ErasuresSection } from "../erasures/erasures-section.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { PolicyForm, type SavePolicyAction } from "./policy-form.tsx";
import { policySentences } from "./policy-words.ts";

/** What a database asks of those who would change its past or lose its history: in words first, then as fields. */
export function PolicyPage({
  initial,
  renderedAtMs,
  save,
  ask,
  erasure,
}: {
  initial: PolicyView;
  renderedAtMs: number;
  save: SavePolicyAction;
  ask: AskAction;
  /** What can be done about history that must go; null: these people may not see it. */
  erasure: Omit<ErasureActions, "ask"> | null;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const nowMs = useNow() ?? renderedAtMs;
  const query = usePolicy(namespace.slug, initial.databaseId, initial);
  const policy = query.data ?? initial;
  return (
    <div className="max-w-[860px] px-6 py-5 max-wide:px-4">
      {query.error && <ErrorNote error={query.error} className="mb-4" />}
      <section aria-labelledby="policy-means" className="mb-6">
        <h2 id="policy-means" className="mb-2 flex items-center gap-2 text-14 font-semibold">
          <LockKeyhole size={16} strokeWidth={1.6} aria-hidden />
          What holds now
        </h2>
        <ul className="grid max-w-[76ch] list-disc gap-1 pl-6 text-14 marker:text-ink-3">
          {policySentences(policy.rules).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
        <p className="mt-2 text-12 text-ink-3">
          {policy.updatedAtMs === null
            ? "Nobody has set anything: this is what holds everywhere."
            : `Version ${policy.version}, set by ${policy.updatedBy ?? "somebody"} ${formatMoment(policy.updatedAtMs, zone, nowMs)} ${formatZone(zone)}.`}
        </p>
      </section>
      {/* A policy that was changed elsewhere begins the form anew: what stands there would be about another one. */}
      <PolicyForm key={policy.version} namespace={namespace.slug} policy={policy} save={save} ask={ask} />
      {erasure && <ErasuresSection policy={policy} nowMs={nowMs} actions={{ ...erasure, ask }} />}
    </div>
  );
}
