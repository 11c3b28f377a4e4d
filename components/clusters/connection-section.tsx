"use client";

import { Eye, EyeOff, KeyRound } from "lucide-react";
import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ConfirmFooter } from "../ui/confirm-footer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { SecretText } from "../ui/secret-text.tsx";
import type { ConnectionActions } from "./connection-actions.ts";

/** How applications connect to a hosted cluster: hidden until somebody asks for it, which is written down. */
export function ConnectionSection({ database, actions }: { database: DatabaseView; actions: ConnectionActions }) {
  const { namespace, id } = database;
  const refusal = useRefusal("database.connect");
  const rotateRefusal = useRefusal("database.rotate-password");
  const reading = useServerAction(namespace, actions.reveal);
  const [text, setText] = useState<string | null>(null);
  const [isChanging, setChanging] = useState(false);
  const [isNew, setNew] = useState(false);
  const withdrawn = database.mayWrite ? null : `You may read ${database.name}, but not change it.`;
  const show = () => reading.mutate({ namespace, database: id }, { onSuccess: setText });
  return (
    <section aria-labelledby="connect-title" className="mt-8">
      <h2 id="connect-title" className="mb-1 text-14 font-semibold">
        Connect to it
      </h2>
      <p className="mb-2.5 max-w-[72ch] text-14 text-ink-2">
        One connection string for the whole life of {database.name}: no restore, undo or cutover changes it.
      </p>
      {text === null ? (
        <p className="mb-2 rounded-2 border border-line bg-sunken px-3 py-2.5 font-mono text-12 text-ink-3 select-none">
          postgresql://<span aria-hidden>••••••••</span>
          <span className="sr-only">hidden</span>
        </p>
      ) : (
        <SecretText text={text} label="Connection string" />
      )}
      <p role="status" className="mt-2 text-12 text-ink-2 empty:hidden">
        {isNew ? "The password was changed. Whoever is connected stays so; the next connection needs this string." : ""}
      </p>
      <div className="mt-2.5 flex flex-wrap items-center gap-2">
        {text === null ? (
          <Button blockedBy={refusal ?? withdrawn} disabled={reading.isPending} onClick={show}>
            <Eye size={16} strokeWidth={1.6} aria-hidden />
            {reading.isPending ? "Reading…" : "Show the connection string"}
          </Button>
        ) : (
          <Button onClick={() => setText(null)}>
            <EyeOff size={16} strokeWidth={1.6} aria-hidden />
            Hide it
          </Button>
        )}
        <Button tone="quiet" blockedBy={rotateRefusal} onClick={() => setChanging(true)}>
          <KeyRound size={16} strokeWidth={1.6} aria-hidden />
          Change the password…
        </Button>
      </div>
      <p className="mt-2 text-12 text-ink-3">It holds a password. Who looks at it stands in the audit log.</p>
      {reading.error && <ErrorNote error={reading.error} className="mt-3" />}
      {isChanging && (
        <ChangePasswordDialog
          database={database}
          changePassword={actions.changePassword}
          onClose={() => setChanging(false)}
          onDone={(after) => {
            setText(after);
            setNew(true);
            setChanging(false);
          }}
        />
      )}
    </section>
  );
}

function ChangePasswordDialog({
  database,
  changePassword,
  onClose,
  onDone,
}: {
  database: DatabaseView;
  changePassword: ConnectionActions["changePassword"];
  onClose: () => void;
  onDone: (connectionString: string) => void;
}) {
  const change = useServerAction(database.namespace, changePassword);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !change.isPending && onClose()}
      title={`Change the password of ${database.name}?`}
      description="The role that applications connect with gets a new one."
      footer={
        <ConfirmFooter
          form="change-password"
          closeWords="Keep it"
          onClose={onClose}
          tone="danger"
          icon={KeyRound}
          words="Change the password"
          busyWords="Changing…"
          isBusy={change.isPending}
          canStart
        />
      }
    >
      <form
        id="change-password"
        className="grid gap-3 px-6 py-5 text-14 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({ namespace: database.namespace, database: database.id }, { onSuccess: onDone });
        }}
      >
        <p>Who is connected stays connected. Every later connection needs the new connection string, from then on.</p>
        <p className="text-ink-2">
          Integrated deployments get it pushed at once. Restores keep it: whatever moment {database.name} goes back to,
          it opens with the password of today.
        </p>
        {change.error && <ErrorNote error={change.error} />}
      </form>
    </Dialog>
  );
}
