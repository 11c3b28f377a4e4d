import type { MetadataTransaction } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";

/**
 * Asked where something is written that an agent is to own, in the same transaction: it was found before, and nobody would ever carry out
 * what a retired one has to do. Throws `agent_unavailable`.
 */
export async function requireNotRetired(tx: MetadataTransaction, agentId: string): Promise<void> {
  const row = await tx.agent.findUnique({ where: { id: agentId }, select: { retiredAtMs: true } });
  if (row && row.retiredAtMs === null) return;
  throw new LastgoodError("agent_unavailable", "That agent was retired just now.", {
    hint: "Try again: another one takes it, if there is one.",
  });
}
