"use client";

import type { ApprovalsView } from "../../lib/client/approval-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useApprovals } from "../../lib/client/hooks/use-approvals.ts";
import { AnswerHead } from "../shell/answer-head.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { TextLink } from "../ui/text-link.tsx";

/** Whether anything waits for the viewer, and how approvals work. */
export function ApprovalsAnswer({ initial }: { initial: ApprovalsView }) {
  const { namespace } = useViewer();
  const { waiting, approvals } = useApprovals(namespace.slug, initial).data ?? initial;
  return (
    <div className="px-8 py-6 max-wide:px-4 max-wide:pb-2">
      <AnswerHead
        question="Does anything wait for you?"
        answer={
          waiting === 0
            ? "Nothing waits for you."
            : `${formatCount(waiting, "request")} ${waiting === 1 ? "waits" : "wait"} for you.`
        }
        lede={
          waiting > 0
            ? "To decide on, or to run once it is approved. Choose one to read what it would do."
            : approvals.length > 0
              ? "What others are asked, and what was decided lately, is in the list."
              : "Where somebody may not restore alone, they ask, and others decide here on the very same plan."
        }
      />
      {approvals.length === 0 && (
        <p className="mt-4 max-w-[76ch] text-14 text-ink-2">
          Members ask from a database's Backups. Whether owners and admins must ask too is set per database, on its
          Policy tab. <TextLink href="/databases">Choose a database</TextLink>
        </p>
      )}
    </div>
  );
}
