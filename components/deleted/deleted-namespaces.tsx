"use client";

import { RotateCcw } from "lucide-react";
import type { DeletedNamespaceView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { AgoText } from "../ui/moment-text.tsx";
import type { DeletionActions } from "./deletion-actions.ts";
import { GoneAt } from "./gone-at.tsx";

/** The deleted namespaces that this person owned, each with the way back. */
export function DeletedNamespaces({
  namespaces,
  bringBack,
}: {
  namespaces: readonly DeletedNamespaceView[];
  bringBack: DeletionActions["bringNamespaceBack"];
}) {
  return (
    <ul>
      {namespaces.map((namespace) => (
        <DeletedNamespace key={namespace.id} namespace={namespace} bringBack={bringBack} />
      ))}
    </ul>
  );
}

function DeletedNamespace({
  namespace: { id, slug, name, databases, deletedAtMs, deletedBy, purgeAfterMs },
  bringBack,
}: {
  namespace: DeletedNamespaceView;
  bringBack: DeletionActions["bringNamespaceBack"];
}) {
  const revival = useServerAction(slug, bringBack);
  const revive = () => revival.mutate({ namespace: id }, { onSuccess: () => location.assign("/") });
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 border-b border-line py-2.5 last:border-b-0">
      <span className="min-w-0 flex-1 basis-52">
        <span className="block truncate font-[550]">{name}</span>
        <span className="block text-12 text-ink-3">
          {formatCount(databases, "database")}, deleted <AgoText ms={deletedAtMs} />
          {deletedBy !== null && ` by ${deletedBy}`}
        </span>
      </span>
      <span>
        <GoneAt atMs={purgeAfterMs} />
      </span>
      <Button onClick={revive} disabled={revival.isPending} aria-label={`Bring the namespace ${name} back`}>
        <RotateCcw size={16} strokeWidth={1.6} aria-hidden />
        {revival.isPending ? "Bringing back…" : "Bring back"}
      </Button>
      {revival.error && <ErrorNote error={revival.error} className="basis-full" />}
    </li>
  );
}
