"use client";

import { Check, X } from "lucide-react";
import { useId, useState } from "react";
import type { ApprovalView } from "../../lib/client/approval-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { Verdict } from "../../lib/domain/approval.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import type { ApprovalActions } from "./approval-actions.ts";
import { shortDigest } from "./approval-plan.tsx";
import { approvalQuestion } from "./approval-words.ts";

/** The verdict on somebody else's request. Closing it decides nothing. */
export function DecisionDialog({
  approval,
  verdict,
  zone,
  decide,
  onClose,
}: {
  approval: ApprovalView;
  verdict: Verdict;
  zone: string;
  decide: ApprovalActions["decide"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const formId = useId();
  const [comment, setComment] = useState("");
  // What was read when the dialog was opened is what is decided on, whatever the page has loaded since.
  const [read] = useState(approval);
  const mutation = useServerAction(namespace.slug, decide);
  const approves = verdict === "approve";
  const canDecide = (approves || comment.trim() !== "") && !mutation.isPending && !mutation.isSuccess;
  const submit = () => {
    if (!canDecide) return;
    const text = comment.trim();
    mutation.mutate(
      {
        namespace: namespace.slug,
        approvalId: read.id,
        verdict,
        digest: read.digest,
        ...(text !== "" && { comment: text }),
      },
      { onSuccess: onClose },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !mutation.isPending && onClose()}
      title={approves ? "Approve this plan?" : "Refuse this request?"}
      description={approvalQuestion(read, zone)}
      footer={
        <ConfirmFooter
          form={formId}
          closeWords="Close, decide nothing"
          onClose={onClose}
          tone={approves ? "primary" : "secondary"}
          icon={approves ? Check : X}
          words={approves ? "Approve this plan" : "Refuse"}
          busyWords="Deciding…"
          isBusy={mutation.isPending}
          canStart={canDecide}
        />
      }
    >
      <form
        id={formId}
        className="grid gap-4 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <blockquote className="border-l-[3px] border-line-strong pl-3.5 text-14">
          {read.reason}
          <footer className="mt-0.5 text-12 text-ink-3">{read.requestedBy}</footer>
        </blockquote>
        <p className="text-ink-2">
          {approves
            ? `Approving starts nothing: ${read.requestedBy} starts it. You approve plan ${shortDigest(read.digest)} and no other; any change makes your approval void.`
            : "A refusal ends this request for good, whoever else has approved it. What was meant can be asked for anew."}
        </p>
        <ReasonField
          label="Comment"
          remark={approves ? "goes into the audit log" : "needed to refuse"}
          rows={3}
          value={comment}
          onChange={setComment}
        />
        {mutation.error && <ErrorNote error={mutation.error} />}
      </form>
    </Dialog>
  );
}
