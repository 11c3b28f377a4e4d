"use client";

import { CalendarClock, Check, History, Undo2, X } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { ApprovalView } from "../../lib/client/approval-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatMoment } from "../../lib/client/format-time.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { Verdict } from "../../lib/domain/approval.ts";
import { BookmarkText } from "../recovery/bookmark-text.tsx";
import { wayBack } from "../restores/restore-words.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import type { ApprovalActions } from "./approval-actions.ts";
import { ApprovalClocks } from "./approval-clocks.tsx";
import { shortDigest } from "./approval-plan.tsx";

/** What the viewer can do with a request, its two clocks, and what exactly an approval is about. */
export function ApprovalInspector({
  approval,
  database,
  zone,
  nowMs,
  withdraw,
  onDecide,
  onRun,
}: {
  approval: ApprovalView;
  database: DatabaseView | null;
  zone: string;
  nowMs: number;
  withdraw: ApprovalActions["withdraw"];
  onDecide: (verdict: Verdict) => void;
  onRun: () => void;
}) {
  const isLive = approval.status === "open" || approval.status === "approved";
  const { plan } = approval;
  return (
    <aside
      aria-label="This request"
      className="min-w-0 border-line bg-canvas px-5 py-6 max-roomy:border-t max-wide:px-4 max-wide:pb-24 roomy:border-l"
    >
      {isLive && (
        <div className="mb-5 grid gap-2">
          {(approval.mayApprove || approval.mayRefuse) && (
            <div className="grid gap-2 max-wide:fixed max-wide:inset-x-0 max-wide:bottom-[calc(60px+env(safe-area-inset-bottom))] max-wide:z-20 max-wide:auto-cols-fr max-wide:grid-flow-col max-wide:border-t max-wide:border-line-strong max-wide:bg-surface max-wide:px-4 max-wide:py-2.5">
              {approval.mayApprove && (
                <Button tone="primary" onClick={() => onDecide("approve")}>
                  <Check size={16} strokeWidth={1.6} aria-hidden />
                  Approve this plan…
                </Button>
              )}
              {approval.mayRefuse && (
                <Button onClick={() => onDecide("refuse")}>
                  <X size={16} strokeWidth={1.6} aria-hidden />
                  Refuse…
                </Button>
              )}
            </div>
          )}
          {approval.isMine && <OwnRequest approval={approval} database={database} withdraw={withdraw} onRun={onRun} />}
          <p className="mt-1 text-12 text-ink-3">{adviceFor(approval)}</p>
        </div>
      )}
      <ApprovalClocks approval={approval} zone={zone} nowMs={nowMs} />
      <h2 className="mt-5 mb-2 border-t border-line pt-4 text-14 font-semibold">What is approved</h2>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-2 text-12 [&_dd]:text-right [&_dt]:text-ink-3">
        <Detail term="Plan">
          <code title={approval.digest}>{shortDigest(approval.digest)}</code>
        </Detail>
        {plan.kind === "restore.project" && (
          <>
            {plan.askedMs !== null && (
              <Detail term="Asked for">
                <time>{formatMoment(plan.askedMs, zone, nowMs, "millisecond")}</time>
              </Detail>
            )}
            <Detail term="Source">
              <BookmarkText bookmark={plan.plan.to.bookmark} />
            </Detail>
            <Detail term="Target">{approval.databaseName} (production)</Detail>
            <Detail term="Goes back by">{wayBack(plan.plan)}</Detail>
            <Detail term="Takes">about {formatDuration(plan.plan.estimateMs)}</Detail>
          </>
        )}
        {plan.kind === "restore.cutover" && (
          <>
            <Detail term="State">
              <BookmarkText bookmark={plan.plan.to.bookmark} />
            </Detail>
            <Detail term="Preview">{plan.preview.name}</Detail>
            <Detail term="Target">{approval.databaseName} (production)</Detail>
            <Detail term="Takes">about {formatDuration(plan.plan.estimateMs)}</Detail>
          </>
        )}
        <Detail term="Approvals">
          {approval.approved} of {approval.needed}
        </Detail>
      </dl>
      <p className="mt-3.5 text-12 text-ink-3">Checked again when it runs. Any other plan needs a new approval.</p>
    </aside>
  );
}

function adviceFor(approval: ApprovalView): string {
  if (approval.mayRun) return "It can be run once. What is shown here is what runs.";
  if (approval.isMine) return "Nothing starts by itself. You cannot approve what you ask for.";
  if (approval.mayApprove) return `Approving starts nothing: ${approval.requestedBy} starts it.`;
  if (approval.mayRefuse) return "You may still refuse it until it is run.";
  return "You see what is asked for; others decide on it.";
}

/** What the requester can do: run it once it is approved, ask for another moment, take it back. */
function OwnRequest({
  approval,
  database,
  withdraw,
  onRun,
}: {
  approval: ApprovalView;
  database: DatabaseView | null;
  withdraw: ApprovalActions["withdraw"];
  onRun: () => void;
}) {
  const { namespace } = useViewer();
  const withdrawal = useServerAction(namespace.slug, withdraw);
  const isRestore = approval.kind === "restore.project";
  const at = approval.plan.kind === "restore.project" ? approval.plan.plan.to.timeMs : 0;
  const verb = {
    "restore.project": "Restore…",
    "restore.cutover": "Cut over…",
    "policy.change": "Change the policy…",
    "database.delete": "Delete…",
    "history.erase": "Erase history…",
  };
  return (
    <>
      <Button
        tone="risk"
        blockedBy={
          approval.mayRun
            ? isRestore && !approval.mayBeginNow
              ? "The policy lets no restore begin at this hour."
              : null
            : "It has not been approved yet."
        }
        onClick={onRun}
      >
        <History size={16} strokeWidth={1.6} aria-hidden />
        {verb[approval.kind]}
      </Button>
      {isRestore && database && (
        <Button asChild>
          <Link href={`/databases/${encodeURIComponent(database.name)}/backups?at=${at}`}>
            <CalendarClock size={16} strokeWidth={1.6} aria-hidden />
            Choose another moment
          </Link>
        </Button>
      )}
      <Button
        tone="quiet"
        disabled={withdrawal.isPending || withdrawal.isSuccess}
        onClick={() => withdrawal.mutate({ namespace: namespace.slug, approvalId: approval.id })}
      >
        <Undo2 size={16} strokeWidth={1.6} aria-hidden />
        {withdrawal.isPending || withdrawal.isSuccess ? "Withdrawing…" : "Withdraw the request"}
      </Button>
      {withdrawal.error && <ErrorNote error={withdrawal.error} />}
    </>
  );
}

function Detail({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt>{term}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
