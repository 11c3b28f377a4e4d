import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Action } from "../../domain/actions.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { AuditTarget } from "../audit/write-audit-entry.ts";

/**
 * A call that carries an Idempotency-Key, while it is carried out; its row is held under `leaseOwner`. `done` is what it
 * changed: filled in once that is written down.
 */
export type OneCall = {
  id: string;
  leaseOwner: string;
  done: { namespaceId: string; action: Action } | null;
};

/**
 * Writes down, in the transaction in which the call changes something, that it does and what: so a repeat after a crash knows.
 * Throws `conflict` where a repeat has taken the call over because this one was thought dead: then nothing is changed here.
 */
export async function noteEffect(tx: MetadataTransaction, call: OneCall, target: AuditTarget | null): Promise<void> {
  const row = await tx.idempotentCall.findFirst({ where: { id: call.id, leaseOwner: call.leaseOwner } });
  if (!row) {
    throw new LastgoodError("conflict", "A repeat of this call has taken its place.", {
      field: "Idempotency-Key",
      hint: "Repeat the call with the same key: it answers what came of it.",
      retryAfterSeconds: 1,
    });
  }
  if (row.tookEffectMs !== null) return;
  await tx.idempotentCall.update({
    where: { id: row.id },
    data: { tookEffectMs: nowMs(), targetKind: target?.kind ?? null, targetId: target?.id ?? null },
  });
}
