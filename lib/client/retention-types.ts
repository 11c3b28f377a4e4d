import type { DeletionReason, KeepingReason } from "../domain/retention.ts";

/** One backup and its fate. Times are Unix milliseconds, sizes bytes. */
type Fate<Reason> = {
  id: string;
  key: string | null;
  label: string | null;
  kind: string;
  createdAtMs: number;
  sizeBytes: number;
  because: Reason;
  /** Labels that are pinned to it. */
  pins: string[];
};

/** What retention would do by certain limits, had it its turn now. */
export type RetentionPlanView = {
  /** What the next run deletes, oldest first. */
  deletions: Fate<DeletionReason>[];
  /** What runs after it delete: one deletes so many at most. */
  later: Fate<DeletionReason>[];
  /** Newest first. */
  kept: Fate<KeepingReason>[];
  /** Stored bytes of all that would go. */
  freedBytes: number;
  /** Names what would go: a change that deletes is saved only with what was shown. */
  digest: string;
};

/** GET …/:db/retention; POST …/:db/retention/plan answers the same for limits that are not saved yet. */
export type RetentionView = { maxBackups: number | null; plan: RetentionPlanView };

/** What is to be looked at before it is saved: limits of the database, or of one schedule. Left out: as they are. */
export type RetentionChange = {
  maxBackups?: number | null | undefined;
  schedule?: { id: string; retentionDays: number | null; keepAtMost?: number | null | undefined } | undefined;
};
