"use client";

import { IsRestoringProvider, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { useDatabase } from "../../lib/client/hooks/use-databases.ts";
import type { BackupActions } from "../backups/backup-actions.ts";
import { BackupList } from "../backups/backup-list.tsx";
import { hasHistory, readStatus } from "../databases/database-status.ts";
import { PreparationProgress } from "../databases/preparation-progress.tsx";
import type { PreviewActions } from "../previews/preview-actions.ts";
import { PreviewList } from "../previews/preview-list.tsx";
import type { RestoreActions } from "../restores/restore-actions.ts";
import { useAfterPaint } from "../ui/use-after-paint.ts";
import { type FirstRecovery, keepFirst } from "./first-recovery.ts";
import { RecoveryPane } from "./recovery-pane.tsx";
import type { SnapshotAction } from "./snapshot-form.tsx";

/** The Backups tab of a database; until its first copy is complete, how far that is. */
export function BackupsTab({
  initial,
  first,
  actions,
  backupActions,
  previewActions,
  snapshot,
}: {
  initial: DatabaseView;
  /** Null: the browser asks for it. */
  first: FirstRecovery | null;
  actions: RestoreActions;
  backupActions: BackupActions;
  previewActions: PreviewActions;
  snapshot: SnapshotAction;
}) {
  const client = useQueryClient();
  useState(() => first && keepFirst(client, initial.namespace, initial.name, first));
  // The first picture is drawn from what came with the page; what else is asked for must not stand in its way.
  const isPainted = useAfterPaint();
  const query = useDatabase(initial.namespace, initial.name, initial);
  const database = query.data ?? initial;
  if (readStatus(database).kind === "preparing") return <PreparationProgress database={database} />;
  if (!hasHistory(database)) {
    return (
      <p className="px-6 py-5 text-14 max-wide:px-4">
        Nothing of {database.name} was captured, so there is no moment to go back to.
      </p>
    );
  }
  return (
    <IsRestoringProvider value={!isPainted}>
      <RecoveryPane
        database={database}
        actions={actions}
        snapshot={snapshot}
        belowLabels={<BackupList database={database} actions={backupActions} restoreActions={actions} />}
        below={database.kind === "project" && <PreviewList database={database} actions={previewActions} />}
      />
    </IsRestoringProvider>
  );
}
