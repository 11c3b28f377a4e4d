"use client";

import { Trash2 } from "lucide-react";
import { useState } from "react";
import type { ActionResult, DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { ErrorNote } from "../ui/error-note.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { MomentText } from "../ui/moment-text.tsx";
import { TypedName } from "../ui/typed-name.tsx";
import { useNow } from "../ui/use-now.ts";

const DAY_MS = 86_400_000;

export type RemoveDatabaseAction = (input: {
  namespace: string;
  database: string;
  confirmName: string;
}) => Promise<ActionResult<null>>;

/** Ends a database's protection, its name typed to confirm. */
export function DeleteDatabaseDialog({
  database,
  graceDays,
  remove,
  onClose,
}: {
  database: DatabaseView;
  graceDays: number;
  remove: RemoveDatabaseAction;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const removal = useActionThenGo(database.namespace, remove, () => "/databases");
  const nowMs = useNow() ?? Date.now();
  const hosted = database.origin === "hosted";
  const isCluster = database.engine === "postgres";
  return (
    <FormDialog
      title={`Delete ${database.name}?`}
      description={wordsOf(database)}
      closeWords="Keep it"
      onClose={onClose}
      tone="danger"
      icon={Trash2}
      words={`Delete ${database.name}`}
      busyWords="Deleting…"
      isBusy={removal.isPending}
      canStart={name === database.name}
      onSubmit={() => removal.mutate({ namespace: database.namespace, database: database.name, confirmName: name })}
    >
      <p className="text-14">
        {hosted ? `Its ${isCluster ? "cluster" : "file"} and its history are` : "Its history is"} kept for{" "}
        {formatCount(graceDays, "day")}, until{" "}
        <MomentText ms={nowMs + graceDays * DAY_MS} precision="minute" withZone />. Until then you can bring it back
        under Deleted; after that {hosted ? "both are" : "the history is"} gone for good.
      </p>
      {!hosted && <p className="text-14">Nothing that is written from now on can be restored.</p>}
      <TypedName name={database.name} value={name} onChange={setName} />
      {removal.error && <ErrorNote error={removal.error} />}
    </FormDialog>
  );
}

/** What happens at once. */
function wordsOf({ engine, origin }: DatabaseView): string {
  if (engine === "postgres") {
    return origin === "hosted"
      ? "Its server is stopped at once, connections to it end, and its name is free again."
      : "Lastgood stops receiving its log and drops its replication slot. The server itself is left alone, and its applications notice nothing.";
  }
  return origin === "hosted"
    ? "It stops answering at once, and its name is free again."
    : "Lastgood stops capturing it. The file itself is left alone, and the program that writes it notices nothing.";
}
