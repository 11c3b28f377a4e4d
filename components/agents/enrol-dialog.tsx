"use client";

import { KeyRound, ServerCog } from "lucide-react";
import { useState } from "react";
import type { AgentView, CreatedEnrolmentView } from "../../lib/client/agent-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { SecretText } from "../ui/secret-text.tsx";
import type { AgentActions } from "./agent-actions.ts";

/** Where a machine is, or whose place it takes; then the command for it, shown this once. */
export function EnrolDialog({
  replaces,
  makeEnrolment,
  onClose,
}: {
  replaces: AgentView | null;
  makeEnrolment: AgentActions["makeEnrolment"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const [region, setRegion] = useState("");
  const making = useServerAction(namespace.slug, makeEnrolment);
  if (making.data) return <EnrolCommand made={making.data} onClose={onClose} />;
  const refused = making.error?.details.field === "region" ? making.error : null;
  const lost = replaces?.hostName ?? "this agent";
  const wish = replaces === null ? { region } : { replaces: replaces.id };
  return (
    <FormDialog
      title={replaces === null ? "Enrol a machine" : `Replace ${lost}`}
      description={
        replaces === null
          ? "It becomes an agent: databases can then live on it. You get a command to run there, good for an hour and once."
          : "Another machine takes its place, with its name here, its region and its databases."
      }
      icon={ServerCog}
      words="Make the command"
      busyWords="Making…"
      closeWords="Close"
      tone="primary"
      isBusy={making.isPending}
      canStart={replaces !== null || region !== ""}
      onClose={onClose}
      onSubmit={() => making.mutate({ namespace: namespace.slug, ...wish })}
    >
      {replaces === null ? (
        <Field
          label="Region"
          hint="Where the machine is, a name of your own: office, eu-central. Databases are told apart by it."
          error={refused?.message}
        >
          {(control) => (
            <TextInput
              {...control}
              autoFocus
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              maxLength={40}
              value={region}
              onChange={(event) => setRegion(event.currentTarget.value)}
            />
          )}
        </Field>
      ) : (
        <Note
          tone="warn"
          icon={<ServerCog size={16} strokeWidth={1.6} aria-hidden />}
          title={`${lost} will count no more.`}
        >
          {replaces.databases === 0
            ? "It owns no databases."
            : `It owns ${formatCount(replaces.databases, "database")}. What was hosted there and its histories are not on the new machine by this: bring them back from a second copy or a backup.`}{" "}
          Should {lost} come back, it stops and says why.
        </Note>
      )}
      {making.error && !refused && <ErrorNote error={making.error} />}
    </FormDialog>
  );
}

function EnrolCommand({ made, onClose }: { made: CreatedEnrolmentView; onClose: () => void }) {
  const command = `lastgood enrol --console ${location.origin} --token ${made.token}`;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Run this on the machine"
      description={
        <>
          With Lastgood unpacked there and an empty data directory, until{" "}
          <MomentText ms={made.expiresAtMs} precision="minute" withZone />.
        </>
      }
      footer={
        <>
          <span className="flex-1" />
          <Button tone="primary" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <div className="grid gap-4 px-6 py-5 max-wide:px-4">
        <SecretText text={command} label="The command" />
        <p className="text-ink-2">
          It then says how to start Lastgood there: as an agent, on the same{" "}
          <code className="text-12">DATABASE_URL</code> as this console.
        </p>
        <Note tone="warn" icon={<KeyRound size={16} strokeWidth={1.6} aria-hidden />} title="It is shown this once.">
          Whoever runs it gets this installation's secret. If it goes astray, revoke it here; if it was used by somebody
          else, change that secret and the password of the metadata.
        </Note>
      </div>
    </Dialog>
  );
}
