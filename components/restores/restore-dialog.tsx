"use client";

import { History, Undo2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { DatabaseView, RestoreSourceBody } from "../../lib/client/api-types.ts";
import type { BackupKind } from "../../lib/client/backup-types.ts";
import { useRestorePlan } from "../../lib/client/hooks/use-restores.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { ErrorNote } from "../ui/error-note.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import { TypedName } from "../ui/typed-name.tsx";
import { AroundChoice } from "./around-choice.tsx";
import { CheckChoice } from "./check-choice.tsx";
import { MomentDialog } from "./moment-dialog.tsx";
import type { AroundBody, ChecksBody, RestoreActions } from "./restore-actions.ts";
import { RestoreLoss } from "./restore-loss.tsx";
import { AttachedAdvice, RestorePlanFacts, RestorePlanWords } from "./restore-plan.tsx";
import { restoreHref } from "./restore-words.ts";
import type { RestoreAim } from "./target-choice.tsx";

/** What is about to be restored. */
export type RestoreIntent = {
  source: RestoreSourceBody;
  /** What was asked for; null where a commit itself was chosen. Unix milliseconds. */
  askedMs: number | null;
  /** The commit that it resolves to, as the person has seen it. */
  bookmark: string;
  timeMs: number;
  /** Set where this is the way back from a restore. */
  undoOf: string | null;
  /** The backup that the state comes from; left out: the history. */
  backup?: { title: string; kind: BackupKind };
  /** What is written, as the dialog opens; the project itself where it is left out. */
  aim?: RestoreAim;
};

/** The plan, the typed name and the reason, and only then the red button. Closing it starts nothing. */
export function RestoreDialog({
  database,
  intent,
  actions,
  targets = null,
  onClose,
}: {
  database: DatabaseView;
  intent: RestoreIntent;
  actions: RestoreActions;
  /** The choice of what is written, where there is one. */
  targets?: ReactNode;
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const [reason, setReason] = useState("");
  const [name, setName] = useState("");
  const [around, setAround] = useState<AroundBody>({});
  const [checks, setChecks] = useState<ChecksBody>({});
  const planned = useRestorePlan(namespace.slug, database.name, intent.source);
  const plan = planned.data?.plan ?? null;
  const restore = useActionThenGo(namespace.slug, actions.restore, restoreHref);
  const undo = useActionThenGo(namespace.slug, actions.undo, restoreHref);
  const running = restore.isPending || undo.isPending || restore.isSuccess || undo.isSuccess;
  const failure = restore.error ?? undo.error ?? planned.error;

  const hasReason = intent.undoOf !== null || reason.trim() !== "";
  const hasName = name === database.name;
  // The plan must lead to the very commit that was chosen: another one is never restored, whatever the reason.
  const isOther = plan !== null && plan.to.bookmark !== intent.bookmark;
  // What is not there is made anew even where no commit would be taken back.
  const isMissing = database.capture?.problem?.isFileMissing === true;
  const canStart = hasReason && hasName && plan !== null && !isOther && (plan.commits !== 0 || isMissing) && !running;

  const start = () => {
    if (!canStart || !plan) return;
    const of = { namespace: namespace.slug, database: database.name };
    const shared = { ...of, ...around, confirmName: name, planDigest: plan.digest };
    if (intent.undoOf !== null) undo.mutate({ ...shared, restoreId: intent.undoOf });
    else restore.mutate({ ...shared, ...checks, ...intent.source, reason: reason.trim() });
  };

  return (
    <MomentDialog
      database={database}
      intent={intent}
      titled={(clock) =>
        intent.undoOf === null
          ? `Restore ${database.name} to ${clock}`
          : `Undo: bring ${database.name} back to ${clock}`
      }
      consequence={`This overwrites ${database.kind === "preview" ? "the preview" : "production"}.`}
      targets={targets}
      error={failure}
      needs={[...(intent.undoOf === null ? [{ what: "reason", met: hasReason }] : []), { what: "name", met: hasName }]}
      closeWords="Close, nothing starts"
      onClose={onClose}
      tone="danger"
      icon={intent.undoOf === null ? History : Undo2}
      words={intent.undoOf === null ? `Restore ${database.name}` : "Undo the restore"}
      busyWords="Starting…"
      isBusy={running}
      canStart={canStart}
      onSubmit={start}
      facts={
        <>
          <RestorePlanFacts database={database} plan={plan} />
          <AroundChoice offer={planned.data?.around ?? null} value={around} onChange={setAround} />
          {intent.undoOf === null && <CheckChoice database={database} value={checks} onChange={setChecks} />}
          {intent.undoOf === null && <ReasonField value={reason} onChange={setReason} className="mb-4" />}
          <TypedName name={database.name} value={name} onChange={setName} />
        </>
      }
    >
      <RestorePlanWords database={database} plan={plan} />
      <RestoreLoss database={database.name} intent={intent} plan={plan} />
      <AttachedAdvice database={database} plan={plan} />
      {isOther && <ErrorNote error={otherMoment()} className="mt-4" />}
    </MomentDialog>
  );
}

function otherMoment(): LastgoodError {
  return new LastgoodError("conflict", "The plan leads to another commit than the one you chose.", {
    hint: "Close this and choose the moment again.",
  });
}
