import type { ActionResult, RestoreSourceBody, RestoreView } from "../../lib/client/api-types.ts";
import type { RestoreTargetBody } from "../../lib/client/preview-types.ts";
import type { AskAction, ChangeMomentAction } from "../approvals/approval-actions.ts";

/** What may go on around a restore in place. */
export type AroundBody = { fenceSeconds?: number; runHooks?: boolean };

/** What is to be checked of the state, beside what always is. */
export type ChecksBody = { checks?: { amcheck?: boolean } };

export type RestoreInput = RestoreSourceBody &
  RestoreTargetBody &
  ChecksBody &
  AroundBody & {
    namespace: string;
    database: string;
    reason?: string;
    /** The database's name as it was typed; empty where the project is not overwritten. */
    confirmName: string;
    /** Of the plan that was shown: the server refuses when it changed. */
    planDigest: string;
  };

export type UndoInput = AroundBody & {
  namespace: string;
  database: string;
  restoreId: string;
  confirmName?: string;
  planDigest?: string;
};

/** The server actions that start restores or ask for them, handed in by the page. */
export type RestoreActions = {
  restore: (input: RestoreInput) => Promise<ActionResult<RestoreView>>;
  undo: (input: UndoInput) => Promise<ActionResult<RestoreView>>;
  /** Where others must allow it first. */
  ask: AskAction;
  change: ChangeMomentAction;
};
