import { metadata } from "../../db/client.ts";

/**
 * Ends the leases that earlier runs of an agent left behind, so that their jobs are resumed at once. To be called by an
 * agent at its start: a data directory has one agent, and a run that still lives notices with its next renewal.
 */
export async function expireLeases(agentId: string, holder: string): Promise<number> {
  const { count } = await metadata().job.updateMany({
    where: { agentId, status: "running", leaseOwner: { not: holder } },
    data: { leaseUntilMs: 0n },
  });
  return count;
}
