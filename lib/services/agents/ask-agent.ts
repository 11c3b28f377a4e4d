import { type AgentClient, agentAt, localAgent } from "../../agent/client.ts";
import type { AgentMethod, AgentParams, AgentResults } from "../../agent/protocol.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import { findLocalAgent } from "./register-agent.ts";

/** An agent that moved is found again after this long. */
const FRESH_FOR_MS = 5000;
const places = new Map<string, { socketPath: string; readAtMs: number }>();

/**
 * Asks the agent that owns a database, whichever console this is; several agents may share one store. See
 * `AgentClient.ask`. An agent of another machine is `agent_unavailable` until it answers over more than a socket.
 */
export async function askAgentOf<M extends AgentMethod>(
  owner: { agentId: string },
  method: M,
  params: AgentParams<M>,
  timeoutMs?: number,
  signal?: AbortSignal,
): Promise<AgentResults[M]> {
  return (await clientOf(owner.agentId)).ask(method, params, timeoutMs, signal);
}

/** Asks the agent that takes what is made at this console; see `findLocalAgent`. */
export async function askLocalAgent<M extends AgentMethod>(
  method: M,
  params: AgentParams<M>,
  timeoutMs?: number,
): Promise<AgentResults[M]> {
  return (await localAgentClient()).ask(method, params, timeoutMs);
}

/** The client of that same agent. */
export async function localAgentClient(): Promise<AgentClient> {
  if (readEnv().processes === "all") return localAgent();
  return clientOf((await findLocalAgent(metadata())).id);
}

/** The client of the agent that owns a database, for what is no question and answer. */
export function agentOf(owner: { agentId: string }): Promise<AgentClient> {
  return clientOf(owner.agentId);
}

async function clientOf(agentId: string): Promise<AgentClient> {
  const known = places.get(agentId);
  if (known && performance.now() - known.readAtMs < FRESH_FOR_MS) return agentAt(known.socketPath);
  const agent = await metadata().agent.findUnique({ where: { id: agentId }, select: { socketPath: true } });
  if (!agent) {
    throw new LastgoodError("agent_unavailable", "The agent that owns this database is not known.", {
      hint: "It registers when its Lastgood starts.",
    });
  }
  places.set(agentId, { socketPath: agent.socketPath, readAtMs: performance.now() });
  return agentAt(agent.socketPath);
}
