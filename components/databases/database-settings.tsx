"use client";

import { Hourglass } from "lucide-react";
import { useRouter } from "next/navigation";
import { useId, useState } from "react";
import type { ActionResult, DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";

export type ChangeDatabaseAction = (input: {
  namespace: string;
  database: string;
  name?: string;
  windowDays?: number;
  zeroLoss?: boolean;
}) => Promise<ActionResult<DatabaseView>>;

/** A database's name and window. A shorter window is announced, waits for the grace period, and can be taken back till then. */
export function DatabaseSettings({
  database,
  graceDays,
  change,
}: {
  database: DatabaseView;
  graceDays: number;
  change: ChangeDatabaseAction;
}) {
  const router = useRouter();
  const formId = useId();
  const refusal = useRefusal("database.update");
  const mutation = useServerAction(database.namespace, change);
  const [name, setName] = useState(database.name);
  const [days, setDays] = useState(String(database.windowDays));
  const windowDays = Number(days);
  const isUsable = Number.isInteger(windowDays) && windowDays >= 1 && windowDays <= 365;
  const isShorter = isUsable && windowDays < database.windowDays;
  const isSame = name === database.name && windowDays === database.windowDays;
  const of = { namespace: database.namespace, database: database.id };
  const save = () =>
    mutation.mutate(
      {
        ...of,
        ...(name !== database.name && { name }),
        ...(windowDays !== database.windowDays && { windowDays }),
      },
      {
        onSuccess: (after) => {
          setDays(String(after.windowDays));
          if (after.name !== database.name) router.replace(`/databases/${encodeURIComponent(after.name)}`);
        },
      },
    );
  return (
    <section aria-labelledby={`${formId}-title`} className="mt-8 border-t border-line pt-4">
      <h2 id={`${formId}-title`} className="mb-2 text-14 font-semibold">
        Settings
      </h2>
      {database.nextWindow && (
        <Note
          tone="warn"
          className="mb-3"
          icon={<Hourglass size={16} strokeWidth={1.6} aria-hidden />}
          title={`The window becomes ${formatCount(database.nextWindow.days, "day")}.`}
          action={
            <Button
              size="small"
              blockedBy={refusal}
              disabled={mutation.isPending}
              onClick={() => mutation.mutate({ ...of, windowDays: database.windowDays })}
            >
              Keep {formatCount(database.windowDays, "day")}
            </Button>
          }
        >
          From <MomentText ms={database.nextWindow.atMs} precision="minute" withZone /> on what is older is dropped.
          Until then nothing changes.
        </Note>
      )}
      <form
        id={formId}
        noValidate
        className="flex flex-wrap items-start gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isUsable && !isSame && !mutation.isPending) save();
        }}
      >
        <Field label="Name" className="min-w-48 flex-1">
          {(control) => (
            <TextInput
              {...control}
              disabled={refusal !== null}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field
          label="Window in days"
          className="w-64 max-wide:w-full"
          hint={
            isShorter ? `It counts in ${formatCount(graceDays, "day")}; until then you can take it back.` : undefined
          }
          error={isUsable ? undefined : "A whole number from 1 to 365."}
        >
          {(control) => (
            <TextInput
              {...control}
              disabled={refusal !== null}
              inputMode="numeric"
              autoComplete="off"
              value={days}
              onChange={(event) => setDays(event.currentTarget.value)}
            />
          )}
        </Field>
        <Button
          type="submit"
          className="mt-[22px] max-wide:mt-0 max-wide:w-full"
          blockedBy={refusal}
          disabled={!isUsable || isSame || name === "" || mutation.isPending}
        >
          {mutation.isPending ? "Saving…" : isShorter ? "Shorten the window" : "Save"}
        </Button>
      </form>
      {mutation.error && <ErrorNote error={mutation.error} className="mt-3" />}
    </section>
  );
}
