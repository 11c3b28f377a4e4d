"use client";

import { UserPlus } from "lucide-react";
import { useState } from "react";
import { formatCount } from "../../lib/client/format-count.ts";
import { useInvitations, useMembers } from "../../lib/client/hooks/use-members.ts";
import type { InvitationView, MemberView } from "../../lib/client/member-types.ts";
import { roleMay } from "../../lib/domain/actions.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { InvitationList } from "./invitation-list.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import type { MemberActions } from "./member-actions.ts";
import { MemberTable } from "./member-table.tsx";

/** Who belongs to the namespace and what they may do. */
export function MembersPage({
  initial,
  initialInvitations,
  actions,
}: {
  initial: MemberView[];
  initialInvitations: InvitationView[];
  actions: MemberActions;
}) {
  const { namespace, role } = useViewer();
  const [isInviting, setInviting] = useState(false);
  const refusal = useRefusal("member.invite");
  const mayInvite = roleMay(role, "invitation.list");
  const members = useMembers(namespace.slug, initial);
  const invitations = useInvitations(namespace.slug, mayInvite, initialInvitations);
  const list = members.data ?? initial;
  const owners = list.filter((member) => member.role === "owner").length;
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-4">
        <div>
          <h1 className="text-20 font-semibold tracking-[-0.02em]">
            {list.length === 1 ? "1 person" : formatCount(list.length, "person", "people")}
          </h1>
          <p className="text-ink-2">
            {owners === 1
              ? "One owner. A second one would keep the namespace reachable if that account were lost."
              : `${owners} owners. The last owner can never be taken out.`}
          </p>
        </div>
        <Button tone="primary" blockedBy={refusal} onClick={() => setInviting(true)}>
          <UserPlus size={16} strokeWidth={1.6} aria-hidden />
          Invite…
        </Button>
      </div>
      {members.error && <ErrorNote error={members.error} className="mb-4" />}
      <MemberTable members={list} owners={owners} actions={actions} />
      {mayInvite && <InvitationList invitations={invitations.data ?? initialInvitations} actions={actions} />}
      {isInviting && <InviteDialog invite={actions.invite} onClose={() => setInviting(false)} />}
    </main>
  );
}
