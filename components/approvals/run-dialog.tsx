"use client";

import { History } from "lucide-react";
import { useId, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { ApprovalView } from "../../lib/client/approval-types.ts";
import { useRestorePlan } from "../../lib/client/hooks/use-restores.ts";
import { LossTable } from "../diff/loss-table.tsx";
import { RestorePlanFacts } from "../restores/restore-plan.tsx";
import { restoreHref } from "../restores/restore-words.ts";
import { useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { TypedName } from "../ui/typed-name.tsx";
import type { ApprovalActions } from "./approval-actions.ts";
import { approvalHref, approvalQuestion, joinNames } from "./approval-words.ts";

/** The last step of an approved request: the figures of now, the name typed, and only then the button. */
export function RunDialog({
  approval,
  database,
  zone,
  run,
  onClose,
}: {
  approval: ApprovalView;
  database: DatabaseView;
  zone: string;
  run: ApprovalActions["run"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const formId = useId();
  const [name, setName] = useState("");
  const [read] = useState(approval);
  const to = read.plan.kind === "restore.project" ? read.plan.plan.to.bookmark : null;
  const planned = useRestorePlan(namespace.slug, database.name, to === null ? null : { bookmark: to });
  const plan = planned.data?.plan ?? null;
  const mutation = useActionThenGo(namespace.slug, run, (done: ApprovalView) =>
    done.restoreId === null ? approvalHref(done) : restoreHref({ databaseName: database.name, id: done.restoreId }),
  );
  const isBusy = mutation.isPending || mutation.isSuccess;
  const canRun = name === database.name && (to === null || plan !== null) && !isBusy;
  const approvers = read.decisions.filter(({ verdict, counts }) => verdict === "approve" && counts).map(({ by }) => by);
  const verb = {
    "restore.project": "Restore",
    "restore.cutover": "Cut over",
    "policy.change": "Change the policy of",
    "database.delete": "Delete",
    "history.erase": "Erase history of",
  };
  const submit = () => {
    if (!canRun) return;
    mutation.mutate({
      namespace: namespace.slug,
      approvalId: read.id,
      digest: read.digest,
      confirmName: name,
      ...(plan && { planDigest: plan.digest }),
    });
  };
  return (
    <Dialog
      open
      wide={to !== null}
      onOpenChange={(open) => !open && !mutation.isPending && onClose()}
      title={approvalQuestion(read, zone)}
      description={`Approved by ${joinNames(approvers)}. It can be run once.`}
      footer={
        <ConfirmFooter
          form={formId}
          closeWords="Close, nothing starts"
          onClose={onClose}
          tone="danger"
          icon={History}
          words={`${verb[read.kind]} ${database.name}`}
          busyWords="Starting…"
          isBusy={isBusy}
          canStart={canRun}
        />
      }
    >
      <form
        id={formId}
        className="px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {to !== null && <RestorePlanFacts database={database} plan={plan} />}
        {to !== null && (
          <div className="-mt-4 mb-5">
            <LossTable database={database.name} bookmark={to} />
          </div>
        )}
        <TypedName name={database.name} value={name} onChange={setName} />
        {(mutation.error ?? planned.error) && (
          <ErrorNote error={mutation.error ?? planned.error ?? new Error("no plan")} className="mt-4" />
        )}
      </form>
    </Dialog>
  );
}
