import { metadata } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import type { LeaseHolder } from "./claim-job.ts";

/** Prolongs the lease. `cancel`: somebody asked to stop. `lost`: the job ended or is somebody else's now. */
export async function renewJob(
  jobId: string,
  { holder, leaseMs }: Pick<LeaseHolder, "holder" | "leaseMs">,
): Promise<"kept" | "cancel" | "lost"> {
  const now = await storeNowMs();
  const { count } = await metadata().job.updateMany({
    where: { id: jobId, leaseOwner: holder, status: "running" },
    data: { leaseUntilMs: now + BigInt(leaseMs) },
  });
  if (count === 0) return "lost";
  const job = await metadata().job.findUnique({ where: { id: jobId }, select: { cancelAsked: true } });
  return job?.cancelAsked ? "cancel" : "kept";
}
