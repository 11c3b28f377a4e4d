import { metadata } from "../../db/client.ts";
import type { LastgoodError } from "../../domain/errors.ts";
import type { AgentRun } from "./is-current-run.ts";
import { whyDisplaced } from "./why-displaced.ts";

/**
 * Why a run of an agent counts no more, where another machine or another run took its place or it was retired: then it must leave
 * everything alone. Null while it counts.
 */
export async function findDisplacement({ agentId, epoch }: AgentRun, machineId: string): Promise<LastgoodError | null> {
  const row = await metadata().agent.findUnique({ where: { id: agentId } });
  return row === null ? null : whyDisplaced(row, { machineId, epoch });
}
