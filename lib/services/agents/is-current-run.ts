import type { MetadataReader } from "../../db/client.ts";

/** One run of an agent: its epoch grows with each start. */
export type AgentRun = { agentId: string; epoch: number };

/**
 * Whether a run of an agent is its newest one. One that was stopped for a while, or that everybody took for dead, learns here that
 * another one has begun since, and must leave everything alone. Asked within the transaction of what it would do.
 */
export async function isCurrentRun(db: MetadataReader, { agentId, epoch }: AgentRun): Promise<boolean> {
  const agent = await db.agent.findUnique({ where: { id: agentId }, select: { epoch: true } });
  return agent?.epoch === epoch;
}
