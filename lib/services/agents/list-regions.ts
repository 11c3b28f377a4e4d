import type { RegionView } from "../../client/region-types.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";

/** Where agents run, and what is possible there. Each of them captures every commit, so moments can be restored in all. */
export function listRegions(ctx: CallContext, { namespace }: { namespace: string }): Promise<RegionView[]> {
  return perform(ctx, "namespace.read", { namespace }, async ({ db }) => {
    const agents = await db.agent.findMany({ where: { retiredAtMs: null }, select: { region: true } });
    const regions = [...new Set(agents.map(({ region }) => region))].sort();
    return regions.map((id) => ({ id, engines: ["sqlite", "postgres"], pitrAvailable: true }));
  });
}
