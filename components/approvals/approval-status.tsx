import { Ban, Check, CircleSlash, Hourglass, type LucideIcon, Undo2, UserRoundCheck, X } from "lucide-react";
import type { ApprovalStatus } from "../../lib/domain/approval.ts";
import { joinClasses } from "../ui/join-classes.ts";
import { STATUS_WORDS } from "./approval-words.ts";

const LOOKS: Record<ApprovalStatus, { icon: LucideIcon; className: string }> = {
  open: { icon: Hourglass, className: "text-warn-text" },
  approved: { icon: UserRoundCheck, className: "text-ok-text" },
  used: { icon: Check, className: "text-ok-text" },
  refused: { icon: X, className: "text-danger-text" },
  expired: { icon: Hourglass, className: "text-ink-2" },
  void: { icon: CircleSlash, className: "text-ink-2" },
  withdrawn: { icon: Undo2, className: "text-ink-2" },
};

/** How a request stands: each end has its own shape and its own words. */
export function ApprovalStatusText({ status, className }: { status: ApprovalStatus; className?: string }) {
  const { icon: Icon, className: tone } = LOOKS[status] ?? { icon: Ban, className: "" };
  return (
    <span className={joinClasses("inline-flex items-center gap-1.5 text-12", tone, className)}>
      <Icon size={12} strokeWidth={1.8} aria-hidden />
      {STATUS_WORDS[status]}
    </span>
  );
}
