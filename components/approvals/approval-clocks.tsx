import type { ApprovalView } from "../../lib/client/approval-types.ts";
import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { ProgressBar } from "../ui/progress-bar.tsx";

/** The two clocks of a request, both always in view: how long others may approve it, and then how long it may be run. */
export function ApprovalClocks({ approval, zone, nowMs }: { approval: ApprovalView; zone: string; nowMs: number }) {
  const { status, createdAtMs, approveUntilMs, approvedAtMs, runUntilMs } = approval;
  const until = (ms: number) => `until ${formatMoment(ms, zone, nowMs)} ${formatZone(zone)}`;
  return (
    <div className="grid gap-3">
      <Clock
        term="To approve"
        words={
          status === "open"
            ? `${formatDuration(Math.max(0, approveUntilMs - nowMs))} left`
            : approvedAtMs !== null
              ? `approved after ${formatDuration(approvedAtMs - createdAtMs)}`
              : "over"
        }
        remark={status === "open" ? until(approveUntilMs) : null}
        done={(status === "open" ? nowMs : (approvedAtMs ?? approveUntilMs)) - createdAtMs}
        total={approveUntilMs - createdAtMs}
        isOver={status !== "open"}
      />
      <Clock
        term="To run"
        words={
          status === "approved" && runUntilMs !== null
            ? `${formatDuration(Math.max(0, runUntilMs - nowMs))} left`
            : status === "open"
              ? "starts with the approval"
              : status === "used" && approvedAtMs !== null && approval.endedAtMs !== null
                ? `run after ${formatDuration(approval.endedAtMs - approvedAtMs)}`
                : "over"
        }
        remark={status === "approved" && runUntilMs !== null ? until(runUntilMs) : null}
        done={
          approvedAtMs === null ? 0 : (status === "approved" ? nowMs : (approval.endedAtMs ?? nowMs)) - approvedAtMs
        }
        total={approvedAtMs === null || runUntilMs === null ? 1 : runUntilMs - approvedAtMs}
        isOver={status !== "approved"}
      />
    </div>
  );
}

function Clock({
  term,
  words,
  remark,
  done,
  total,
  isOver,
}: {
  term: string;
  words: string;
  remark: string | null;
  done: number;
  total: number;
  isOver: boolean;
}) {
  return (
    <div>
      <dl className="flex items-baseline justify-between gap-3 text-12">
        <dt className="text-ink-3">{term}</dt>
        <dd className={isOver ? "text-ink-2" : "font-[550]"}>{words}</dd>
      </dl>
      <ProgressBar
        label={term}
        done={Math.max(0, done)}
        total={total}
        tone={isOver ? "ok" : "accent"}
        className={isOver ? "mt-1 h-1 opacity-50" : "mt-1 h-1"}
      />
      {remark && <p className="mt-1 text-12 text-ink-3">{remark}</p>}
    </div>
  );
}
