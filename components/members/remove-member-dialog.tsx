"use client";

import { UserMinus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useId, useState } from "react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { MemberView } from "../../lib/client/member-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import type { MemberActions } from "./member-actions.ts";

type Props = { member: MemberView; onClose: () => void } & (
  | { takeOut: MemberActions["takeOut"]; leave?: never }
  | { leave: MemberActions["leave"]; takeOut?: never }
);

/** Takes somebody out, or oneself, the e-mail typed to confirm. */
export function RemoveMemberDialog({ member, onClose, takeOut, leave }: Props) {
  const { namespace } = useViewer();
  const router = useRouter();
  const formId = useId();
  const [email, setEmail] = useState("");
  const removal = useServerAction(namespace.slug, async (confirmEmail: string) => {
    const of = { namespace: namespace.slug, confirmEmail };
    const result = leave ? await leave(of) : await takeOut({ ...of, userId: member.userId });
    if (result.ok && leave) router.replace("/");
    return result;
  });
  const isTyped = email.trim().toLowerCase() === member.email;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !removal.isPending && onClose()}
      title={leave ? `Leave ${namespace.name}?` : `Take ${member.email} out?`}
      description={
        leave
          ? "You see nothing of it any more, from your next click on."
          : `They see nothing of ${namespace.name} any more, from their next click on.`
      }
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={removal.isPending} className="max-wide:flex-1">
            {leave ? "Stay" : "Keep them"}
          </Button>
          <Button
            tone="danger"
            type="submit"
            form={formId}
            disabled={!isTyped || removal.isPending}
            className="max-wide:flex-1"
          >
            <UserMinus size={16} strokeWidth={1.6} aria-hidden />
            {leave ? "Leave" : "Take out"}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="grid gap-4 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isTyped && !removal.isPending) removal.mutate(email, { onSuccess: onClose });
        }}
      >
        <p className="text-14">
          {leave ? "Your" : "Their"} API tokens of this namespace are revoked, and invitations {leave ? "you" : "they"}{" "}
          sent end. Coming back takes a new invitation; none of that comes back with it.
        </p>
        <Field
          label={
            <>
              Type <code>{member.email}</code> to confirm
            </>
          }
        >
          {(control) => (
            <TextInput
              {...control}
              type="email"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
          )}
        </Field>
        {removal.error && <ErrorNote error={removal.error} />}
      </form>
    </Dialog>
  );
}
