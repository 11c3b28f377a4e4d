import { z } from "zod";
import type { ApprovalRequestBody } from "../client/approval-types.ts";
import { LastgoodError } from "../domain/errors.ts";
import { remarkSchema } from "../domain/names.ts";
import { policyRulesSchema } from "../domain/policy.ts";
import { parseRestoreSource, type RestoreSource } from "../domain/restore-source.ts";
import { restoreSourceFields } from "./api-schemas.ts";
import { erasureFields } from "./erasure-schemas.ts";

/** What the routes and server actions of policies and approvals take. */
const digestSchema = z.string({ error: "Give the digest of what you have read." }).max(128);
const reasonSchema = remarkSchema.refine((text) => text !== "", "Give a reason: the others decide by it.");
const restoreId = z.string().max(64);

export const policyBodySchema = z.strictObject({ rules: policyRulesSchema, version: z.int().min(0) });

export const approvalRequestSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("restore.project"),
    reason: reasonSchema,
    undoOf: restoreId.optional(),
    ...restoreSourceFields,
  }),
  z.strictObject({ kind: z.literal("restore.cutover"), reason: reasonSchema, previewId: restoreId }),
  z.strictObject({ kind: z.literal("policy.change"), reason: reasonSchema, rules: policyRulesSchema }),
  z.strictObject({ kind: z.literal("database.delete"), reason: reasonSchema }),
  z.strictObject({ kind: z.literal("history.erase"), reason: reasonSchema, ...erasureFields }),
]);

/** What is asked for; a restore names exactly one moment, or the restore that it undoes. */
export function toApprovalRequest(body: z.output<typeof approvalRequestSchema>): ApprovalRequestBody {
  if (body.kind !== "restore.project") return body;
  const { kind, reason, undoOf, ...source } = body;
  if (undoOf === undefined) return { kind, reason, ...toSourceBody(parseRestoreSource(source)) };
  if (Object.values(source).every((value) => value === undefined)) return { kind, reason, undoOf };
  throw new LastgoodError("invalid_input", "Several moments were given.", {
    field: "undoOf",
    hint: "Give exactly one of undoOf, snapshotId, bookmark, timestamp or backupKey.",
  });
}

function toSourceBody(source: RestoreSource) {
  if (source.kind === "snapshot") return { snapshotId: source.snapshotId };
  if (source.kind === "bookmark") return { bookmark: source.bookmark };
  if (source.kind === "backup") return { backupKey: source.backupKey };
  return { timestamp: source.timestampMs };
}

export const changeApprovalSchema = z.strictObject({ reason: reasonSchema.optional(), ...restoreSourceFields });

export const decisionSchema = z.strictObject({
  verdict: z.enum(["approve", "refuse"], { error: 'The verdict is "approve" or "refuse".' }),
  comment: remarkSchema.optional(),
  digest: digestSchema,
});

export const runSchema = z.strictObject({
  digest: digestSchema,
  confirmName: z.string().max(200).optional(),
  planDigest: z.string().max(128).optional(),
});
