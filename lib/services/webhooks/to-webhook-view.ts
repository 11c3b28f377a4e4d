import type { AttemptView, WebhookView } from "../../client/webhook-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { nowMs, toNumber } from "../../db/epoch-ms.ts";
import type { Prisma } from "../../db/generated/sqlite/client.ts";
import { type EventType, isEventType } from "../../domain/event.ts";
import { readCovered, readDatabaseNames } from "../databases/covered-databases.ts";
import type { WebhookRow } from "./find-webhook.ts";

type AttemptRow = Prisma.WebhookAttemptGetPayload<Record<string, never>>;

/** The stored list of event types; null: all. */
export function readTypes(stored: string | null): EventType[] | null {
  return stored === null ? null : (JSON.parse(stored) as string[]).filter(isEventType);
}

export function toAttemptView({ n, timeMs, durationMs, status, error, answer }: AttemptRow): AttemptView {
  return { n, timeMs: toNumber(timeMs), durationMs, status, error, answer };
}

/** Webhooks as routes and pages show them, in the order given, with how their deliveries go. Never a secret. */
export async function toWebhookViews(
  db: MetadataReader,
  namespaceId: string,
  rows: readonly WebhookRow[],
): Promise<WebhookView[]> {
  const names = await readDatabaseNames(
    db,
    namespaceId,
    rows.flatMap(({ databases }) => readCovered(databases) ?? []),
  );
  const states = await readStates(
    db,
    namespaceId,
    rows.map(({ id }) => id),
  );
  return rows.map((row): WebhookView => {
    const databases = readCovered(row.databases);
    const isFormer = row.formerUntilMs !== null && row.formerUntilMs > nowMs();
    return {
      id: row.id,
      name: row.name,
      url: row.url,
      types: readTypes(row.types) ?? "all",
      databases: databases?.map((id) => ({ id, name: names.get(id) ?? null })) ?? "all",
      active: row.active,
      problem: row.problem,
      formerUntilMs: isFormer ? toNumber(row.formerUntilMs) : null,
      createdAtMs: toNumber(row.createdAtMs),
      createdBy: row.createdBy,
      ...(states.get(row.id) ?? { pending: 0, lastDeliveredMs: null, lastAttempt: null }),
    };
  });
}

type DeliveryState = Pick<WebhookView, "pending" | "lastDeliveredMs" | "lastAttempt">;

/** How the deliveries of webhooks go, by webhook: three questions, however many there are. */
async function readStates(
  db: MetadataReader,
  namespaceId: string,
  ids: readonly string[],
): Promise<Map<string, DeliveryState>> {
  const webhookId = { in: [...ids] };
  const waiting = await db.webhookDelivery.groupBy({
    by: ["webhookId"],
    where: { webhookId, status: "pending" },
    _count: { _all: true },
  });
  const delivered = await db.webhookDelivery.groupBy({
    by: ["webhookId"],
    where: { webhookId, status: "delivered" },
    _max: { endedAtMs: true },
  });
  const pending = new Map(waiting.map((one) => [one.webhookId, one._count._all]));
  const lastDelivered = new Map(delivered.map((one) => [one.webhookId, one._max.endedAtMs]));
  const lastAttempts = await readLastAttempts(db, namespaceId);
  return new Map(
    ids.map((id) => [
      id,
      {
        pending: pending.get(id) ?? 0,
        lastDeliveredMs: toNumber(lastDelivered.get(id) ?? null),
        lastAttempt: lastAttempts.get(id) ?? null,
      },
    ]),
  );
}

type LastAttemptRow = Omit<AttemptRow, "deliveryId" | "n" | "durationMs" | "status"> & {
  webhookId: string;
  n: number | bigint;
  durationMs: number | bigint;
  status: number | bigint | null;
};

/** The newest attempt of each webhook of a namespace. In the SQL of both providers. */
async function readLastAttempts(
  db: MetadataReader,
  namespaceId: string,
): Promise<Map<string, WebhookView["lastAttempt"]>> {
  const rows = await db.$queryRaw<LastAttemptRow[]>`
    SELECT "webhookId", "n", "timeMs", "durationMs", "status", "error", "answer" FROM (
      SELECT d."webhookId", a."n", a."timeMs", a."durationMs", a."status", a."error", a."answer",
        row_number() OVER (PARTITION BY d."webhookId" ORDER BY a."timeMs" DESC, a."n" DESC, a."deliveryId" DESC) AS "place"
      FROM "Webhook" w
      JOIN "WebhookDelivery" d ON d."webhookId" = w."id"
      JOIN "WebhookAttempt" a ON a."deliveryId" = d."id"
      WHERE w."namespaceId" = ${namespaceId} AND w."deletedAtMs" IS NULL
    ) AS "ranked" WHERE "place" = 1`;
  return new Map(
    rows.map(({ webhookId, n, timeMs, durationMs, status, error, answer }) => [
      webhookId,
      {
        n: Number(n),
        timeMs: Number(timeMs),
        durationMs: Number(durationMs),
        status: status === null ? null : Number(status),
        error,
        answer,
        ok: error === null,
      },
    ]),
  );
}
