import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { TypedJob } from "./job-kinds.ts";

/** Queues a job for an agent, in the transaction of whatever makes it necessary. Answers its id. */
export async function createJob(
  tx: MetadataTransaction,
  owner: { agentId: string; databaseId: string | null },
  job: TypedJob,
): Promise<string> {
  const id = randomUUID();
  await tx.job.create({
    data: {
      id,
      kind: job.kind,
      databaseId: owner.databaseId,
      agentId: owner.agentId,
      payload: JSON.stringify(job.payload),
      status: "queued",
      createdAtMs: nowMs(),
    },
  });
  return id;
}
