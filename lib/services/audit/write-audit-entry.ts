import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { type AuditFacts, CHAIN_START, parseChainHash, toStorableText } from "../../domain/audit-chain.ts";
import { readEnv } from "../../env.ts";
import type { CallContext } from "../call-context.ts";
import { loadSecret } from "../load-secret.ts";
import { auditKeyOf, chainHashOf } from "./audit-key.ts";

export type AuditOutcome = "done" | "denied" | "refused";
export type AuditTarget = { kind: string; id: string };

export type AuditRecord = {
  action: string;
  outcome: AuditOutcome;
  namespaceId: string | null;
  actorName: string | null;
  target: AuditTarget | null;
  /** JSON-safe facts; what was changed as `before` and `after`. Never a secret. */
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

const clean = (text: string | null) => (text === null ? null : toStorableText(text));

/** Appends one entry to the audit log and its chain. Within a transaction only: it continues the last entry. */
export async function writeAuditEntry(tx: MetadataTransaction, ctx: CallContext, record: AuditRecord): Promise<void> {
  const last = await tx.auditEntry.findFirst({ orderBy: { seq: "desc" }, select: { seq: true, hash: true } });
  const entry: AuditFacts = {
    seq: (last?.seq ?? 0n) + 1n,
    id: randomUUID(),
    timeMs: nowMs(),
    namespaceId: record.namespaceId,
    actorKind: ctx.actor.kind,
    actorId: clean(actorId(ctx)),
    actorName: clean(record.actorName),
    action: record.action,
    outcome: record.outcome,
    targetKind: clean(record.target?.kind ?? null),
    targetId: clean(record.target?.id ?? null),
    address: clean(ctx.origin.address),
    requestId: clean(ctx.origin.requestId) ?? "",
    detail: toStorableText(JSON.stringify(record.detail)),
  };
  const previousLink = parseChainHash(last?.hash ?? "")?.link ?? CHAIN_START;
  const hash = chainHashOf(auditKeyOf(loadSecret(readEnv())), previousLink, entry);
  await tx.auditEntry.create({ data: { ...entry, hash } });
}
