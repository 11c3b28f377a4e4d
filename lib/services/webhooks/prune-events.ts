import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";

/** How long the log of deliveries, and with it what can be replayed, is kept. */
export const LOG_KEPT_DAYS = 30;
const DAY_MS = 86_400_000n;
/** Of each kind in one go; the rest waits for the next one. */
const AT_ONCE = 500;

/** Removes deliveries that ended long ago with their attempts, and events that nobody is told of any more. Answers how many. */
export async function pruneEvents(): Promise<{ deliveries: number; events: number }> {
  const before = nowMs() - BigInt(LOG_KEPT_DAYS) * DAY_MS;
  const ended = await metadata().webhookDelivery.findMany({
    where: { status: { not: "pending" }, endedAtMs: { lt: before } },
    select: { id: true },
    take: AT_ONCE,
  });
  const ids = ended.map(({ id }) => id);
  await metadata().webhookAttempt.deleteMany({ where: { deliveryId: { in: ids } } });
  const deliveries = await metadata().webhookDelivery.deleteMany({ where: { id: { in: ids } } });
  const old = await metadata().event.findMany({
    where: { createdAtMs: { lt: before }, deliveries: { none: {} } },
    select: { id: true },
    take: AT_ONCE,
  });
  const events = await metadata().event.deleteMany({
    where: { id: { in: old.map(({ id }) => id) }, deliveries: { none: {} } },
  });
  return { deliveries: deliveries.count, events: events.count };
}
