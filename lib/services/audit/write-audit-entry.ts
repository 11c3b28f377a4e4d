import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { CallContext } from "../call-context.ts";

export type AuditOutcome = "done" | "denied" | "refused";
export type AuditTarget = { kind: string; id: string };

export type AuditRecord = {
  action: string;
  outcome: AuditOutcome;
  namespaceId: string | null;
  actorName: string | null;
  target: AuditTarget | null;
  /** JSON-safe facts; never a secret. */
  detail: Record<string, unknown>;
};

function actorId({ actor }: CallContext): string | null {
  switch (actor.kind) {
    case "user":
      return actor.userId;
    case "token":
      return actor.tokenId;
    case "agent":
      return actor.agentId;
    case "system":
      return null;
  }
}

/** Appends one row to the audit log. Within a transaction only: the number is the last one plus one. */
export async function writeAuditEntry(tx: MetadataTransaction, ctx: CallContext, record: AuditRecord): Promise<void> {
  const last = await tx.auditEntry.findFirst({ orderBy: { seq: "desc" }, select: { seq: true } });
  await tx.auditEntry.create({
    data: {
      seq: (last?.seq ?? 0n) + 1n,
      id: randomUUID(),
      timeMs: nowMs(),
      namespaceId: record.namespaceId,
      actorKind: ctx.actor.kind,
      actorId: actorId(ctx),
      actorName: record.actorName,
      action: record.action,
      outcome: record.outcome,
      targetKind: record.target?.kind ?? null,
      targetId: record.target?.id ?? null,
      address: ctx.origin.address,
      requestId: ctx.origin.requestId,
      detail: JSON.stringify(record.detail),
    },
  });
}
