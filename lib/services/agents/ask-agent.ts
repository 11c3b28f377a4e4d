import { type AgentClient, agentAt, localAgent, type NearAgent, type RemoteAgent } from "../../agent/client.ts";
import { AGENT_PROTOCOL, type AgentMethod, type AgentParams, type AgentResults } from "../../agent/protocol.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { parseHostPort, readEnv } from "../../env.ts";
import { openAgentKey } from "./machine.ts";
import { findLocalAgent, localAgentId } from "./register-agent.ts";

/** An agent that moved is found again after this long. */
const FRESH_FOR_MS = 5000;
const places = new Map<string, { place: NearAgent | RemoteAgent; readAtMs: number }>();

/**
 * Asks the agent that owns a database, whichever console this is; several agents may share one store. See
 * `AgentClient.ask`. The data directory's own agent is asked over its socket, others at their address.
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
  if (readEnv().processes !== "console") return localAgent();
  return clientOf((await findLocalAgent(metadata())).id);
}

/** The client of the agent that owns a database, for what is no question and answer. */
export function agentOf(owner: { agentId: string }): Promise<AgentClient> {
  return clientOf(owner.agentId);
}

async function clientOf(agentId: string): Promise<AgentClient> {
  const known = places.get(agentId);
  if (known && performance.now() - known.readAtMs < FRESH_FOR_MS) return agentAt(known.place);
  const row = await metadata().agent.findUnique({ where: { id: agentId } });
  if (!row) {
    throw new LastgoodError("agent_unavailable", "The agent that owns this database is not known.", {
      hint: "It registers when its Lastgood starts.",
    });
  }
  const place = await placeOf(row);
  places.set(agentId, { place, readAtMs: performance.now() });
  return agentAt(place);
}

type Row = { id: string; socketPath: string; address: string | null; sealedKey: string | null } & Told;
type Told = { protocol: number; version: string | null; seenAtMs: bigint; retiredAtMs: bigint | null };

async function placeOf(row: Row): Promise<NearAgent | RemoteAgent> {
  const isOwn = readEnv().processes !== "console" && (await localAgentId(metadata())) === row.id;
  const near = { agentId: row.id, socketPath: row.socketPath };
  if (isOwn) return { ...near, agentId: "" };
  requireKnownProtocol(row);
  const address = row.address === null ? null : parseHostPort(row.address);
  if (address === null || row.sealedKey === null) return near;
  const key = openAgentKey(row.id, row.sealedKey);
  if (key === null) {
    throw new LastgoodError(
      "agent_unavailable",
      "The agent's key was sealed with another secret than this console's.",
      {
        hint: "Console and agent need the same LASTGOOD_SECRET. Restart the agent once they have.",
      },
    );
  }
  return { agentId: row.id, ...address, key };
}

/** An agent that speaks otherwise than this console is not asked: what it meant could be taken for something else. */
function requireKnownProtocol({ protocol, version, seenAtMs }: Told): void {
  if (protocol === AGENT_PROTOCOL || seenAtMs === 0n) return;
  const which = version === null ? "an older Lastgood" : `Lastgood ${version} (protocol ${protocol})`;
  throw new LastgoodError(
    "agent_unavailable",
    `The agent that owns this database is of ${which}, and this console understands protocol ${AGENT_PROTOCOL}.`,
    { hint: `Upgrade the ${protocol < AGENT_PROTOCOL ? "agent" : "console"}. Capture goes on meanwhile.` },
  );
}
