"use client";

import { Hourglass } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ApprovalsView, ApprovalView } from "../../lib/client/approval-types.ts";
import { formatAgo, formatDuration } from "../../lib/client/format-duration.ts";
import { useApprovals } from "../../lib/client/hooks/use-approvals.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { ApprovalStatusText } from "./approval-status.tsx";
import { approvalHref, approvalSubject, approvalTitle, runningClock } from "./approval-words.ts";

/** All requests of the namespace: what waits for the viewer first, then what waits for others, then what has ended. */
export function ApprovalInbox({ initial, renderedAtMs }: { initial: ApprovalsView; renderedAtMs: number }) {
  const { namespace } = useViewer();
  const nowMs = useNow() ?? renderedAtMs;
  const query = useApprovals(namespace.slug, initial);
  const { approvals } = query.data ?? initial;
  const isLive = ({ status }: ApprovalView) => status === "open" || status === "approved";
  const waits = approvals.filter((one) => one.mayApprove || one.mayRun);
  const others = approvals.filter((one) => isLive(one) && !waits.includes(one));
  const ended = approvals.filter((one) => !isLive(one));
  return (
    <>
      {query.error && <ErrorNote error={query.error} className="m-4" />}
      <Group title="Waiting for you" approvals={waits} nowMs={nowMs} empty="Nothing waits for you." />
      {others.length > 0 && <Group title="Waiting for others" approvals={others} nowMs={nowMs} />}
      {ended.length > 0 && <Group title="Decided lately" approvals={ended} nowMs={nowMs} />}
    </>
  );
}

function Group({
  title,
  approvals,
  nowMs,
  empty,
}: {
  title: string;
  approvals: readonly ApprovalView[];
  nowMs: number;
  empty?: string;
}) {
  return (
    <section aria-label={title}>
      <h2 className="flex h-10 items-end justify-between px-5 pb-1.5 text-11 font-medium text-ink-3 max-wide:px-4">
        {title}
        {approvals.length > 0 && <span>{approvals.length}</span>}
      </h2>
      {approvals.length === 0 && empty && (
        <p className="border-b border-line px-5 pb-3 text-ink-3 max-wide:px-4">{empty}</p>
      )}
      <ul>
        {approvals.map((approval) => (
          <Entry key={approval.id} approval={approval} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );
}

function Entry({ approval, nowMs }: { approval: ApprovalView; nowMs: number }) {
  const { zone } = useZone();
  const path = usePathname();
  const href = approvalHref(approval);
  const clock = runningClock(approval);
  return (
    <li>
      <Link
        href={href}
        aria-current={path === href ? "true" : undefined}
        className="block border-b border-l-[3px] border-b-line border-l-transparent py-3 pr-5 pl-[17px] hover:bg-hover aria-[current=true]:border-l-accent aria-[current=true]:bg-accent-soft max-wide:pr-4 max-wide:pl-[13px]"
      >
        <span className="flex items-baseline justify-between gap-3">
          <span className="truncate font-[550]">{approvalTitle(approval)}</span>
          <span className="shrink-0 text-12 text-ink-3">{formatAgo(approval.createdAtMs, nowMs)}</span>
        </span>
        <span className="block truncate text-ink-2">{approvalSubject(approval, zone, nowMs)}</span>
        <span className="mt-1.5 flex items-center justify-between gap-3">
          <span className="truncate text-12 text-ink-3">{approval.isMine ? "asked by you" : approval.requestedBy}</span>
          {clock === null ? (
            <ApprovalStatusText status={approval.status} className="shrink-0" />
          ) : (
            <Chip tone={approval.status === "approved" ? "ok" : "warn"} className="shrink-0">
              <Hourglass aria-hidden />
              {formatDuration(Math.max(0, clock.untilMs - nowMs))} left
              {approval.status === "approved" && " to run"}
            </Chip>
          )}
        </span>
      </Link>
    </li>
  );
}
