"use client";

import { Check, Eye } from "lucide-react";
import { useState } from "react";
import type { AlarmView } from "../../lib/client/alarm-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { ReasonField } from "../ui/reason-field.tsx";
import type { AlarmActions } from "./alarm-actions.ts";
import { headOf } from "./alarm-words.ts";

/** Says that one knows of an alarm, with a note where one wants to leave one. */
export function AcknowledgeDialog({
  alarm,
  acknowledge,
  onClose,
}: { alarm: AlarmView; onClose: () => void } & Pick<AlarmActions, "acknowledge">) {
  const { namespace } = useViewer();
  const [note, setNote] = useState("");
  const saving = useServerAction(namespace.slug, acknowledge);
  const save = () =>
    saving.mutate(
      { namespace: namespace.slug, id: alarm.id, ...(note.trim() !== "" && { note }) },
      { onSuccess: onClose },
    );
  return (
    <FormDialog
      title={headOf(alarm)}
      description="You know of it. Everybody who is told sees that, and the alarm stands until its cause is gone."
      closeWords="Close"
      onClose={onClose}
      tone="primary"
      icon={Eye}
      words="Acknowledge"
      busyWords="Saving…"
      isBusy={saving.isPending}
      canStart
      onSubmit={save}
    >
      <p>{alarm.text}</p>
      <ReasonField label="Note" remark="optional; goes to everybody who is told" value={note} onChange={setNote} />
      {saving.error && <ErrorNote error={saving.error} />}
    </FormDialog>
  );
}

/** Says why an alarm needs nothing more. */
export function ResolveDialog({
  alarm,
  resolve,
  onClose,
}: { alarm: AlarmView; onClose: () => void } & Pick<AlarmActions, "resolve">) {
  const { namespace } = useViewer();
  const [reason, setReason] = useState("");
  const saving = useServerAction(namespace.slug, resolve);
  const isThere = reason.trim() !== "";
  const save = () => saving.mutate({ namespace: namespace.slug, id: alarm.id, reason }, { onSuccess: onClose });
  return (
    <FormDialog
      title={`Resolve: ${headOf(alarm)}`}
      description="It needs nothing more. While its cause stands it is not raised again; once that was gone and comes back, it is."
      closeWords="Close, it stands"
      needs={[{ what: "a reason", met: isThere }]}
      onClose={onClose}
      tone="primary"
      icon={Check}
      words="Resolve"
      busyWords="Saving…"
      isBusy={saving.isPending}
      canStart={isThere}
      onSubmit={save}
    >
      <p>{alarm.text}</p>
      <ReasonField value={reason} onChange={setReason} />
      {saving.error && <ErrorNote error={saving.error} />}
    </FormDialog>
  );
}
