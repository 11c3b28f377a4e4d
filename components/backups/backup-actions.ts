import type { ActionResult, SnapshotView } from "../../lib/client/api-types.ts";
import type { BackupKind, BackupView } from "../../lib/client/backup-types.ts";
import type { RetentionChange, RetentionView } from "../../lib/client/retention-types.ts";

type OfDatabase = { namespace: string; database: string };
type OfBackup = OfDatabase & { backup: string };

/** What the pages of backups call on the server. */
export type BackupActions = {
  start(input: OfDatabase & { kind: BackupKind; label?: string }): Promise<ActionResult<BackupView>>;
  cancel(input: OfBackup): Promise<ActionResult<BackupView>>;
  verify(input: OfBackup): Promise<ActionResult<{ backup: BackupView; jobId: string }>>;
  remove(input: OfBackup): Promise<ActionResult<BackupView>>;
  bringBack(input: OfBackup): Promise<ActionResult<BackupView>>;
  pin(input: OfDatabase & { label: string; backupKey: string }): Promise<ActionResult<SnapshotView>>;
  planRetention(input: OfDatabase & RetentionChange): Promise<ActionResult<RetentionView>>;
  saveRetention(
    input: OfDatabase & { maxBackups: number | null; planDigest?: string },
  ): Promise<ActionResult<RetentionView>>;
};
