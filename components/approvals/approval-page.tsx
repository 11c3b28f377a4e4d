"use client";

import { Check, CircleSlash, Clock3, History, Hourglass, Undo2, X } from "lucide-react";
import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { ApprovalView } from "../../lib/client/approval-types.ts";
import { formatAgo } from "../../lib/client/format-duration.ts";
import { formatFullDay, formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { useApproval } from "../../lib/client/hooks/use-approvals.ts";
import type { Verdict } from "../../lib/domain/approval.ts";
import { restoreHref } from "../restores/restore-words.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { ApprovalActions } from "./approval-actions.ts";
import { ApprovalInspector } from "./approval-inspector.tsx";
import { ApprovalPlanWords } from "./approval-plan.tsx";
import { approvalHref, approvalQuestion } from "./approval-words.ts";
import { DecisionDialog } from "./decision-dialog.tsx";
import { RunDialog } from "./run-dialog.tsx";

/** One request: what would happen and why, what became of it, and on the right what the viewer can do with it. */
export function ApprovalPage({
  initial,
  database,
  renderedAtMs,
  actions,
}: {
  initial: ApprovalView;
  /** Null once it was deleted. */
  database: DatabaseView | null;
  renderedAtMs: number;
  actions: ApprovalActions;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const nowMs = useNow() ?? renderedAtMs;
  const query = useApproval(namespace.slug, initial.id, initial);
  const approval = query.data ?? initial;
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [isRunning, setRunning] = useState(false);
  const { plan } = approval;
  return (
    <div className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)_304px] max-roomy:grid-cols-1">
      <div className="min-w-0 px-8 py-6 max-wide:px-4 max-wide:py-4">
        {query.error && <ErrorNote error={query.error} className="mb-4" />}
        <div aria-live="polite">
          <Ending approval={approval} zone={zone} nowMs={nowMs} />
        </div>
        <p className="text-ink-3">
          {approval.isMine ? "You asked" : `${approval.requestedBy} asks`} {formatAgo(approval.createdAtMs, nowMs)}
        </p>
        <h1 className="mt-1 mb-1 text-20 font-semibold tracking-[-0.02em] text-balance">
          {approvalQuestion(approval, zone)}
        </h1>
        {plan.kind === "restore.project" && (
          <p className="text-14 text-ink-2">
            {formatFullDay(plan.plan.to.timeMs, zone)}, {formatAgo(plan.plan.to.timeMs, nowMs)}
            {plan.label !== null && `, the snapshot ${plan.label}`}. Production is overwritten and can be undone.
          </p>
        )}
        <blockquote className="mt-4 mb-5 border-l-[3px] border-line-strong pl-3.5 text-14 break-words whitespace-pre-line">
          {approval.reason}
        </blockquote>
        <ApprovalPlanWords approval={approval} database={database} />
        <Verdicts approval={approval} zone={zone} nowMs={nowMs} />
      </div>
      <ApprovalInspector
        approval={approval}
        database={database}
        zone={zone}
        nowMs={nowMs}
        withdraw={actions.withdraw}
        onDecide={setVerdict}
        onRun={() => setRunning(true)}
      />
      {verdict !== null && (
        <DecisionDialog
          approval={approval}
          verdict={verdict}
          zone={zone}
          decide={actions.decide}
          onClose={() => setVerdict(null)}
        />
      )}
      {isRunning && database && (
        <RunDialog
          approval={approval}
          database={database}
          zone={zone}
          run={actions.run}
          onClose={() => setRunning(false)}
        />
      )}
    </div>
  );
}

const ENDINGS = {
  used: { tone: "ok", icon: Check, title: "Approved and run." },
  refused: { tone: "danger", icon: X, title: "Refused." },
  expired: { tone: "warn", icon: Hourglass, title: "Expired." },
  void: { tone: "warn", icon: CircleSlash, title: "Now void." },
  withdrawn: { tone: "plain", icon: Undo2, title: "Withdrawn." },
} as const;

/** What became of a request that has ended, and why; or that it waits for an hour at which it may begin. */
function Ending({ approval, zone, nowMs }: { approval: ApprovalView; zone: string; nowMs: number }) {
  const { status, because, endedAtMs } = approval;
  const when = endedAtMs === null ? "" : ` ${formatMoment(endedAtMs, zone, nowMs)} ${formatZone(zone)}.`;
  if (status === "open" || status === "approved") {
    if (approval.kind !== "restore.project" || approval.mayBeginNow) return null;
    const next = approval.nextBeginMs;
    return (
      <Note
        tone="warn"
        className="mb-5"
        icon={<Clock3 size={16} strokeWidth={1.6} aria-hidden />}
        title="Not at this hour."
      >
        {next === null
          ? "The policy lets no restore begin in the days ahead."
          : `The policy lets a restore begin from ${formatMoment(next, zone, nowMs, "minute")} ${formatZone(zone)} on; its time to run goes on meanwhile.`}
      </Note>
    );
  }
  const { tone, icon: Icon, title } = ENDINGS[status];
  const words = status === "refused" ? because?.replace(/^Refused by /, "By ") : because;
  return (
    <Note tone={tone} className="mb-5" icon={<Icon size={16} strokeWidth={1.6} aria-hidden />} title={title}>
      {words}
      {when && <span className="text-ink-2">{when}</span>}{" "}
      {approval.replacedBy !== null && (
        <TextLink href={approvalHref({ id: approval.replacedBy })}>See the request that took its place</TextLink>
      )}
      {approval.restoreId !== null && (
        <TextLink href={restoreHref({ databaseName: approval.databaseName, id: approval.restoreId })}>
          <History size={14} strokeWidth={1.6} aria-hidden />
          See the restore
        </TextLink>
      )}
    </Note>
  );
}

/** Everything that was said about the request, in its order. */
function Verdicts({ approval, zone, nowMs }: { approval: ApprovalView; zone: string; nowMs: number }) {
  if (approval.decisions.length === 0) return null;
  return (
    <section aria-label="Verdicts" className="mt-6">
      <h2 className="mb-1 text-14 font-semibold">Verdicts</h2>
      <ul>
        {approval.decisions.map((decision) => (
          <li key={decision.by} className="flex flex-wrap gap-x-3 border-b border-line py-2 last:border-b-0">
            <span
              className={
                decision.verdict === "approve"
                  ? "inline-flex items-center gap-1.5 text-ok-text"
                  : "inline-flex items-center gap-1.5 text-danger-text"
              }
            >
              {decision.verdict === "approve" ? (
                <Check size={14} strokeWidth={1.8} aria-hidden />
              ) : (
                <X size={14} strokeWidth={1.8} aria-hidden />
              )}
              {decision.verdict === "approve" ? "approved" : "refused"}
            </span>
            <span className="min-w-0 flex-1 font-[550] break-words">{decision.isMine ? "you" : decision.by}</span>
            <time className="text-12/5 text-ink-3">
              {formatMoment(decision.timeMs, zone, nowMs)} {formatZone(zone)}
            </time>
            {decision.comment && <p className="basis-full text-ink-2">{decision.comment}</p>}
            {!decision.counts && (
              <p className="basis-full text-12 text-warn-text">Does not count: {decision.by} may no longer approve.</p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
