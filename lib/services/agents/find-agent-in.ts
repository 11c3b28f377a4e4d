import type { MetadataReader } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isAlive } from "./is-alive.ts";
import { findLocalAgent } from "./register-agent.ts";

/**
 * The agent that takes what is made in a region: the one that takes what is made here where that is in it, else the one that started last of those that live.
 * Without a region: the one that takes what is made here. Throws `not_found` for a region in which no agent has started, `agent_unavailable`.
 */
export async function findAgentIn(
  db: MetadataReader,
  region: string | undefined,
): Promise<{ id: string; region: string }> {
  if (region === undefined) return findLocalAgent(db);
  const now = await storeNowMs(db);
  const started = await db.agent.findMany({
    where: { region, retiredAtMs: null, seenAtMs: { gt: 0 } },
    orderBy: [{ seenAtMs: "desc" }, { id: "asc" }],
  });
  const alive = started.filter(({ aliveAtMs }) => isAlive(aliveAtMs, now));
  const here = alive.length > 1 ? await findLocalAgent(db) : null;
  const found = alive.find(({ id }) => id === here?.id) ?? alive[0] ?? started[0];
  if (found) return { id: found.id, region: found.region };
  throw new LastgoodError("not_found", `No agent is in the region ${region}.`, {
    field: "region",
    hint: "List the regions.",
  });
}
