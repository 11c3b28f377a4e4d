import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { currentRequestId } from "../../request-scope.ts";
import type { TypedJob } from "./job-kinds.ts";

/**
 * Queues a job for an agent, in the transaction of whatever makes it necessary. Answers its id. The request that led to it is written
 * beside what it carries, for the logs.
 */
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
      payload: JSON.stringify({ ...job.payload, ...askedBy() }),
      status: "queued",
      createdAtMs: nowMs(),
    },
  });
  return id;
}

function askedBy(): { requestId?: string } {
  const requestId = currentRequestId();
  return requestId === null ? {} : { requestId };
}
