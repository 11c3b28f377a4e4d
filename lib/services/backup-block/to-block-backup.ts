import type { BackupView } from "../../client/backup-types.ts";

/** A backup as the routes of the backup block tell of it: one row of its `backup_logs`. Times are Unix milliseconds. */
export type BlockBackup = {
  id: string;
  fileName: string;
  schema: string;
  status: "running" | "completed" | "failed" | "restored";
  /** Of the document, in bytes; null until it is written. */
  sizeBytes: number | null;
  tableCount: number | null;
  rowCount: number | null;
  trigger: "manual" | "scheduled" | "pre_restore";
  createdBy: string | null;
  /** The expression that it ran by. */
  cron: string | null;
  error: string | null;
  startedAtMs: number;
  finishedAtMs: number | null;
  restoredAtMs: number | null;
};

/** @param row what the view does not tell */
export function toBlockBackup(view: BackupView, row: { cron: string | null; schemaName: string | null }): BlockBackup {
  const schema = row.schemaName ?? "main";
  return {
    id: view.id,
    fileName: toFileName(schema, view.timeMs ?? view.createdAtMs),
    schema,
    status: toStatus(view),
    sizeBytes: view.rawBytes,
    tableCount: view.tables,
    rowCount: view.rows,
    trigger: view.trigger,
    createdBy: view.createdByName,
    cron: row.cron,
    error: view.error?.message ?? view.damage,
    startedAtMs: view.createdAtMs,
    finishedAtMs: view.finishedAtMs,
    restoredAtMs: view.restoredAtMs,
  };
}

function toStatus({ status, restoredAtMs }: BackupView): BlockBackup["status"] {
  if (status === "completed") return restoredAtMs === null ? "completed" : "restored";
  return status === "queued" || status === "running" ? "running" : "failed";
}

/** `{schema}_{timestamp}.json`, safe as a name of a file. */
function toFileName(schema: string, timeMs: number): string {
  const stamp = new Date(timeMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${schema.replaceAll(/[^A-Za-z0-9._-]+/g, "-")}_${stamp}.json`;
}
