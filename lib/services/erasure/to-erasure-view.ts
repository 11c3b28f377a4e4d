import type { ErasureView } from "../../client/erasure-types.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import type { ErasurePlan, ErasureStatus } from "../../domain/erasure.ts";

export type ErasureRow = Prisma.ErasureGetPayload<Record<string, never>>;

/** An erasure as routes show it. */
export function toErasureView(row: ErasureRow): ErasureView {
  const { errorCode, errorMessage, errorHint } = row;
  return {
    id: row.id,
    databaseId: row.databaseId,
    status: row.status as ErasureStatus,
    plan: { ...{ more: null }, ...(JSON.parse(row.plan) as ErasurePlan) },
    reason: row.reason,
    requestedByName: row.requestedByName,
    createdAtMs: toNumber(row.createdAtMs),
    runAfterMs: toNumber(row.runAfterMs),
    finishedAtMs: toNumber(row.finishedAtMs),
    removedBytes: toNumber(row.removedBytes),
    removedBackups: row.removedBackups,
    error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? "", hint: errorHint },
  };
}
