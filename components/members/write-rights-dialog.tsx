"use client";

import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { MemberView } from "../../lib/client/member-types.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import type { MemberActions } from "./member-actions.ts";

/** A member writes to every database unless it is taken here. Each click counts at once. */
export function WriteRightsDialog({
  member,
  setWriteRight,
  onClose,
}: {
  member: MemberView;
  setWriteRight: MemberActions["setWriteRight"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const databases = useDatabases(namespace.slug);
  const change = useServerAction(namespace.slug, setWriteRight);
  const isReadOnly = (id: string) => member.readOnly.some(({ databaseId }) => databaseId === id);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`What ${member.email} may write to`}
      description="Without the write right they still read: queries that change something, snapshots and requests for restores are refused."
      footer={
        <>
          <span className="flex-1" />
          <Button tone="secondary" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <div className="px-6 py-3 max-wide:px-4">
        {!databases.data && <Skeleton className="my-2 h-9 w-full" />}
        {databases.data?.length === 0 && <p className="py-2 text-ink-3">This namespace has no database yet.</p>}
        <ul>
          {databases.data?.map(({ id, name }) => (
            <li
              key={id}
              className="flex min-h-12 items-center justify-between gap-3 border-b border-line last:border-b-0 max-wide:min-h-12"
            >
              <span className="min-w-0">
                <span className="block truncate font-[550]">{name}</span>
                <span className="block text-12 text-ink-3">{isReadOnly(id) ? "reads only" : "reads and writes"}</span>
              </span>
              <Button
                size="small"
                disabled={change.isPending}
                aria-label={isReadOnly(id) ? `Let them write to ${name} again` : `Let them only read ${name}`}
                onClick={() =>
                  change.mutate({
                    namespace: namespace.slug,
                    userId: member.userId,
                    database: id,
                    mayWrite: isReadOnly(id),
                  })
                }
              >
                {isReadOnly(id) ? "Give write right back" : "Take write right"}
              </Button>
            </li>
          ))}
        </ul>
        {(change.error ?? databases.error) && (
          <ErrorNote error={change.error ?? databases.error ?? new Error("unknown")} className="my-3" />
        )}
      </div>
    </Dialog>
  );
}
