import { randomUUID } from "node:crypto";
import { AGENT_PROTOCOL } from "../../agent/protocol.ts";
import type { MetadataReader, MetadataTransaction } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import { keepOnce, readKept } from "../keep-once.ts";
import { transact } from "../transact.ts";
import { isAlive } from "./is-alive.ts";
import { type Machine, readMachine, sealAgentKey } from "./machine.ts";
import { ownVersion } from "./own-version.ts";
import { whyDisplaced } from "./why-displaced.ts";

const LOCAL_AGENT = "local-agent-id";

export type AgentPlace = { region: string; socketPath: string };
export type Registered = { agentId: string; epoch: number; machine: Machine };

/**
 * The agent of this data directory, made on the first start. Metadata in a file belongs to one agent, and names it; in a
 * store that several share, each data directory keeps the id of its own. Throws `conflict` where another data directory has taken its
 * place, and where it was retired.
 */
export async function ensureLocalAgent(place: AgentPlace): Promise<string> {
  const env = readEnv();
  const own = env.metadata.provider === "sqlite" ? null : keepOnce(env.paths.agentId, randomUUID);
  const machine = readMachine(env);
  return transact(async (tx) => {
    const known = own ?? (await tx.setting.findUnique({ where: { key: LOCAL_AGENT } }))?.value;
    const id = known ?? randomUUID();
    if (known === undefined) await tx.setting.create({ data: { key: LOCAL_AGENT, value: id } });
    if (await isThere(tx, id, machine)) return id;
    await tx.agent.create({ data: { id, region: place.region, epoch: 0, seenAtMs: 0n, socketPath: place.socketPath } });
    return id;
  });
}

async function isThere(tx: MetadataTransaction, id: string, { machineId }: Machine): Promise<boolean> {
  const row = await tx.agent.findUnique({ where: { id } });
  if (row === null) return false;
  const why = whyDisplaced(row, { machineId });
  if (why) throw why;
  return true;
}

/**
 * The agent that takes what is made here: the data directory's own, and at a console without one the one that started
 * last of those that live.
 */
export async function findLocalAgent(db: MetadataReader): Promise<{ id: string; region: string }> {
  const id = readEnv().processes === "console" ? null : await localAgentId(db);
  const agent = id === null ? await lastStarted(db) : await db.agent.findUnique({ where: { id } });
  if (!agent) {
    throw new LastgoodError("agent_unavailable", "There is no agent yet.", {
      hint: "Start Lastgood once so that its agent registers.",
    });
  }
  return { id: agent.id, region: agent.region };
}

async function lastStarted(db: MetadataReader) {
  const now = await storeNowMs(db);
  const started = await db.agent.findMany({
    where: { seenAtMs: { gt: 0 }, retiredAtMs: null },
    orderBy: [{ seenAtMs: "desc" }, { id: "asc" }],
  });
  return started.find(({ aliveAtMs }) => isAlive(aliveAtMs, now)) ?? started[0] ?? null;
}

/** The id of this data directory's agent; null where there is none yet. */
export async function localAgentId(db: MetadataReader): Promise<string | null> {
  const env = readEnv();
  if (env.metadata.provider === "postgres") return readKept(env.paths.agentId);
  return (await db.setting.findUnique({ where: { key: LOCAL_AGENT } }))?.value ?? null;
}

/**
 * Called by an agent at its start. A later start has a higher epoch, which tells it from its predecessor. Throws as
 * `ensureLocalAgent` does.
 */
export async function registerAgent(place: AgentPlace): Promise<Registered> {
  const id = await ensureLocalAgent(place);
  const machine = readMachine(readEnv());
  const { machineId, key, hostName, address } = machine;
  const { epoch } = await transact(async (tx) => {
    const now = await storeNowMs(tx);
    // Asked once more where it is written: its place may have been given away since.
    await isThere(tx, id, machine);
    return tx.agent.update({
      where: { id },
      data: {
        epoch: { increment: 1 },
        seenAtMs: now,
        aliveAtMs: now,
        socketPath: place.socketPath,
        ...{ machineId, hostName, address },
        sealedKey: sealAgentKey(id, key),
        version: ownVersion(),
        protocol: AGENT_PROTOCOL,
      },
    });
  });
  return { agentId: id, epoch, machine };
}
