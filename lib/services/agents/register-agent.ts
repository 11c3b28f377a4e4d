import { randomUUID } from "node:crypto";
import type { MetadataReader, MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { transact } from "../transact.ts";

const LOCAL_AGENT = "local-agent-id";

/** The agent of this data directory, made on the first start. */
export async function ensureLocalAgent(
  tx: MetadataTransaction,
  { region, socketPath }: { region: string; socketPath: string },
): Promise<string> {
  const known = await tx.setting.findUnique({ where: { key: LOCAL_AGENT } });
  if (known) return known.value;
  const id = randomUUID();
  await tx.agent.create({ data: { id, region, epoch: 0, seenAtMs: 0n, socketPath } });
  await tx.setting.create({ data: { key: LOCAL_AGENT, value: id } });
  return id;
}

/** Looks up the agent of this data directory. */
export async function findLocalAgent(db: MetadataReader): Promise<{ id: string; region: string }> {
  const known = await db.setting.findUnique({ where: { key: LOCAL_AGENT } });
  const agent = known ? await db.agent.findUnique({ where: { id: known.value } }) : null;
  if (!agent) {
    throw new LastgoodError("agent_unavailable", "There is no agent yet.", {
      hint: "Start Lastgood once so that its agent registers.",
    });
  }
  return { id: agent.id, region: agent.region };
}

/** Called by an agent at its start. A later start has a higher epoch, which tells it from its predecessor. */
export function registerAgent(place: {
  region: string;
  socketPath: string;
}): Promise<{ agentId: string; epoch: number }> {
  return transact(async (tx) => {
    const id = await ensureLocalAgent(tx, place);
    const agent = await tx.agent.update({
      where: { id },
      data: { epoch: { increment: 1 }, seenAtMs: nowMs(), socketPath: place.socketPath },
    });
    return { agentId: agent.id, epoch: agent.epoch };
  });
}
