"use client";

import { BellRing } from "lucide-react";
import { useState } from "react";
import type { AlarmSettingsView } from "../../lib/client/alarm-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { ALARM_LIMITS } from "../../lib/domain/alarm.ts";
import { useViewer } from "../shell/console-context.tsx";
import { TickField } from "../ui/checkbox.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextArea, TextInput } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import type { AlarmActions } from "./alarm-actions.ts";

/** Who is told of alarms by e-mail, and from how many rows on a delete is one. */
export function AlarmSettingsDialog({
  settings,
  saveSettings,
  onClose,
}: { settings: AlarmSettingsView; onClose: () => void } & Pick<AlarmActions, "saveSettings">) {
  const { namespace } = useViewer();
  // What it was opened with: somebody else's change meanwhile is refused, and not written over.
  const [opened] = useState(settings);
  const [toAdmins, setToAdmins] = useState(opened.toAdmins);
  const [addresses, setAddresses] = useState(opened.recipients.join("\n"));
  const [rows, setRows] = useState(opened.massDeleteRows === null ? "" : String(opened.massDeleteRows));
  const saving = useServerAction(namespace.slug, saveSettings);
  const recipients = addresses.split(/[\s,;]+/).filter((one) => one !== "");
  const rowsAreWell = /^\d{0,10}$/.test(rows.trim()) && rows.trim() !== "0";
  const isShort = recipients.length <= ALARM_LIMITS.recipients;
  const save = () =>
    saving.mutate(
      {
        namespace: namespace.slug,
        version: opened.version,
        toAdmins,
        recipients,
        massDeleteRows: rows.trim() === "" ? null : Number(rows),
      },
      { onSuccess: onClose },
    );
  return (
    <FormDialog
      title="Who is told of alarms"
      description="By e-mail. Webhooks are told as well, as each of them wants."
      closeWords="Close, nothing changes"
      onClose={onClose}
      tone="primary"
      icon={BellRing}
      words="Save"
      busyWords="Saving…"
      isBusy={saving.isPending}
      canStart={rowsAreWell && isShort}
      onSubmit={save}
    >
      <TickField
        words="Owners and admins, at the addresses they sign in with"
        checked={toAdmins}
        onChange={(event) => setToAdmins(event.currentTarget.checked)}
      />
      <Field
        label="Further addresses"
        hint="One to a line: a team's list, a pager's address."
        error={!isShort && `At most ${ALARM_LIMITS.recipients}.`}
      >
        {(control) => (
          <TextArea
            {...control}
            rows={4}
            autoCapitalize="none"
            spellCheck={false}
            value={addresses}
            onChange={(event) => setAddresses(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field
        label="Rows that make a mass delete"
        remark="in one commit, or in many within a minute"
        hint="Leave it empty where deletes are no alarm."
        error={!rowsAreWell && "Give a whole number of rows, at least 1."}
      >
        {(control) => (
          <TextInput
            {...control}
            inputMode="numeric"
            value={rows}
            onChange={(event) => setRows(event.currentTarget.value)}
          />
        )}
      </Field>
      {saving.error && <ErrorNote error={saving.error} />}
    </FormDialog>
  );
}
