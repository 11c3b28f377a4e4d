"use client";

import { KeyRound } from "lucide-react";
import { useId, useState } from "react";
import { formatFullDay, formatZone } from "../../lib/client/format-time.ts";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { TOKEN_LIMITS } from "../../lib/domain/token-grants.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { DatabaseChoice } from "./database-choice.tsx";
import { actionsOfDraft, GrantChoice, type GrantDraft } from "./grant-choice.tsx";
import { MadeToken } from "./made-token.tsx";
import type { NewTokenInput, TokenActions } from "./token-actions.ts";
import { SPANS, type Span } from "./token-words.ts";

const HOUR_MS = 3_600_000;
const DEFAULT_RATE = 600;

/** What a new token may do, where, for how long and how often; then the token, shown this once. */
export function CreateTokenDialog({
  makeToken,
  onClose,
}: {
  makeToken: TokenActions["makeToken"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const making = useServerAction(namespace.slug, makeToken);
  if (making.data) return <MadeToken made={making.data} onClose={onClose} />;
  return (
    <TokenForm
      error={making.error}
      isBusy={making.isPending}
      onMake={(input) => making.mutate({ namespace: namespace.slug, ...input })}
      onClose={onClose}
    />
  );
}

function TokenForm({
  error,
  isBusy,
  onMake,
  onClose,
}: {
  error: Error | null;
  isBusy: boolean;
  onMake: (input: NewTokenInput) => void;
  onClose: () => void;
}) {
  const formId = useId();
  const { namespace, role } = useViewer();
  const known = useDatabases(namespace.slug);
  const [name, setName] = useState("");
  const [grant, setGrant] = useState<GrantDraft>({ how: "no-destroy", chosen: [] });
  const [databases, setDatabases] = useState<"all" | readonly string[]>("all");
  const [span, setSpan] = useState<Span>("2160");
  const [rate, setRate] = useState(String(DEFAULT_RATE));
  const isLimited = databases !== "all";
  const actions = actionsOfDraft(grant, { role, scopes: "all" }, isLimited);
  const ratePerMinute = Number(rate);
  const isRate = Number.isInteger(ratePerMinute) && ratePerMinute >= 1 && ratePerMinute <= TOKEN_LIMITS.ratePerMinute;
  const missing =
    name.trim() === ""
      ? "a name is missing"
      : isLimited && databases.length === 0
        ? "no database is ticked"
        : actions.length === 0
          ? "no action is ticked"
          : isRate
            ? null
            : "the rate is not a number of calls";
  const submit = () => {
    if (missing !== null || isBusy) return;
    onMake({
      name,
      ...(grant.how === "chosen" ? { actions: [...actions] } : { preset: grant.how }),
      databases: databases === "all" ? "all" : [...databases],
      expiresInHours: span === "never" ? null : Number(span),
      ratePerMinute,
    });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title="New API token"
      description="For a program that calls this namespace on your behalf. It never has more than you have yourself."
      footer={
        <>
          <span className="flex-1 text-12 text-ink-3 max-wide:basis-full">{missing && `Still open: ${missing}.`}</span>
          <Button tone="quiet" onClick={onClose} disabled={isBusy} className="max-wide:flex-1">
            Close
          </Button>
          <Button
            tone="primary"
            type="submit"
            form={formId}
            disabled={missing !== null || isBusy}
            className="max-wide:flex-1"
          >
            <KeyRound size={16} strokeWidth={1.6} aria-hidden />
            {isBusy ? "Making…" : "Make the token"}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="grid gap-5 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label="Name" hint="What or who uses it: deploy, grafana, nightly-check.">
          {(control) => (
            <TextInput
              {...control}
              autoComplete="off"
              maxLength={TOKEN_LIMITS.nameLength}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <GrantChoice draft={grant} isLimited={isLimited} onChange={setGrant} />
        <DatabaseChoice databases={known.data ?? []} value={databases} onChange={setDatabases} />
        <SpanChoice value={span} onChange={setSpan} />
        <Field
          label="Calls a minute"
          hint="More of them are answered 429 until the minute is over. Raise it for an application that queries often."
          error={isRate ? undefined : `Give a whole number from 1 to ${TOKEN_LIMITS.ratePerMinute}.`}
        >
          {(control) => (
            <TextInput
              {...control}
              inputMode="numeric"
              autoComplete="off"
              className="w-32 text-right"
              value={rate}
              onChange={(event) => setRate(event.currentTarget.value)}
            />
          )}
        </Field>
        {error && <ErrorNote error={error} />}
      </form>
    </Dialog>
  );
}

function SpanChoice({ value, onChange }: { value: Span; onChange: (span: Span) => void }) {
  const nowMs = useNow() ?? 0;
  const { zone } = useZone();
  const endMs = value === "never" ? null : nowMs + Number(value) * HOUR_MS;
  return (
    <div>
      <p className="mb-1.5 text-12 font-medium">It ends after</p>
      <Segmented
        label="It ends after"
        value={value}
        options={SPANS}
        onChange={onChange}
        className="max-w-full flex-wrap"
      />
      <p className="mt-1.5 text-12 text-ink-3">
        {endMs === null
          ? "It lasts until somebody revokes it: a copy that leaks is good for ever."
          : `On ${formatFullDay(endMs, zone)}, ${formatZone(zone)}.`}
      </p>
    </div>
  );
}
