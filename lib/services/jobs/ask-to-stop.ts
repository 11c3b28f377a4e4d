import type { MetadataTransaction } from "../../db/client.ts";

/**
 * Asks a running job to stop, in the transaction of whoever cancels. False where it has gone ahead, or does not run: then nothing is asked.
 * What is asked is kept: such a job never goes ahead.
 */
export async function askToStop(tx: MetadataTransaction, jobId: string): Promise<boolean> {
  const { count } = await tx.job.updateMany({
    where: { id: jobId, status: "running", goneAhead: false },
    data: { cancelAsked: true, version: { increment: 1 } },
  });
  return count === 1;
}
