"use client";

import { Archive } from "lucide-react";
import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { BackupView } from "../../lib/client/backup-types.ts";
import { useBackups } from "../../lib/client/hooks/use-backups.ts";
import type { RestoreActions } from "../restores/restore-actions.ts";
import { RestoreOrAsk } from "../restores/restore-or-ask.tsx";
import { useRefusal, useWriteRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { TextButton } from "../ui/text-link.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { BackUpDialog } from "./back-up-dialog.tsx";
import type { BackupActions } from "./backup-actions.ts";
import { BackupRow } from "./backup-row.tsx";
import { backupTitle } from "./backup-words.ts";
import { DeleteBackupDialog } from "./delete-backup-dialog.tsx";
import { PinBackupDialog } from "./pin-backup-dialog.tsx";
import { RetentionDialog } from "./retention-dialog.tsx";

const FIRST = 6;

/** What is open above the list. */
export type BackupDialog =
  | { kind: "start" }
  | { kind: "retention" }
  | { kind: "pin" | "delete" | "restore"; backup: BackupView };

/** The backups of a database: copies to keep, carry away and restore from, however far back the window reaches. */
export function BackupList({
  database,
  actions,
  restoreActions,
}: {
  database: DatabaseView;
  actions: BackupActions;
  restoreActions: RestoreActions;
}) {
  const { zone } = useZone();
  const nowMs = useNow() ?? database.createdAtMs;
  const query = useBackups(database.namespace, database.name);
  const [dialog, setDialog] = useState<BackupDialog | null>(null);
  const [showsAll, setShowsAll] = useState(false);
  const refusal = useWriteRefusal("backup.create", database);
  const mayKeepFewer = useRefusal("retention.change") === null;
  const backups = query.data?.backups;
  const shown = showsAll ? backups : backups?.slice(0, FIRST);
  const close = () => setDialog(null);
  return (
    <section aria-labelledby="backups-title" className="border-t border-line px-6 pt-3 pb-4 max-wide:px-4">
      <div className="mb-1 flex flex-wrap items-center justify-between gap-2">
        <h2 id="backups-title" className="text-14/7 font-semibold">
          Backups
          {backups && backups.length > FIRST && (
            <TextButton onClick={() => setShowsAll(!showsAll)} className="ml-3 text-13">
              {showsAll ? "Fewer" : `All ${backups.length}${query.data?.next ? "+" : ""}`}
            </TextButton>
          )}
        </h2>
        <div className="flex gap-2">
          {mayKeepFewer && (
            <Button tone="quiet" size="small" onClick={() => setDialog({ kind: "retention" })}>
              Retention…
            </Button>
          )}
          <Button size="small" blockedBy={refusal} onClick={() => setDialog({ kind: "start" })}>
            <Archive size={14} strokeWidth={1.6} aria-hidden />
            Back up now…
          </Button>
        </div>
      </div>
      {query.error && !backups && <ErrorNote error={query.error} className="my-2" />}
      {!backups && !query.error && <Skeleton className="h-12 w-full" />}
      {backups?.length === 0 && (
        <p className="py-2 text-ink-3">
          None yet. A backup is a copy of its own, to keep for a year or carry away; the window keeps every commit
          either way.
        </p>
      )}
      <ul>
        {shown?.map((backup) => (
          <BackupRow
            key={backup.id}
            database={database}
            backup={backup}
            actions={actions}
            zone={zone}
            nowMs={nowMs}
            onOpen={setDialog}
          />
        ))}
      </ul>
      {dialog?.kind === "start" && <BackUpDialog database={database} start={actions.start} onClose={close} />}
      {dialog?.kind === "retention" && <RetentionDialog database={database} actions={actions} onClose={close} />}
      {dialog?.kind === "pin" && (
        <PinBackupDialog database={database} backup={dialog.backup} pin={actions.pin} onClose={close} />
      )}
      {dialog?.kind === "delete" && (
        <DeleteBackupDialog database={database} backup={dialog.backup} remove={actions.remove} onClose={close} />
      )}
      {dialog?.kind === "restore" && (
        <RestoreFrom database={database} backup={dialog.backup} actions={restoreActions} onClose={close} />
      )}
    </section>
  );
}

/** The dialog of a restore from a backup; it opens with a preview as its target, which touches nothing. */
function RestoreFrom({
  database,
  backup,
  actions,
  onClose,
}: {
  database: DatabaseView;
  backup: BackupView;
  actions: RestoreActions;
  onClose: () => void;
}) {
  const { key, bookmark, timeMs } = backup;
  if (key === null || bookmark === null || timeMs === null) return null;
  return (
    <RestoreOrAsk
      database={database}
      actions={actions}
      onClose={onClose}
      intent={{
        source: { backupKey: key },
        askedMs: null,
        backup: { title: backupTitle(backup), kind: backup.kind },
        bookmark,
        timeMs,
        undoOf: null,
        aim: database.kind === "project" ? "new_preview" : "project",
      }}
    />
  );
}
