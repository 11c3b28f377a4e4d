"use client";

import { History, Undo2 } from "lucide-react";
import { useId, useState } from "react";
import type { DatabaseView, RestoreSourceBody } from "../../lib/client/api-types.ts";
import { formatAgo } from "../../lib/client/format-duration.ts";
import { formatClock, formatFullDay, formatZone } from "../../lib/client/format-time.ts";
import { useRestorePlan } from "../../lib/client/hooks/use-restores.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextArea, TextInput } from "../ui/field.tsx";
import { StillNeeded } from "../ui/still-needed.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { RestoreActions } from "./restore-actions.ts";
import { RestoreMoments } from "./restore-moments.tsx";
import { RestorePlanFacts, RestorePlanWords } from "./restore-plan.tsx";
import { restoreHref } from "./restore-words.ts";

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
};

/** The plan, the typed name and the reason, and only then the red button. Closing it starts nothing. */
export function RestoreDialog({
  database,
  intent,
  actions,
  onClose,
}: {
  database: DatabaseView;
  intent: RestoreIntent;
  actions: RestoreActions;
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const { zone, otherZone } = useZone();
  const nowMs = useNow() ?? Date.now();
  const formId = useId();
  const [reason, setReason] = useState("");
  const [name, setName] = useState("");
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
  const canStart = hasReason && hasName && plan !== null && !isOther && plan.commits > 0 && !running;

  const start = () => {
    if (!canStart || !plan) return;
    const shared = { namespace: namespace.slug, database: database.name, confirmName: name, planDigest: plan.digest };
    if (intent.undoOf !== null) undo.mutate({ ...shared, restoreId: intent.undoOf });
    else restore.mutate({ ...shared, ...intent.source, reason: reason.trim() });
  };

  const verb = intent.undoOf === null ? `Restore ${database.name}` : "Undo the restore";
  const clock = formatClock(intent.timeMs, zone, "millisecond");
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && !running && onClose()}
      title={
        intent.undoOf === null
          ? `Restore ${database.name} to ${clock} ${formatZone(zone)}`
          : `Undo: bring ${database.name} back to ${clock} ${formatZone(zone)}`
      }
      description={
        <p>
          {formatFullDay(intent.timeMs, zone)}
          {otherZone !== zone &&
            `, ${formatClock(intent.timeMs, otherZone, "millisecond")} in ${formatZone(otherZone)}`}
          , {formatAgo(intent.timeMs, nowMs)}. This overwrites production.
        </p>
      }
      footer={
        <>
          <StillNeeded
            needs={[
              ...(intent.undoOf === null ? [{ what: "reason", met: hasReason }] : []),
              { what: "name", met: hasName },
            ]}
          />
          <Button tone="quiet" onClick={onClose} disabled={running} className="max-wide:flex-1">
            Close, nothing starts
          </Button>
          <Button tone="danger" type="submit" form={formId} disabled={!canStart} className="max-wide:flex-1">
            {intent.undoOf === null ? (
              <History size={16} strokeWidth={1.6} aria-hidden />
            ) : (
              <Undo2 size={16} strokeWidth={1.6} aria-hidden />
            )}
            {running ? "Starting…" : verb}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
        className="grid min-h-full grid-cols-[minmax(0,1fr)_336px] max-roomy:grid-cols-1"
      >
        <div className="px-6 py-5 max-wide:px-4">
          <RestoreMoments intent={intent} zone={zone} />
          <RestorePlanWords database={database} plan={plan} />
          {isOther && <ErrorNote error={otherMoment()} className="mt-4" />}
          {failure && <ErrorNote error={failure} className="mt-4" />}
        </div>
        <div className="border-line bg-canvas p-5 max-roomy:border-t max-wide:px-4 roomy:border-l">
          <RestorePlanFacts database={database} plan={plan} />
          {intent.undoOf === null && (
            <Field label="Reason" remark="goes into the audit log" className="mb-4">
              {(control) => (
                <TextArea
                  {...control}
                  rows={2}
                  maxLength={500}
                  value={reason}
                  onChange={(event) => setReason(event.currentTarget.value)}
                />
              )}
            </Field>
          )}
          <Field
            label={
              <>
                Type <code>{database.name}</code> to confirm
              </>
            }
            error={name !== "" && !database.name.startsWith(name) ? `That is not ${database.name}.` : undefined}
          >
            {(control) => (
              <TextInput
                {...control}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                className="font-mono text-12"
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
        </div>
      </form>
    </Dialog>
  );
}

function otherMoment(): LastgoodError {
  return new LastgoodError("conflict", "The plan leads to another commit than the one you chose.", {
    hint: "Close this and choose the moment again.",
  });
}
