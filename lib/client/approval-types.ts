import type { Role } from "../domain/actions.ts";
import type { ApprovalKind, ApprovalStatus, Verdict } from "../domain/approval.ts";
import type { ErasurePlan } from "../domain/erasure.ts";
import type { PolicyField, PolicyRules } from "../domain/policy.ts";
import type { RestorePlan } from "../domain/restore.ts";
import type { RestoreSource } from "../domain/restore-source.ts";
import type { RestoreSourceBody } from "./api-types.ts";

/** What our own routes for policies and approvals answer. Times are Unix milliseconds. */

/** GET …/:db/policy */
export type PolicyView = {
  databaseId: string;
  databaseName: string;
  rules: PolicyRules;
  /** 0 where nobody has set anything. */
  version: number;
  updatedAtMs: number | null;
  updatedBy: string | null;
  /** The owners and admins of the namespace, by name. */
  people: { userId: string; name: string; role: Role }[];
  /** How many others must approve before the caller restores in place; 0: nobody. */
  neededForMe: number;
  /** How many of the others may approve what the caller asks for. */
  possibleForMe: number;
  mayBeginNow: boolean;
  /** Where it may not begin now: the next moment at which it may; null where none is near. */
  nextBeginMs: number | null;
};

/** PUT …/:db/policy */
export type PolicyBody = { rules: PolicyRules; version: number };

/** What would happen, as requester and approvers read it; it was written down with the request. */
export type ApprovalPlan =
  | {
      kind: "restore.project";
      source: RestoreSource;
      askedMs: number | null;
      /** Of the snapshot that was chosen. */
      label: string | null;
      /** The restore that this is the way back from. */
      undoOf: string | null;
      /** The key of the backup that it comes from; left out: from the history. */
      backup?: string;
      plan: RestorePlan;
    }
  | {
      kind: "restore.cutover";
      preview: { id: string; name: string };
      /** The project's state that the preview was made from; null once it is older than the window. */
      base: { bookmark: string; timeMs: number } | null;
      plan: RestorePlan;
    }
  | { kind: "policy.change"; before: PolicyRules; after: PolicyRules; looser: PolicyField[] }
  | { kind: "database.delete" }
  | { kind: "history.erase"; plan: ErasurePlan };

export type ApprovalDecisionView = {
  by: string;
  isMine: boolean;
  verdict: Verdict;
  comment: string | null;
  timeMs: number;
  /** False where it was given, but its giver may no longer approve. */
  counts: boolean;
};

/** One row of GET /api/namespaces/:ns/approvals → {approvals, waiting}; alone from GET …/approvals/:id. */
export type ApprovalView = {
  id: string;
  kind: ApprovalKind;
  databaseId: string;
  databaseName: string;
  status: ApprovalStatus;
  /** Why it ended without being run. */
  because: string | null;
  reason: string;
  requestedBy: string;
  isMine: boolean;
  /** Approvals needed and those that count now. */
  needed: number;
  approved: number;
  decisions: ApprovalDecisionView[];
  /** What the caller may do with it now. */
  mayApprove: boolean;
  mayRefuse: boolean;
  mayRun: boolean;
  plan: ApprovalPlan;
  digest: string;
  createdAtMs: number;
  approveUntilMs: number;
  approvedAtMs: number | null;
  runUntilMs: number | null;
  endedAtMs: number | null;
  /** Whether a restore may begin at this hour, and when the next may. */
  mayBeginNow: boolean;
  nextBeginMs: number | null;
  replaces: string | null;
  replacedBy: string | null;
  restoreId: string | null;
};

/** GET /api/namespaces/:ns/approvals?status=&after=&limit= */
export type ApprovalsView = {
  approvals: ApprovalView[];
  /** How many wait for the caller: to decide, or to run. */
  waiting: number;
  next: string | null;
};

/** POST …/:db/approvals */
export type ApprovalRequestBody = { reason: string } & (
  | ({ kind: "restore.project" } & RestoreSourceBody)
  | { kind: "restore.project"; undoOf: string }
  | { kind: "restore.cutover"; previewId: string }
  | { kind: "policy.change"; rules: PolicyRules }
  | { kind: "database.delete" }
  | { kind: "history.erase"; beforeMs: number; includeBackups: boolean }
);

export type DecisionBody = { verdict: Verdict; comment?: string; digest: string };
/** `confirmName` is the database's name as a person typed it. */
export type RunBody = { digest: string; confirmName?: string; planDigest?: string };
