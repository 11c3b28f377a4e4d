import { z } from "zod";
import type {
  ApprovalDecisionView,
  ApprovalPlan,
  ApprovalsView,
  ApprovalView,
  PolicyView,
} from "../../client/approval-types.ts";
import { ROLES } from "../../domain/actions.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import { answerOf, count, countOrNull, nextPage, text, textOrNull, time, timeOrNull } from "./answer-schema.ts";
import { named, plainState } from "./answer-shapes.ts";
import { erasurePlanAnswer } from "./erasure-answers.ts";
import { restorePlanAnswer } from "./restore-answers.ts";

const policyRules = z.strictObject({
  restoreRole: z.enum(["owner", "admin"]),
  approvals: count.meta({ description: "How many others must approve; 0 asks nobody." }),
  approvers: z
    .array(text)
    .nullable()
    .meta({ description: "User ids of those who may approve; null: every owner and admin." }),
  hours: z.strictObject({ zone: text, days: z.array(count), fromMinute: count, toMinute: count }).nullable(),
  protectedLabels: z.array(text),
  leastWindowDays: countOrNull,
  approveWithinMs: time,
  runWithinMs: time,
});

export const policyAnswer = answerOf<PolicyView>()(
  z
    .strictObject({
      databaseId: text,
      databaseName: text,
      rules: policyRules,
      version: count.meta({ description: "0 where nobody has set anything." }),
      updatedAtMs: timeOrNull,
      updatedBy: textOrNull,
      people: z
        .array(z.strictObject({ userId: text, name: text, role: z.enum(ROLES) }))
        .meta({ description: "The owners and admins of the namespace, by name." }),
      neededForMe: count.meta({
        description: "How many others must approve before the caller restores in place; 0: nobody.",
      }),
      possibleForMe: count.meta({ description: "How many of the others may approve what the caller asks for." }),
      mayBeginNow: z.boolean(),
      nextBeginMs: timeOrNull.meta({
        description: "Where it may not begin now: the next moment at which it may; null where none is near.",
      }),
    })
    .meta({ id: "Policy" }),
);

export const approvalDecisionAnswer = answerOf<ApprovalDecisionView>()(
  z
    .strictObject({
      by: text,
      isMine: z.boolean(),
      verdict: z.enum(["approve", "refuse"]),
      comment: textOrNull,
      timeMs: time,
      counts: z.boolean().meta({ description: "False where it was given, but its giver may no longer approve." }),
    })
    .meta({ id: "ApprovalDecision" }),
);

export const restoreSourceAnswer = answerOf<RestoreSource>()(
  z
    .union([
      z.strictObject({ kind: z.literal("snapshot"), snapshotId: text }),
      z.strictObject({ kind: z.literal("bookmark"), bookmark: text }),
      z.strictObject({ kind: z.literal("timestamp"), timestampMs: time }),
      z.strictObject({ kind: z.literal("backup"), backupKey: text }),
    ])
    .meta({ id: "RestoreSource" }),
);

export const approvalPlanAnswer = answerOf<ApprovalPlan>()(
  z
    .union([
      z.strictObject({
        kind: z.literal("restore.project"),
        source: restoreSourceAnswer,
        askedMs: timeOrNull,
        label: textOrNull.meta({ description: "Of the snapshot that was chosen." }),
        undoOf: textOrNull.meta({ description: "The restore that this is the way back from." }),
        backup: text
          .meta({ description: "The key of the backup that it comes from; left out: from the history." })
          .exactOptional(),
        plan: restorePlanAnswer,
      }),
      z.strictObject({
        kind: z.literal("restore.cutover"),
        preview: named,
        base: plainState.nullable().meta({
          description: "The project's state that the preview was made from; null once it is older than the window.",
        }),
        plan: restorePlanAnswer,
      }),
      z.strictObject({
        kind: z.literal("policy.change"),
        before: policyRules,
        after: policyRules,
        looser: z.array(
          z.enum([
            "hours",
            "restoreRole",
            "approvals",
            "approvers",
            "protectedLabels",
            "leastWindowDays",
            "approveWithinMs",
            "runWithinMs",
          ]),
        ),
      }),
      z.strictObject({ kind: z.literal("database.delete") }),
      z.strictObject({ kind: z.literal("history.erase"), plan: erasurePlanAnswer }),
    ])
    .meta({ id: "ApprovalPlan" }),
);

export const approvalAnswer = answerOf<ApprovalView>()(
  z
    .strictObject({
      id: text,
      kind: z.enum(["database.delete", "history.erase", "restore.project", "restore.cutover", "policy.change"]),
      databaseId: text,
      databaseName: text,
      status: z.enum(["void", "open", "approved", "used", "refused", "expired", "withdrawn"]),
      because: textOrNull.meta({ description: "Why it ended without being run." }),
      reason: text,
      requestedBy: text,
      isMine: z.boolean(),
      needed: count.meta({ description: "Approvals needed and those that count now." }),
      approved: count,
      decisions: z.array(approvalDecisionAnswer),
      mayApprove: z.boolean().meta({ description: "What the caller may do with it now." }),
      mayRefuse: z.boolean(),
      mayRun: z.boolean(),
      plan: approvalPlanAnswer,
      digest: text,
      createdAtMs: time,
      approveUntilMs: time,
      approvedAtMs: timeOrNull,
      runUntilMs: timeOrNull,
      endedAtMs: timeOrNull,
      mayBeginNow: z
        .boolean()
        .meta({ description: "Whether a restore may begin at this hour, and when the next may." }),
      nextBeginMs: timeOrNull,
      replaces: textOrNull,
      replacedBy: textOrNull,
      restoreId: textOrNull,
    })
    .meta({ id: "Approval" }),
);

export const approvalsAnswer = answerOf<ApprovalsView>()(
  z
    .strictObject({
      approvals: z.array(approvalAnswer),
      waiting: count.meta({ description: "How many wait for the caller: to decide, or to run." }),
      next: nextPage,
    })
    .meta({ id: "Approvals" }),
);
