import type { Metadata } from "next";
import { BackupsTab } from "../../../../../../components/recovery/backups-tab.tsx";
import { readMoment } from "../../../../../../components/recovery/chosen-moment.ts";
import { getDatabase } from "../../../../../../lib/services/databases/get-database.ts";
import { createSnapshot, startRestore, undoCompletedRestore } from "../../../../actions.ts";
import { askForApproval, changeRequestedMoment } from "../../../../approval-actions.ts";
import { bringBackupBack, cancelBackup, removeBackup, startBackup, verifyBackup } from "../../../../backup-actions.ts";
import { currentViewer } from "../../../../current-viewer.ts";
import { startCutover } from "../../../../cutover-actions.ts";
import { findOr404 } from "../../../../find-or-404.ts";
import { deletePreview, extendPreview } from "../../../../preview-actions.ts";
import { pinBackup, planRetentionChange, saveRetention } from "../../../../retention-actions.ts";
import { readFirstRecovery } from "./read-first-recovery.ts";

type Props = {
  params: Promise<{ db: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
};

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${decodeURIComponent((await params).db)}, backups` };
}

export default async function BackupsPage({ params, searchParams }: Props) {
  const { ctx, viewer } = await currentViewer();
  const reference = decodeURIComponent((await params).db);
  const database = await findOr404(getDatabase(ctx, { namespace: viewer.namespace.slug, database: reference }));
  const { at, bookmark } = await searchParams;
  const chosen = readMoment(
    new URLSearchParams({
      ...(typeof at === "string" && { at }),
      ...(typeof bookmark === "string" && { bookmark }),
    }),
  );
  const of = { namespace: viewer.namespace.slug, database: database.id };
  const first = await readFirstRecovery(ctx, of, chosen);
  return (
    <BackupsTab
      initial={database}
      first={first}
      actions={{
        restore: startRestore,
        undo: undoCompletedRestore,
        ask: askForApproval,
        change: changeRequestedMoment,
      }}
      backupActions={{
        start: startBackup,
        cancel: cancelBackup,
        verify: verifyBackup,
        remove: removeBackup,
        bringBack: bringBackupBack,
        pin: pinBackup,
        planRetention: planRetentionChange,
        saveRetention,
      }}
      previewActions={{ extend: extendPreview, remove: deletePreview, cutover: startCutover, ask: askForApproval }}
      snapshot={createSnapshot}
    />
  );
}
