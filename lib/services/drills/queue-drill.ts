import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { DrillAim, DrillAssertion, DrillTrigger } from "../../domain/drill.ts";
import type { DatabaseRow } from "../databases/find-database.ts";
import { createJob } from "../jobs/create-job.ts";

/** A drill as it is about to be written down. */
export type DrillDraft = {
  database: Pick<DatabaseRow, "id" | "agentId">;
  trigger: DrillTrigger;
  aims: readonly DrillAim[];
  assertions: readonly DrillAssertion[];
  /** The person's id; null: Lastgood itself. */
  createdBy?: string | null;
  createdByName?: string | null;
};

/**
 * Writes a drill and its job, within the caller's transaction; the caller wakes the agent afterwards. The job stands in nobody's way: a
 * restore of the same database need not wait for it. Answers the drill's id.
 */
export async function queueDrill(tx: MetadataTransaction, { database, aims, assertions, ...draft }: DrillDraft) {
  const id = randomUUID();
  const jobId = await createJob(
    tx,
    { agentId: database.agentId, databaseId: null },
    { kind: "drill.run", payload: { drillId: id } },
  );
  await tx.drill.create({
    data: {
      ...draft,
      id,
      jobId,
      databaseId: database.id,
      aims: JSON.stringify(aims),
      assertions: JSON.stringify(assertions),
      status: "queued",
      createdAtMs: nowMs(),
    },
  });
  return id;
}

/** Whether a drill of this database waits or runs. */
export async function isDrilled(tx: MetadataTransaction, databaseId: string): Promise<boolean> {
  const open = await tx.drill.findFirst({ where: { databaseId, status: { in: ["queued", "running"] } } });
  return open !== null;
}
