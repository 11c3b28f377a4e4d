import type { AgentView } from "../../client/agent-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { findAgent, getAgent } from "./list-agents.ts";
import { requireHome, requireSharedStore } from "./require-home.ts";

/**
 * Ends an agent for good: should it still run, it stops within seconds. Throws `conflict` while it owns databases, those in their grace
 * period included, or has work to do.
 */
export async function retireAgent(
  ctx: CallContext,
  { namespace, agentId }: { namespace: string; agentId: string },
): Promise<AgentView> {
  await perform(ctx, "agent.retire", { namespace }, async ({ db, principal, note }) => {
    await requireHome(db, principal);
    await requireConfirmed(ctx, db);
    requireSharedStore();
    const row = await findAgent(db, agentId);
    note({ kind: "agent", id: row.id }, { region: row.region, hostName: row.hostName });
    if (row.retiredAtMs !== null) return;
    const owned = await db.database.count({ where: { agentId, purgedAtMs: null } });
    if (owned > 0) {
      throw new LastgoodError("conflict", `This agent owns ${owned} ${owned === 1 ? "database" : "databases"}.`, {
        hint: "Delete them, and wait for the end of their grace period; or let another machine take its place.",
      });
    }
    const jobs = await db.job.count({ where: { agentId, status: { in: ["queued", "running"] } } });
    if (jobs > 0) {
      throw new LastgoodError("conflict", "This agent has work to do.", { hint: "Wait until its jobs have ended." });
    }
    const data = { retiredAtMs: nowMs(), retiredBy: principal.name, epoch: { increment: 1 }, sealedKey: null };
    await db.agent.update({ where: { id: agentId }, data });
  });
  return getAgent(ctx, { namespace, agentId });
}
