import { metadata } from "../../db/client.ts";
import { type Displaced, SetBack } from "../../domain/displaced.ts";
import type { AgentRun } from "./is-current-run.ts";
import { whyDisplaced } from "./why-displaced.ts";

/**
 * Why a run of an agent counts no more, where another machine or another run took its place or it was retired: then it must leave
 * everything alone. `SetBack` where the store was set back to before the run began: it registers anew. Null while it counts.
 */
export async function findDisplacement(
  { agentId, epoch }: AgentRun,
  machineId: string,
): Promise<Displaced | SetBack | null> {
  const row = await metadata().agent.findUnique({ where: { id: agentId } });
  if (row === null || row.epoch < epoch) {
    const displaced = row === null ? null : whyDisplaced(row, { machineId });
    return displaced ?? new SetBack("conflict", "The metadata were set back to before this run of the agent began.");
  }
  return whyDisplaced(row, { machineId, epoch });
}
