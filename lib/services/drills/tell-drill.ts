import type { MetadataTransaction } from "../../db/client.ts";
import type { DrilledMoment } from "../../domain/drill.ts";
import { emitEvent } from "../events/emit-event.ts";
import { describeFailure } from "./describe-failure.ts";
import type { DrillRow } from "./find-drill.ts";

/** Tells of a drill's end, in the transaction in which it ends; `drill` is its row as it is then. */
export async function tellDrill(
  tx: MetadataTransaction,
  drill: DrillRow,
  database: { id: string; name: string; namespaceId: string },
): Promise<void> {
  const moments = drill.moments === null ? [] : (JSON.parse(drill.moments) as DrilledMoment[]);
  const failure = drill.errorMessage ?? describeFailure(moments);
  await emitEvent(tx, {
    namespaceId: database.namespaceId,
    databaseId: database.id,
    type: drill.status === "passed" ? "drill.passed" : "drill.failed",
    data: {
      drill: {
        id: drill.id,
        trigger: drill.trigger,
        status: drill.status,
        recovery_ms: drill.recoveryMs === null ? null : Number(drill.recoveryMs),
        proven_moment: drill.provenTimeMs === null ? null : toTimestamp(drill.provenTimeMs),
        size_bytes: drill.sizeBytes === null ? null : Number(drill.sizeBytes),
        finished_at: drill.finishedAtMs === null ? null : toTimestamp(drill.finishedAtMs),
        ...(failure !== null && { failure }),
      },
      database: { id: database.id, name: database.name },
    },
  });
}

const toTimestamp = (timeMs: bigint) => new Date(Number(timeMs)).toISOString();
