import { randomUUID } from "node:crypto";
import { type MetadataReader, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import { keepOnce, readKept } from "../keep-once.ts";
import { transact } from "../transact.ts";

const LOCAL_AGENT = "local-agent-id";

export type AgentPlace = { region: string; socketPath: string };

/**
 * The agent of this data directory, made on the first start. Metadata in a file belongs to one agent, and names it; in a
 * store that several share, each data directory keeps the id of its own.
 */
export async function ensureLocalAgent(place: AgentPlace): Promise<string> {
  const { metadata: store, paths } = readEnv();
  const own = store.provider === "sqlite" ? null : keepOnce(paths.agentId, randomUUID);
  return transact(async (tx) => {
    const known = own ?? (await tx.setting.findUnique({ where: { key: LOCAL_AGENT } }))?.value;
    const id = known ?? randomUUID();
    if (known === undefined) await tx.setting.create({ data: { key: LOCAL_AGENT, value: id } });
    if (await tx.agent.findUnique({ where: { id }, select: { id: true } })) return id;
    await tx.agent.create({ data: { id, region: place.region, epoch: 0, seenAtMs: 0n, socketPath: place.socketPath } });
    return id;
  });
}

/**
 * The agent that takes what is made here: the data directory's own, and at a console without one the one that started
 * last.
 */
export async function findLocalAgent(db: MetadataReader): Promise<{ id: string; region: string }> {
  const env = readEnv();
  const id = await localAgentId(db);
  const agent =
    env.processes === "console"
      ? await db.agent.findFirst({ where: { seenAtMs: { gt: 0 } }, orderBy: [{ seenAtMs: "desc" }, { id: "asc" }] })
      : id === null
        ? null
        : await db.agent.findUnique({ where: { id } });
  if (!agent) {
    throw new LastgoodError("agent_unavailable", "There is no agent yet.", {
      hint: "Start Lastgood once so that its agent registers.",
    });
  }
  return { id: agent.id, region: agent.region };
}

async function localAgentId(db: MetadataReader): Promise<string | null> {
  const env = readEnv();
  if (env.metadata.provider === "postgres") return readKept(env.paths.agentId);
  return (await db.setting.findUnique({ where: { key: LOCAL_AGENT } }))?.value ?? null;
}

/** Called by an agent at its start. A later start has a higher epoch, which tells it from its predecessor. */
export async function registerAgent(place: AgentPlace): Promise<{ agentId: string; epoch: number }> {
  const id = await ensureLocalAgent(place);
  const { epoch } = await metadata().agent.update({
    where: { id },
    data: { epoch: { increment: 1 }, seenAtMs: nowMs(), socketPath: place.socketPath },
  });
  return { agentId: id, epoch };
}
