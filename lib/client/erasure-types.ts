import type { ErasurePlan, ErasureStatus } from "../domain/erasure.ts";

/** History that is or was purged up to a moment. Times are Unix milliseconds. */
export type ErasureView = {
  id: string;
  databaseId: string;
  status: ErasureStatus;
  plan: ErasurePlan;
  reason: string | null;
  requestedByName: string | null;
  createdAtMs: number;
  /** The end of its grace period; until then it can be cancelled. */
  runAfterMs: number;
  finishedAtMs: number | null;
  removedBytes: number | null;
  removedBackups: number | null;
  error: { code: string; message: string; hint: string | null } | null;
};

/** GET …/:db/erasures: the newest 50. */
export type ErasuresView = { erasures: ErasureView[] };

/** POST …/:db/erasures */
export type ErasureBody = {
  beforeMs: number;
  includeBackups?: boolean | undefined;
  confirmName?: string | undefined;
  reason?: string | undefined;
};
