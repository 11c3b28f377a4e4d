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
  return Promise.all(
    rows.map(async (row): Promise<WebhookView> => {
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
        ...(await readState(db, row.id)),
      };
    }),
  );
}

async function readState(
  db: MetadataReader,
  webhookId: string,
): Promise<Pick<WebhookView, "pending" | "lastDeliveredMs" | "lastAttempt">> {
  const pending = await db.webhookDelivery.count({ where: { webhookId, status: "pending" } });
  const delivered = await db.webhookDelivery.findFirst({
    where: { webhookId, status: "delivered" },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
    select: { endedAtMs: true },
  });
  const last = await db.webhookAttempt.findFirst({
    where: { delivery: { webhookId } },
    orderBy: [{ timeMs: "desc" }, { n: "desc" }],
  });
  return {
    pending,
    lastDeliveredMs: delivered === null ? null : toNumber(delivered.endedAtMs),
    lastAttempt: last && { ...toAttemptView(last), ok: last.error === null },
  };
}
