import type { AgentVitals } from "../../agent/protocol.ts";
import type { Metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf } from "../agents/ask-agent.ts";

/** A scrape must end whatever an agent does. */
const PATIENCE_MS = 2000;
/** Agents that were never started, or retired, have nothing to say. */
const STARTED = { seenAtMs: { gt: 0n }, retiredAtMs: null };

/** `vitals` is null when the agent did not answer in time. */
export type AskedAgent = { id: string; region: string; vitals: AgentVitals | null };

/** Asks all agents of the store at once what monitoring wants to know; each has two seconds. */
export async function askAgents(db: Metadata): Promise<AskedAgent[]> {
  const agents = await db.agent.findMany({
    where: STARTED,
    orderBy: { id: "asc" },
    select: { id: true, region: true },
  });
  return Promise.all(agents.map(async ({ id, region }) => ({ id, region, vitals: await ask(id) })));
}

async function ask(agentId: string): Promise<AgentVitals | null> {
  try {
    return await askAgentOf({ agentId }, "vitals", {}, PATIENCE_MS, AbortSignal.timeout(PATIENCE_MS));
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}
