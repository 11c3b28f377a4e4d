"use client";

import { UserRoundCheck } from "lucide-react";
import { useId, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import type { AskAction } from "./approval-actions.ts";
import { approvalHref } from "./approval-words.ts";

/** Where the policy wants others to allow a deletion: the reason for them to decide by. Nothing is deleted here. */
export function AskDeletionDialog({
  database,
  needed,
  ask,
  onClose,
}: {
  database: DatabaseView;
  needed: number;
  ask: AskAction;
  onClose: () => void;
}) {
  const formId = useId();
  const [reason, setReason] = useState("");
  const asking = useActionThenGo(database.namespace, ask, approvalHref);
  const isBusy = asking.isPending || asking.isSuccess;
  const canAsk = reason.trim() !== "" && !isBusy;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title={`Ask to delete ${database.name}?`}
      description={`The policy wants ${formatCount(needed, "other person", "other people")} to approve it. Nothing is deleted before you run it.`}
      footer={
        <ConfirmFooter
          form={formId}
          closeWords="Close, nothing is asked"
          onClose={onClose}
          tone="primary"
          icon={UserRoundCheck}
          words="Request approval"
          busyWords="Asking…"
          isBusy={isBusy}
          canStart={canAsk}
        />
      }
    >
      <form
        id={formId}
        className="grid gap-4 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!canAsk) return;
          const { namespace, id } = database;
          asking.mutate({ namespace, database: id, ask: { kind: "database.delete", reason: reason.trim() } });
        }}
      >
        <ReasonField remark="the others decide by it" rows={3} value={reason} onChange={setReason} />
        {asking.error && <ErrorNote error={asking.error} />}
      </form>
    </Dialog>
  );
}
