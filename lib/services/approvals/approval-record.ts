import { createHash } from "node:crypto";
import type { ApprovalPlan } from "../../client/approval-types.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import type { ApprovalKind, ApprovalStatus, GivenVerdict, RequestFacts } from "../../domain/approval.ts";
import type { PolicyRules } from "../../domain/policy.ts";
import type { RestoreSource } from "../../domain/restore-source.ts";
import type { ResolvedBackup } from "../restores/resolve-source.ts";

export const APPROVAL_INCLUDE = { decisions: true, database: true } as const;
export type ApprovalRow = Prisma.ApprovalRequestGetPayload<{ include: { decisions: true; database: true } }>;

/** What was asked for, resolved: exactly this is run, and exactly this is in the digest. Times are Unix milliseconds. */
export type ApprovalPayload =
  | {
      kind: "restore.project";
      source: RestoreSource;
      to: { bookmark: string; timeMs: number };
      askedMs: number | null;
      undoOf: string | null;
      /** Left out: it comes from the history. */
      backup?: ResolvedBackup;
    }
  | { kind: "restore.cutover"; preview: { id: string; name: string }; to: { bookmark: string; timeMs: number } }
  | { kind: "policy.change"; after: PolicyRules }
  | { kind: "database.delete" }
  | { kind: "history.erase"; beforeMs: number; includeBackups: boolean };

/** Whether it writes the database, so that its last restore is bound too. */
export function isRestoring({ kind }: Pick<ApprovalPayload, "kind">): boolean {
  return kind === "restore.project" || kind === "restore.cutover";
}

/** A request as it is about to be written down. */
export type ApprovalDraft = {
  databaseId: string;
  /** Of the database when the plan was made. */
  lastRestoreId: string | null;
  /** Of the policy when the plan was made. */
  policyVersion: number;
  reason: string;
  payload: ApprovalPayload;
  plan: ApprovalPlan;
};

/** What the digest binds beside the payload: when any of it changes, what was approved is something else. */
export type DigestFacts = { databaseId: string; policyVersion: number; lastRestoreId: string | null };

/** Hex SHA-256 over database, what is asked for and policy version; for a restore also the database's last one. */
export function digestRequest(payload: ApprovalPayload, { databaseId, policyVersion, lastRestoreId }: DigestFacts) {
  const last = isRestoring(payload) ? lastRestoreId : null;
  const asked = boundBy(payload);
  const text = JSON.stringify([1, databaseId, payload.kind, asked, policyVersion, last]);
  return createHash("sha256").update(text).digest("hex");
}

function boundBy(payload: ApprovalPayload): unknown[] {
  if (payload.kind === "restore.project") {
    const { to, source, askedMs, undoOf, backup } = payload;
    const asked = ["project", to.bookmark, to.timeMs, source, askedMs, undoOf];
    return backup ? [...asked, backup.id, backup.sha256] : asked;
  }
  if (payload.kind === "restore.cutover") return ["cutover", payload.preview.id, payload.to.bookmark];
  if (payload.kind === "policy.change") return Object.entries(payload.after).sort(([a], [b]) => (a < b ? -1 : 1));
  if (payload.kind === "history.erase") return [payload.beforeMs, payload.includeBackups];
  return [];
}

export const readPayload = (row: ApprovalRow) => JSON.parse(row.payload) as ApprovalPayload;
export const readPlan = (row: ApprovalRow) => JSON.parse(row.plan) as ApprovalPlan;

/** A stored request as the rules see it. */
export function toRequestFacts(row: ApprovalRow): RequestFacts & { kind: ApprovalKind } {
  return {
    kind: row.kind as ApprovalKind,
    status: row.status as ApprovalStatus,
    because: row.endedBecause,
    digest: row.digest,
    policyVersion: row.policyVersion,
    needed: row.needed,
    requestedBy: row.requestedBy,
    requestedByName: row.requestedByName,
    approveUntilMs: toNumber(row.approveUntilMs),
    runUntilMs: toNumber(row.runUntilMs),
  };
}

/** The verdicts given on a request, in their order. */
export function toVerdicts(row: ApprovalRow): GivenVerdict[] {
  return [...row.decisions]
    .sort((a, b) => Number(a.timeMs - b.timeMs))
    .map(({ userId, userName, verdict, digest }) => ({
      userId,
      name: userName,
      verdict: verdict as GivenVerdict["verdict"],
      digest,
    }));
}
