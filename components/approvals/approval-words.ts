import type { ApprovalView } from "../../lib/client/approval-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatClock, formatDay, formatZone, isSameDay } from "../../lib/client/format-time.ts";
import type { ApprovalStatus } from "../../lib/domain/approval.ts";

export const approvalHref = ({ id }: Pick<ApprovalView, "id">) => `/approvals/${id}`;

/** What is asked for, as lists title it: `Restore billing`. */
export function approvalTitle({ plan, databaseName }: ApprovalView): string {
  if (plan.kind === "policy.change") return `Loosen the policy of ${databaseName}`;
  if (plan.kind === "database.delete") return `Delete ${databaseName}`;
  if (plan.kind === "history.erase") return `Erase history of ${databaseName}`;
  if (plan.kind === "restore.cutover") return `Cut ${databaseName} over to ${plan.preview.name}`;
  return plan.undoOf === null ? `Restore ${databaseName}` : `Undo a restore of ${databaseName}`;
}

/** The line below the title: where a restore goes back to, or what a change is about. */
export function approvalSubject(approval: ApprovalView, zone: string, nowMs: number): string {
  const { plan } = approval;
  if (plan.kind === "policy.change") return `${formatCount(plan.looser.length, "rule")} would ask for less`;
  if (plan.kind === "database.delete") return "Its protection ends";
  if (plan.kind === "history.erase") return "Older moments are gone for good";
  if (plan.kind === "restore.cutover") return "A preview's state becomes the project's";
  const { timeMs } = plan.plan.to;
  const day = isSameDay(timeMs, nowMs, zone) ? "" : `${formatDay(timeMs, zone, nowMs)} `;
  return `to ${day}${formatClock(timeMs, zone, "millisecond")} ${formatZone(zone)}`;
}

/** The question that the page of a request asks. */
export function approvalQuestion(approval: ApprovalView, zone: string): string {
  const { plan, databaseName } = approval;
  if (plan.kind !== "restore.project") return `${approvalTitle(approval)}?`;
  const to = `${formatClock(plan.plan.to.timeMs, zone, "millisecond")} ${formatZone(zone)}`;
  return plan.undoOf === null ? `Restore ${databaseName} to ${to}?` : `Undo: bring ${databaseName} back to ${to}?`;
}

/** How a request stands, in a word or two. */
export const STATUS_WORDS: Record<ApprovalStatus, string> = {
  open: "waits for approval",
  approved: "approved, not run yet",
  used: "approved and run",
  refused: "refused",
  expired: "expired",
  void: "now void",
  withdrawn: "withdrawn",
};

/** The clock that runs now: until when, and what for; null where none does. Unix milliseconds. */
export function runningClock(approval: ApprovalView): { untilMs: number; fromMs: number } | null {
  if (approval.status === "open") return { fromMs: approval.createdAtMs, untilMs: approval.approveUntilMs };
  if (approval.status === "approved" && approval.approvedAtMs !== null && approval.runUntilMs !== null) {
    return { fromMs: approval.approvedAtMs, untilMs: approval.runUntilMs };
  }
  return null;
}

/** A list of names as one says them: `Ada`, `Ada and Ben`, `Ada, Ben and Cem`. */
export function joinNames(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "nobody") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
