"use client";

import { Link2, UserPlus } from "lucide-react";
import { useId, useState } from "react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { NewInvitationView } from "../../lib/client/member-types.ts";
import type { Role } from "../../lib/domain/actions.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { SecretText } from "../ui/secret-text.tsx";
import { Segmented } from "../ui/segmented.tsx";
import type { MemberActions } from "./member-actions.ts";
import { RoleChoice } from "./role-choice.tsx";

const SPANS = [
  { value: "24", text: "1 day" },
  { value: "168", text: "7 days" },
  { value: "720", text: "30 days" },
] as const;

/** Whom, as what, for how long; then the link, shown this once. */
export function InviteDialog({ invite, onClose }: { invite: MemberActions["invite"]; onClose: () => void }) {
  const { namespace } = useViewer();
  const making = useServerAction(namespace.slug, invite);
  if (making.data) return <InvitationLink made={making.data} onClose={onClose} />;
  return (
    <InviteForm
      error={making.error}
      isBusy={making.isPending}
      onClose={onClose}
      onInvite={(input) => making.mutate({ namespace: namespace.slug, ...input })}
    />
  );
}

function InviteForm({
  error,
  isBusy,
  onInvite,
  onClose,
}: {
  error: Error | null;
  isBusy: boolean;
  onInvite: (input: { email: string; role: Role; expiresInHours: number }) => void;
  onClose: () => void;
}) {
  const formId = useId();
  const { namespace } = useViewer();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [hours, setHours] = useState<(typeof SPANS)[number]["value"]>("168");
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !isBusy && onClose()}
      title={`Invite somebody to ${namespace.name}`}
      description="You get a link to send them. It works for this e-mail address alone, and once."
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={isBusy} className="max-wide:flex-1">
            Close
          </Button>
          <Button
            tone="primary"
            type="submit"
            form={formId}
            disabled={email === "" || isBusy}
            className="max-wide:flex-1"
          >
            <UserPlus size={16} strokeWidth={1.6} aria-hidden />
            {isBusy ? "Making…" : "Make the link"}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="grid gap-4 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (email !== "" && !isBusy) onInvite({ email, role, expiresInHours: Number(hours) });
        }}
      >
        <Field label="E-mail">
          {(control) => (
            <TextInput
              {...control}
              autoFocus
              type="email"
              autoComplete="off"
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
          )}
        </Field>
        <RoleChoice value={role} onChange={setRole} />
        <div>
          <p className="mb-1.5 text-12 font-medium">The link works for</p>
          <Segmented label="The link works for" value={hours} options={SPANS} onChange={setHours} />
        </div>
        {error && <ErrorNote error={error} />}
      </form>
    </Dialog>
  );
}

function InvitationLink({ made, onClose }: { made: NewInvitationView; onClose: () => void }) {
  const { email, role, expiresAtMs } = made.invitation;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Send this link to ${email}`}
      description={
        <>
          They become {role} with it. It works until <MomentText ms={expiresAtMs} precision="minute" withZone />.
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
        <SecretText text={made.link} label="The invitation's link" />
        <Note tone="warn" icon={<Link2 size={16} strokeWidth={1.6} aria-hidden />} title="It is shown this once.">
          Send it over a way that only they read. If it is lost, invite them again: this one then ends.
        </Note>
      </div>
    </Dialog>
  );
}
