"use server";

import { z } from "zod";
import { parseRestoreSource } from "../../lib/domain/restore-source.ts";
import { changeApproval } from "../../lib/services/approvals/change-approval.ts";
import { decideApproval } from "../../lib/services/approvals/decide-approval.ts";
import { requestApproval } from "../../lib/services/approvals/request-approval.ts";
import { runApproval } from "../../lib/services/approvals/run-approval.ts";
import { withdrawApproval } from "../../lib/services/approvals/withdraw-approval.ts";
import { namingNearest } from "../../lib/services/history/naming-nearest.ts";
import { setPolicy } from "../../lib/services/policies/set-policy.ts";
import { action } from "../../lib/web/action.ts";
import {
  approvalRequestSchema,
  changeApprovalSchema,
  decisionSchema,
  policyBodySchema,
  runSchema,
  toApprovalRequest,
} from "../../lib/web/approval-schemas.ts";

const ofDatabase = { namespace: z.string().max(64), database: z.string().max(64) };
const ofApproval = { namespace: z.string().max(64), approvalId: z.string().max(64) };

/** Sets a database's policy, where that only asks for more or nobody has to approve. */
export const savePolicy = action(policyBodySchema.extend(ofDatabase), (ctx, input) => setPolicy(ctx, input));

/** Asks others to allow a restore, a looser policy or a deletion. Nothing starts. */
export const askForApproval = action(
  z.strictObject({ ...ofDatabase, ask: approvalRequestSchema }),
  (ctx, { ask, ...of }) =>
    namingNearest(ctx, of, async () => requestApproval(ctx, { ...of, ask: toApprovalRequest(ask) })),
);

/** Asks for another moment instead: what was approved becomes void. */
export const changeRequestedMoment = action(
  changeApprovalSchema.extend(ofApproval),
  (ctx, { namespace, approvalId, reason, ...source }) =>
    changeApproval(ctx, { namespace, approvalId, reason, source: parseRestoreSource(source) }),
);

/** Takes one's own request back. */
export const withdrawRequest = action(z.strictObject(ofApproval), (ctx, input) => withdrawApproval(ctx, input));

/** Allows or refuses what somebody else asks for. */
export const decideRequest = action(decisionSchema.extend(ofApproval), (ctx, input) => decideApproval(ctx, input));

/** Does what others have approved, once; the database's name is typed to confirm. */
export const runApprovedRequest = action(
  runSchema.extend({
    ...ofApproval,
    confirmName: z.string({ error: "Type the database's name to confirm." }).max(200),
  }),
  (ctx, input) => runApproval(ctx, input),
);
