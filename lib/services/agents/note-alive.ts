import { metadata } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import type { AgentRun } from "./is-current-run.ts";

/** Says that this run of an agent works; false where another run of it has begun since. */
export async function noteAlive({ agentId, epoch }: AgentRun): Promise<boolean> {
  const now = await storeNowMs();
  const { count } = await metadata().agent.updateMany({
    where: { id: agentId, epoch },
    data: { aliveAtMs: now },
  });
  return count === 1;
}
