"use client";

import { Webhook } from "lucide-react";
import { useState } from "react";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { WebhookView } from "../../lib/client/webhook-types.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import type { EventType } from "../../lib/domain/event.ts";
import { WEBHOOK_LIMITS } from "../../lib/domain/webhook.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { type Covered, CoveredChoice } from "./covered-choice.tsx";
import { EventChoice } from "./event-choice.tsx";
import { MadeSecret } from "./made-secret.tsx";
import type { WebhookActions, WebhookFields } from "./webhook-actions.ts";

/** A new webhook, and then its secret, shown this once. */
export function NewWebhookDialog({
  makeWebhook,
  onClose,
}: Pick<WebhookActions, "makeWebhook"> & { onClose: () => void }) {
  const { namespace } = useViewer();
  const making = useServerAction(namespace.slug, makeWebhook);
  if (making.data) return <MadeSecret made={making.data} onClose={onClose} />;
  return (
    <WebhookForm
      webhook={null}
      error={making.error}
      isBusy={making.isPending}
      onSave={(fields) => making.mutate({ namespace: namespace.slug, ...fields })}
      onClose={onClose}
    />
  );
}

/** Changes one. */
export function EditWebhookDialog({
  webhook,
  changeWebhook,
  onClose,
}: Pick<WebhookActions, "changeWebhook"> & { webhook: WebhookView; onClose: () => void }) {
  const { namespace } = useViewer();
  const saving = useServerAction(namespace.slug, changeWebhook);
  return (
    <WebhookForm
      webhook={webhook}
      error={saving.error}
      isBusy={saving.isPending}
      onSave={(fields) =>
        saving.mutate({ namespace: namespace.slug, webhookId: webhook.id, ...fields }, { onSuccess: onClose })
      }
      onClose={onClose}
    />
  );
}

function WebhookForm({
  webhook,
  error,
  isBusy,
  onSave,
  onClose,
}: {
  webhook: WebhookView | null;
  error: Error | null;
  isBusy: boolean;
  onSave: (fields: WebhookFields) => void;
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const known = useDatabases(namespace.slug);
  const [name, setName] = useState(webhook?.name ?? "");
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [types, setTypes] = useState<"all" | readonly EventType[]>(webhook?.types ?? "all");
  const [databases, setDatabases] = useState<Covered>(
    webhook === null || webhook.databases === "all" ? "all" : webhook.databases.map(({ id }) => id),
  );
  const refusal = error instanceof LastgoodError && error.details.field === "url" ? error : null;
  const needs = [
    { what: "a name", met: name.trim() !== "" },
    { what: "an address", met: url.trim() !== "" },
    ...(types === "all" ? [] : [{ what: "an event", met: types.length > 0 }]),
    ...(databases === "all" ? [] : [{ what: "a database", met: databases.length > 0 }]),
  ];
  const canStart = needs.every(({ met }) => met);
  const save = () =>
    onSave({
      name,
      url,
      types: types === "all" ? "all" : [...types],
      databases: databases === "all" ? "all" : [...databases],
    });
  return (
    <FormDialog
      title={webhook === null ? "New webhook" : `Edit ${webhook.name}`}
      description="An address of yours that is told as soon as something happens, signed, and again until it answers."
      needs={needs.filter(({ met }) => !met).slice(0, 1)}
      closeWords={webhook === null ? "Close" : "Close, nothing changes"}
      onClose={onClose}
      tone="primary"
      icon={Webhook}
      words={webhook === null ? "Make the webhook" : "Save"}
      busyWords="Checking the address…"
      isBusy={isBusy}
      canStart={canStart}
      className="grid gap-5 px-6 py-5 max-wide:px-4"
      onSubmit={save}
    >
      <Field label="Name" hint="Who is told: pager, team chat, status page.">
        {(control) => (
          <TextInput
            {...control}
            autoComplete="off"
            maxLength={WEBHOOK_LIMITS.nameLength}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field
        label="Address"
        hint="https, on the internet. Networks of your own have to be allowed by whoever runs this Lastgood."
        error={refusal && `${refusal.message} ${refusal.details.hint ?? ""}`}
      >
        {(control) => (
          <TextInput
            {...control}
            type="url"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="https://example.com/lastgood"
            maxLength={WEBHOOK_LIMITS.urlLength}
            className="font-mono text-12"
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
        )}
      </Field>
      <EventChoice value={types} onChange={setTypes} />
      <CoveredChoice legend="In" databases={known.data ?? []} value={databases} onChange={setDatabases} />
      {error && !refusal && <ErrorNote error={error} />}
    </FormDialog>
  );
}
