import type { ActionResult, RestoreSourceBody } from "../../lib/client/api-types.ts";
import type { ApprovalRequestBody, ApprovalView, DecisionBody, RunBody } from "../../lib/client/approval-types.ts";

type OfApproval = { namespace: string; approvalId: string };

/** Asks others to allow something. */
export type AskAction = (input: {
  namespace: string;
  database: string;
  ask: ApprovalRequestBody;
}) => Promise<ActionResult<ApprovalView>>;

/** Asks for another moment instead. */
export type ChangeMomentAction = (
  input: OfApproval & RestoreSourceBody & { reason?: string },
) => Promise<ActionResult<ApprovalView>>;

/** What can be done with a request; handed in by the page. */
export type ApprovalActions = {
  decide: (input: OfApproval & DecisionBody) => Promise<ActionResult<ApprovalView>>;
  run: (input: OfApproval & RunBody & { confirmName: string }) => Promise<ActionResult<ApprovalView>>;
  withdraw: (input: OfApproval) => Promise<ActionResult<ApprovalView>>;
};
