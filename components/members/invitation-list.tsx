"use client";

import { Hourglass, MailX } from "lucide-react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { InvitationView } from "../../lib/client/member-types.ts";
import { isWithin } from "../../lib/domain/member-rules.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import type { MemberActions } from "./member-actions.ts";

/** Invitations that nobody accepted yet, and the end of each. */
export function InvitationList({
  invitations,
  actions,
}: {
  invitations: readonly InvitationView[];
  actions: MemberActions;
}) {
  const { namespace, role } = useViewer();
  const revoke = useServerAction(namespace.slug, actions.withdrawInvitation);
  return (
    <section aria-labelledby="invitations-title" className="mt-8">
      <h2 id="invitations-title" className="mb-1 text-14 font-semibold">
        Invitations
      </h2>
      {revoke.error && <ErrorNote error={revoke.error} className="my-2" />}
      {invitations.length === 0 && (
        <p className="text-ink-3">None is open. Whoever you invite gets a link, for one e-mail address and a while.</p>
      )}
      <ul>
        {invitations.map((one) => (
          <li
            key={one.id}
            className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-1.5 last:border-b-0"
          >
            <span className="min-w-0 flex-1 basis-64">
              <span className="block truncate font-[550]">
                {one.email} <span className="font-normal text-ink-2">as {one.role}</span>
              </span>
              <span className="block truncate text-12 text-ink-3">by {one.invitedBy}</span>
            </span>
            <InvitationState invitation={one} />
            <Button
              size="small"
              tone="quiet"
              blockedBy={isWithin(role, one.role) ? null : `Only an owner may end an invitation to be ${one.role}.`}
              disabled={revoke.isPending}
              aria-label={`${one.state === "open" ? "Revoke" : "Clear away"} the invitation of ${one.email}`}
              onClick={() => revoke.mutate({ namespace: namespace.slug, invitationId: one.id })}
            >
              <MailX size={14} strokeWidth={1.6} aria-hidden />
              {one.state === "open" ? "Revoke" : "Clear away"}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function InvitationState({ invitation: { state, expiresAtMs } }: { invitation: InvitationView }) {
  if (state === "expired") return <Chip tone="gap">expired</Chip>;
  if (state === "void") return <Chip tone="gap">void: its sender may not invite any more</Chip>;
  return (
    <span className="flex items-center gap-1.5 text-ink-2">
      <Hourglass size={14} strokeWidth={1.6} aria-hidden />
      until <MomentText ms={expiresAtMs} precision="minute" withZone />
    </span>
  );
}
