import { metadata } from "../../../lib/db/client.ts";
import type { EventType } from "../../../lib/domain/event.ts";
import { agentContext, type CallContext } from "../../../lib/services/call-context.ts";
import { emitEvent } from "../../../lib/services/events/emit-event.ts";
import { transact } from "../../../lib/services/transact.ts";
import { type ClaimedDelivery, claimDeliveries } from "../../../lib/services/webhooks/claim-deliveries.ts";
import { type CreateWebhookInput, createWebhook } from "../../../lib/services/webhooks/create-webhook.ts";
import { deliver } from "../../../lib/services/webhooks/deliver.ts";
import { listDeliveries } from "../../../lib/services/webhooks/list-deliveries.ts";
import { type Receiver, startReceiver } from "../../world/webhook-receiver.ts";
import { openMetadataWorld } from "./open-metadata-world.ts";

export const namespace = "acme";
export const agent = agentContext("agent", "test");

/** Claims as an agent does, at most three of one webhook at a time. */
export const claim = (holder = "one") => claimDeliveries({ holder, leaseMs: 60_000, perWebhook: 3 }, 32);

/** One look of one agent, and all that it sends. */
export async function round(): Promise<ClaimedDelivery[]> {
  const claimed = await claim();
  await Promise.all(claimed.map((one) => deliver(agent, one)));
  return claimed;
}

/** Makes everything due that waits for its next attempt. */
export const passTime = () =>
  metadata().webhookDelivery.updateMany({ where: { status: "pending" }, data: { nextAtMs: 1n } });

/** A namespace with an owner, a database and a real receiver on this machine, which is allowed. */
export async function openWebhookWorld() {
  process.env.LASTGOOD_EGRESS_ALLOW = "127.0.0.1";
  const world = await openMetadataWorld();
  const acme = await world.addNamespace(namespace);
  const addOwner = async () =>
    world.contextOf(await world.addUser(`owner-${Date.now()}@acme.example`, { [acme]: "owner" }));
  const shop = await world.addDatabase(acme, "shop");
  const hooks = {
    ...world,
    acme,
    shop,
    addOwner,
    owner: (await addOwner()) as CallContext,
    receiver: await startReceiver(),

    make: (change: Partial<CreateWebhookInput> = {}) =>
      createWebhook(hooks.owner, {
        namespace,
        name: "pager",
        url: hooks.receiver.url,
        types: "all",
        databases: "all",
        ...change,
      }),
    emit: (type: EventType = "restore.completed", databaseId: string | null = shop) =>
      transact((tx) => emitEvent(tx, { namespaceId: acme, databaseId, type, data: { note: "naïve ✓" } })),
    log: async (webhookId: string) => (await listDeliveries(hooks.owner, { namespace, webhookId })).deliveries,

    /** A receiver of its own for the next test, and nothing left of the last one. */
    async renew(): Promise<void> {
      await hooks.receiver.stop();
      hooks.receiver = await startReceiver();
      await metadata().webhookAttempt.deleteMany();
      await metadata().webhookDelivery.deleteMany();
      await metadata().event.deleteMany();
      await metadata().webhook.deleteMany();
    },
    async close(): Promise<void> {
      await hooks.receiver.stop();
      await world.close();
    },
  };
  return hooks;
}

export type WebhookWorld = Awaited<ReturnType<typeof openWebhookWorld>> & { receiver: Receiver };
