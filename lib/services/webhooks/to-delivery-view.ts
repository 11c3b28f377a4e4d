import type { DeliveryView } from "../../client/webhook-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { readDatabaseNames } from "../databases/covered-databases.ts";
import { toAttemptView } from "./to-webhook-view.ts";

/** What every query for deliveries that are to be shown includes. */
export const DELIVERY_INCLUDE = { event: true, tries: { orderBy: { n: "asc" } } } as const;
export type DeliveryRow = Prisma.WebhookDeliveryGetPayload<{ include: { event: true; tries: true } }>;

/** Deliveries as routes and pages show them, in the order given. */
export async function toDeliveryViews(
  db: MetadataReader,
  namespaceId: string,
  rows: readonly DeliveryRow[],
): Promise<DeliveryView[]> {
  const names = await readDatabaseNames(
    db,
    namespaceId,
    rows.flatMap(({ event }) => event.databaseId ?? []),
  );
  return rows.map(({ event, ...row }) => ({
    id: row.id,
    eventId: row.eventId,
    type: event.type as DeliveryView["type"],
    database: event.databaseId === null ? null : { id: event.databaseId, name: names.get(event.databaseId) ?? null },
    status: row.status as DeliveryView["status"],
    nextAtMs: toNumber(row.nextAtMs),
    createdAtMs: toNumber(row.createdAtMs),
    endedAtMs: toNumber(row.endedAtMs),
    attempts: row.tries.map(toAttemptView),
    payload: event.payload,
  }));
}
