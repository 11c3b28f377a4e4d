"use client";

import { Trash2 } from "lucide-react";
import { useState } from "react";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatFullDay, formatZone } from "../../lib/client/format-time.ts";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { TypedName } from "../ui/typed-name.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { DeletionActions } from "./deletion-actions.ts";

const DAY_MS = 86_400_000;

/** The end of a namespace, its slug typed to confirm. */
export function DeleteNamespaceDialog({
  graceDays,
  remove,
  onClose,
}: {
  graceDays: number;
  remove: DeletionActions["removeNamespace"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const { zone } = useZone();
  const nowMs = useNow() ?? 0;
  const [slug, setSlug] = useState("");
  const databases = useDatabases(namespace.slug);
  const removal = useServerAction(namespace.slug, remove);
  const submit = () =>
    removal.mutate(
      { namespace: namespace.slug, confirmSlug: slug },
      // Nothing on this page exists any more: the browser begins anew.
      { onSuccess: () => location.assign("/") },
    );
  return (
    <FormDialog
      title={`Delete the namespace ${namespace.name}?`}
      description="Everybody in it is locked out at once: people, programs and their tokens."
      closeWords="Keep it"
      onClose={onClose}
      tone="danger"
      icon={Trash2}
      words={`Delete ${namespace.slug}`}
      busyWords="Deleting…"
      isBusy={removal.isPending}
      canStart={slug === namespace.slug}
      onSubmit={submit}
    >
      <ul className="grid list-disc gap-1.5 pl-5 text-14 marker:text-ink-3">
        <li>
          Capture of {databases.data ? formatCount(databases.data.length, "database") : "its databases"} ends; hosted
          ones stop answering. Attached files are left alone.
        </li>
        <li>
          You can bring all of it back until {formatFullDay(nowMs + graceDays * DAY_MS, zone)}, {formatZone(zone)}: sign
          in, and the first page offers it.
        </li>
        <li>After that its databases and their history are removed for good.</li>
      </ul>
      <TypedName name={namespace.slug} value={slug} onChange={setSlug} />
      {removal.error && <ErrorNote error={removal.error} />}
    </FormDialog>
  );
}
