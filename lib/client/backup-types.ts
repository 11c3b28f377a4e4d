/** What our own REST routes answer about backups. Times are Unix milliseconds, sizes bytes. */
export type BackupKind = "physical" | "portable";
export type BackupTrigger = "manual" | "scheduled" | "pre_restore";
export type BackupStatus = "queued" | "running" | "completed" | "failed" | "cancelled";

/** One row of GET /api/namespaces/:ns/databases/:db/backups → {backups: BackupView[], next: string | null}, newest first. */
export type BackupView = {
  id: string;
  databaseId: string;
  /** What restores, downloads and restore points name it by; null until it is complete. */
  key: string | null;
  kind: BackupKind;
  label: string | null;
  trigger: BackupTrigger;
  schedule: { id: string; name: string } | null;
  status: BackupStatus;
  /** While it runs: the share that is done, in bytes. */
  progress: { stage: string; done: number; total: number } | null;
  /** The state that it holds; null until that is known. */
  bookmark: string | null;
  timeMs: number | null;
  fileName: string | null;
  /** Stored bytes, and those of the database or document that they hold. */
  sizeBytes: number | null;
  rawBytes: number | null;
  sha256: string | null;
  tables: number | null;
  rows: number | null;
  encrypted: boolean;
  /** `disk`: on the agent's own disk, beside the database that it is a copy of. */
  place: { kind: "disk" } | { kind: "s3"; bucket: string };
  verifiedAtMs: number | null;
  /** Why it cannot be restored; null where nothing is known to be wrong. */
  damage: string | null;
  restoredAtMs: number | null;
  /** Labels pinned to it; retention keeps it for as long as there is one. */
  pins: { id: string; label: string }[];
  /** When retention deletes it; null: never, or not by age. */
  expiresAtMs: number | null;
  error: { code: string; message: string; hint: string | null } | null;
  createdAtMs: number;
  createdByName: string | null;
  finishedAtMs: number | null;
  /** Deleted, and until when that can be taken back. */
  deleted: { atMs: number; because: string | null; purgeAfterMs: number } | null;
};

/** A page of backups, newest first; `next` is the id that goes on from there, null at the end. */
export type BackupsView = { backups: BackupView[]; next: string | null };
