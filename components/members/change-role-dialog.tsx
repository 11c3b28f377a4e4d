"use client";

import { useState } from "react";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { MemberView } from "../../lib/client/member-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import type { MemberActions } from "./member-actions.ts";
import { RoleChoice } from "./role-choice.tsx";

/** Another role for a member; it counts from their next click on. */
export function ChangeRoleDialog({
  member,
  giveRole,
  onClose,
}: {
  member: MemberView;
  giveRole: MemberActions["giveRole"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const [role, setRole] = useState(member.role);
  const change = useServerAction(namespace.slug, giveRole);
  const save = () => change.mutate({ namespace: namespace.slug, userId: member.userId, role }, { onSuccess: onClose });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !change.isPending && onClose()}
      title={`Role of ${member.email}`}
      description={`Now ${member.role}. A change counts from their next click on, for their API tokens as well.`}
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={change.isPending} className="max-wide:flex-1">
            Close
          </Button>
          <Button
            tone="primary"
            onClick={save}
            disabled={role === member.role || change.isPending}
            className="max-wide:flex-1"
          >
            {change.isPending ? "Changing…" : role === member.role ? "Change the role" : `Make ${role}`}
          </Button>
        </>
      }
    >
      <div className="grid gap-4 px-6 py-5 max-wide:px-4">
        <RoleChoice value={role} onChange={setRole} />
        {change.error && <ErrorNote error={change.error} />}
      </div>
    </Dialog>
  );
}
