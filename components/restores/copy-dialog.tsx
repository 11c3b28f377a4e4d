"use client";

import { CopyPlus, Database } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { usePreviews } from "../../lib/client/hooks/use-previews.ts";
import { useRestorePlan } from "../../lib/client/hooks/use-restores.ts";
import type { RestoreTargetBody } from "../../lib/client/preview-types.ts";
import { PREVIEW_LIMITS } from "../../lib/domain/preview.ts";
import { useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Field, TextInput } from "../ui/field.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import { useNow } from "../ui/use-now.ts";
import { CheckChoice } from "./check-choice.tsx";
import { CopyPlanFacts, CopyPlanWords } from "./copy-plan.tsx";
import { MomentDialog } from "./moment-dialog.tsx";
import { PreviewChoice } from "./preview-choice.tsx";
import type { ChecksBody, RestoreActions } from "./restore-actions.ts";
import type { RestoreIntent } from "./restore-dialog.tsx";
import { restoreHref } from "./restore-words.ts";
import type { RestoreAim } from "./target-choice.tsx";
import { TtlField } from "./ttl-field.tsx";

const VERBS = {
  new_preview: { words: "Make the preview", icon: CopyPlus },
  preview: { words: "Overwrite the preview", icon: CopyPlus },
  new_database: { words: "Make the database", icon: Database },
} as const;

/** A moment into a copy: a new preview, one that is there, or a database of its own. The project is not touched. */
export function CopyDialog({
  database,
  intent,
  aim,
  actions,
  targets,
  onClose,
}: {
  database: DatabaseView;
  intent: RestoreIntent;
  aim: Exclude<RestoreAim, "project">;
  actions: Pick<RestoreActions, "restore">;
  /** The choice of what is written. */
  targets: ReactNode;
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const nowMs = useNow() ?? Date.now();
  const [name, setName] = useState("");
  const [ttlHours, setTtlHours] = useState<number>(PREVIEW_LIMITS.defaultTtlHours);
  const [chosenId, setChosenId] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [checks, setChecks] = useState<ChecksBody>({});
  const previews = usePreviews(namespace.slug, database.name);
  const list = previews.data?.previews ?? [];
  const previewId = chosenId ?? list[0]?.id ?? null;
  const preview = list.find(({ id }) => id === previewId) ?? null;
  const isFull = aim === "new_preview" && previews.data !== undefined && list.length >= previews.data.limit;

  const hasTarget = aim !== "preview" || previews.data === undefined || list.length > 0;

  // The name and the time to live change nothing of what the plan counts.
  const kind: RestoreTargetBody | null =
    aim === "preview" ? (previewId === null ? null : { target: "preview", previewId }) : { target: aim };
  const planned = useRestorePlan(namespace.slug, database.name, kind && { ...intent.source, ...kind });
  const plan = planned.data?.plan ?? null;
  const restore = useActionThenGo(namespace.slug, actions.restore, restoreHref);
  const isBusy = restore.isPending || restore.isSuccess;
  const isSame = plan !== null && plan.to.bookmark === intent.bookmark;
  const canStart = isSame && !isFull && !isBusy;
  const failure = restore.error ?? planned.error ?? previews.error;

  const start = () => {
    if (!canStart || !kind) return;
    const [text, called] = [reason.trim(), name.trim()];
    const target: RestoreTargetBody =
      aim === "new_preview"
        ? { target: aim, ttlHours, ...(called !== "" && { name: called }) }
        : aim === "new_database"
          ? { target: aim, ...(called !== "" && { name: called }) }
          : kind;
    restore.mutate({
      namespace: namespace.slug,
      database: database.name,
      ...intent.source,
      ...target,
      ...checks,
      ...(text !== "" && { reason: text }),
      confirmName: "",
      planDigest: plan.digest,
    });
  };
  const verb = VERBS[aim];
  return (
    <MomentDialog
      database={database}
      intent={intent}
      titled={(clock) =>
        aim === "preview"
          ? `Overwrite a preview with ${database.name} at ${clock}`
          : aim === "new_preview"
            ? `Preview ${database.name} at ${clock}`
            : `New database from ${database.name} at ${clock}`
      }
      consequence={`${database.name} itself is not touched.`}
      targets={targets}
      error={failure}
      closeWords="Close, nothing starts"
      onClose={onClose}
      tone="primary"
      icon={verb.icon}
      words={aim === "preview" && preview ? `Overwrite ${preview.name}` : verb.words}
      busyWords="Starting…"
      isBusy={isBusy}
      canStart={canStart}
      onSubmit={start}
      facts={
        <>
          {hasTarget && <CopyPlanFacts database={database.name} plan={plan} />}
          {aim === "preview" ? (
            <PreviewChoice previews={previews.data?.previews} chosenId={previewId} onChoose={setChosenId} />
          ) : (
            <Field
              label="Name"
              remark="may be left out"
              className="mb-4"
              hint={
                aim === "new_preview"
                  ? `Left out, it is ${database.name}-preview with a number.`
                  : `Left out, it is ${database.name}-restored with a number.`
              }
            >
              {(control) => (
                <TextInput
                  {...control}
                  autoComplete="off"
                  autoCapitalize="none"
                  spellCheck={false}
                  maxLength={64}
                  value={name}
                  onChange={(event) => setName(event.currentTarget.value)}
                />
              )}
            </Field>
          )}
          {aim === "new_preview" && <TtlField nowMs={nowMs} hours={ttlHours} onChange={setTtlHours} />}
          {isFull && (
            <p role="alert" className="mb-4 text-12 text-danger-text">
              {database.name} has {list.length} previews, which is as many as it may have. Delete one, or overwrite it.
            </p>
          )}
          <CheckChoice database={database} value={checks} onChange={setChecks} />
          <ReasonField value={reason} onChange={setReason} remark="may be left out" />
        </>
      }
    >
      {hasTarget && <CopyPlanWords database={database} aim={aim} plan={plan} preview={preview} ttlHours={ttlHours} />}
    </MomentDialog>
  );
}
