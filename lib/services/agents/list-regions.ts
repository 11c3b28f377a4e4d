import type { RegionView } from "../../client/region-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { findLocalAgent } from "./register-agent.ts";

/** Where agents run, and what is possible there. Each of them captures every commit, so moments can be restored in all. */
export function listRegions(ctx: CallContext, { namespace }: { namespace: string }): Promise<RegionView[]> {
  return perform(ctx, "namespace.read", { namespace }, async ({ db }) => {
    const agents = await db.agent.findMany({ where: { retiredAtMs: null }, select: { region: true, seenAtMs: true } });
    const regions = [...new Set(agents.map(({ region }) => region))].sort();
    const usual = await usualRegion(db);
    return regions.map((id) => ({
      ...{ id, engines: ["sqlite", "postgres"], pitrAvailable: true },
      hasStarted: agents.some(({ region, seenAtMs }) => region === id && seenAtMs > 0n),
      isUsual: id === usual,
    }));
  });
}

/** Null before any agent has started. */
async function usualRegion(db: MetadataReader): Promise<string | null> {
  try {
    return (await findLocalAgent(db)).region;
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "agent_unavailable") return null;
    throw error;
  }
}
