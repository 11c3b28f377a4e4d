"use client";

import { Hourglass, Trash2 } from "lucide-react";
import { useState } from "react";
import type { DeletedDatabaseView, DeletedNamespaceView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useDeletedDatabases } from "../../lib/client/hooks/use-deleted.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Note } from "../ui/note.tsx";
import { DeleteNamespaceDialog } from "./delete-namespace-dialog.tsx";
import { DeletedDatabaseTable } from "./deleted-database-table.tsx";
import { DeletedNamespaces } from "./deleted-namespaces.tsx";
import type { DeletionActions } from "./deletion-actions.ts";

/** What was deleted and can still be brought back, and the way to delete the namespace itself. */
export function DeletedPage({
  initial,
  namespaces,
  graceDays,
  actions,
}: {
  initial: DeletedDatabaseView[];
  namespaces: DeletedNamespaceView[];
  graceDays: number;
  actions: DeletionActions;
}) {
  const { namespace } = useViewer();
  const [isDeleting, setDeleting] = useState(false);
  const refusal = useRefusal("namespace.delete");
  const deleted = useDeletedDatabases(namespace.slug, initial);
  const list = deleted.data ?? initial;
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <h1 className="text-20 font-semibold tracking-[-0.02em]">
        {list.length === 0 ? "Nothing is deleted" : `${formatCount(list.length, "deleted database")}`}
      </h1>
      <p className="mb-4 text-ink-2">
        What is deleted is kept for {formatCount(graceDays, "day")} with all of its history, then it is gone for good.
      </p>
      {deleted.error && <ErrorNote error={deleted.error} className="mb-4" />}
      {list.length === 0 ? (
        <Note className="max-w-[76ch]" icon={<Hourglass size={16} strokeWidth={1.6} aria-hidden />}>
          Databases that somebody deletes wait here for {formatCount(graceDays, "day")}. Until then one click brings
          them back, and every moment of their past with them.
        </Note>
      ) : (
        <DeletedDatabaseTable databases={list} bringBack={actions.bringDatabaseBack} />
      )}
      {namespaces.length > 0 && (
        <section aria-labelledby="namespaces-title" className="mt-8">
          <h2 id="namespaces-title" className="mb-1 text-14 font-semibold">
            Namespaces that you owned
          </h2>
          <DeletedNamespaces namespaces={namespaces} bringBack={actions.bringNamespaceBack} />
        </section>
      )}
      <section className="mt-10 max-w-[860px] border-t border-line pt-4">
        <h2 className="mb-1 text-14 font-semibold">The namespace itself</h2>
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="max-w-[64ch] text-ink-2">
            Deleting {namespace.name} locks everybody out at once and ends the capture of its databases. An owner can
            bring it back for {formatCount(graceDays, "day")}.
          </p>
          <Button tone="risk" blockedBy={refusal} onClick={() => setDeleting(true)}>
            <Trash2 size={16} strokeWidth={1.6} aria-hidden />
            Delete the namespace…
          </Button>
        </div>
      </section>
      {isDeleting && (
        <DeleteNamespaceDialog
          graceDays={graceDays}
          remove={actions.removeNamespace}
          onClose={() => setDeleting(false)}
        />
      )}
    </main>
  );
}
