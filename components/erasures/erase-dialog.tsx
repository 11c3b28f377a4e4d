"use client";

import { Eraser } from "lucide-react";
import { useState } from "react";
import type { PolicyView } from "../../lib/client/approval-types.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { parseMomentText } from "../../lib/domain/parse-moment-text.ts";
import { approvalHref } from "../approvals/approval-words.ts";
import { useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Button } from "../ui/button.tsx";
import { TickField } from "../ui/checkbox.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { Note } from "../ui/note.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import { TypedName } from "../ui/typed-name.tsx";
import { useZone } from "../ui/use-zone.ts";
import type { ErasureActions } from "./erasure-actions.ts";
import { ErasurePlanWords } from "./erasure-plan-words.tsx";

/** Which history is to go, what goes with it, and the name typed. Nothing starts before the grace period is over. */
export function EraseDialog({
  policy,
  nowMs,
  actions,
  onClose,
}: {
  policy: PolicyView;
  nowMs: number;
  actions: ErasureActions;
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const [text, setText] = useState("");
  const [includeBackups, setIncludeBackups] = useState(false);
  const [name, setName] = useState("");
  const [reason, setReason] = useState("");
  const planning = useServerAction(namespace.slug, actions.show);
  const starting = useServerAction(namespace.slug, actions.start);
  const asking = useActionThenGo(namespace.slug, actions.ask, approvalHref);
  const parsed = parseMomentText(text, { nowMs, zone, chosenMs: nowMs, labels: [] });
  const beforeMs = parsed.kind === "time" ? parsed.atMs : null;
  const plan = planning.data ?? null;
  const mustAsk = policy.neededForMe > 0;
  const of = { namespace: namespace.slug, database: policy.databaseId };
  const isBusy = starting.isPending || asking.isPending || asking.isSuccess;
  const isNamed = mustAsk ? reason.trim() !== "" : name === policy.databaseName;
  const changed = () => {
    planning.reset();
    starting.reset();
  };
  const error = planning.error ?? starting.error ?? asking.error;
  return (
    <FormDialog
      title={`Erase history of ${policy.databaseName}`}
      description="For data that must be gone. It waits for the grace period and can be cancelled until then; afterwards there is no way back."
      wide
      closeWords="Close, nothing is erased"
      tone="danger"
      icon={Eraser}
      words={mustAsk ? "Request approval" : "Announce the erasure"}
      busyWords={mustAsk ? "Asking…" : "Announcing…"}
      canStart={plan !== null && isNamed}
      isBusy={isBusy}
      onSubmit={() => {
        if (!plan) return;
        const asked = { beforeMs: plan.beforeMs, includeBackups };
        if (mustAsk) asking.mutate({ ...of, ask: { kind: "history.erase", reason: reason.trim(), ...asked } });
        else starting.mutate({ ...of, ...asked, confirmName: name, reason: reason.trim() }, { onSuccess: onClose });
      }}
      onClose={onClose}
    >
      <Field
        label="Everything before"
        hint={
          beforeMs === null
            ? `As 2026-11-20 14:00, 3 days ago or Unix time; read in ${formatZone(zone)}.`
            : `${formatMoment(beforeMs, zone, nowMs)} ${formatZone(zone)}`
        }
        error={parsed.kind === "unreadable" ? parsed.hint : undefined}
      >
        {(control) => (
          <TextInput
            {...control}
            autoComplete="off"
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              changed();
            }}
          />
        )}
      </Field>
      <TickField
        words="Delete backups of older states as well"
        checked={includeBackups}
        onChange={() => {
          setIncludeBackups(!includeBackups);
          changed();
        }}
      />
      <div>
        <Button
          disabled={beforeMs === null || planning.isPending}
          onClick={() => beforeMs !== null && planning.mutate({ ...of, beforeMs, includeBackups })}
        >
          {planning.isPending ? "Looking…" : "Look what would go"}
        </Button>
      </div>
      {plan && (
        <Note tone="danger" title="What would go">
          <ErasurePlanWords plan={plan} />
        </Note>
      )}
      {plan && (
        <ReasonField
          remark={mustAsk ? "the others decide by it" : "optional"}
          rows={2}
          value={reason}
          onChange={setReason}
        />
      )}
      {plan && !mustAsk && <TypedName name={policy.databaseName} value={name} onChange={setName} />}
      {error && <ErrorNote error={error} />}
    </FormDialog>
  );
}
