import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import { sealIntegrationToken } from "../../../lib/services/integrations/integration-token.ts";
import { makeWebhookSecret, sealWebhookSecret } from "../../../lib/services/webhooks/webhook-secret.ts";
import type { Row } from "./access-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";

const NS = "/api/namespaces/[ns]";
/** A public address, so that nothing has to be resolved; no agent runs that would send something there. */
const ADDRESS = "https://93.184.216.34/";

/** A webhook as it is in the metadata. */
export async function addWebhook(namespaceId: string, change: object = {}): Promise<string> {
  const id = randomUUID();
  const secretSealed = sealWebhookSecret(id, makeWebhookSecret());
  const plain = { name: "pager", url: ADDRESS, createdAtMs: 1n, updatedAtMs: 1n };
  await metadata().webhook.create({ data: { id, namespaceId, secretSealed, ...plain, ...change } });
  return id;
}

export async function addDelivery(namespaceId: string, webhookId: string): Promise<string> {
  const [id, eventId] = [randomUUID(), `msg_${randomUUID()}`];
  await metadata().event.create({
    data: { id: eventId, namespaceId, type: "restore.completed", payload: "{}", createdAtMs: 1n },
  });
  await metadata().webhookDelivery.create({
    data: { id, webhookId, eventId, status: "delivered", createdAtMs: 1n, endedAtMs: 1n },
  });
  return id;
}

export async function addIntegration(namespaceId: string): Promise<string> {
  const id = randomUUID();
  await metadata().integration.create({
    data: {
      id,
      namespaceId,
      name: "deployment",
      kind: "http",
      baseUrl: ADDRESS,
      settings: "{}",
      tokenSealed: sealIntegrationToken(id, "secret"),
      variables: JSON.stringify([{ name: "{DATABASE}_URL", holds: "connection" }]),
      createdAtMs: 1n,
      updatedAtMs: 1n,
    },
  });
  return id;
}

const webhookParams = {
  params: async (world: RouteWorld) => ({ id: await addWebhook(world.acme) }),
  foreign: async (world: RouteWorld) => ({ id: await addWebhook(world.other) }),
};
const integrationParams = {
  params: async (world: RouteWorld) => ({ id: await addIntegration(world.acme) }),
  foreign: async (world: RouteWorld) => ({ id: await addIntegration(world.other) }),
};
const variables = [{ name: "{DATABASE}_URL", holds: "connection" }];

/** Webhooks and integrations, for owners and admins alone. */
export const HOOK_ROWS: Record<string, Row> = {
  [`GET ${NS}/webhooks`]: { weakest: "admin", status: 200 },
  [`POST ${NS}/webhooks`]: { weakest: "admin", status: 201, body: () => ({ name: "pager", url: ADDRESS }) },
  [`GET ${NS}/webhooks/[id]`]: { weakest: "admin", status: 200, ...webhookParams },
  [`PATCH ${NS}/webhooks/[id]`]: { weakest: "admin", status: 200, body: () => ({ active: false }), ...webhookParams },
  [`DELETE ${NS}/webhooks/[id]`]: { weakest: "admin", status: 204, ...webhookParams },
  [`POST ${NS}/webhooks/[id]/secret`]: { weakest: "admin", status: 200, body: () => ({}), ...webhookParams },
  [`POST ${NS}/webhooks/[id]/test`]: { weakest: "admin", status: 202, ...webhookParams },
  [`GET ${NS}/webhooks/[id]/deliveries`]: { weakest: "admin", status: 200, ...webhookParams },
  [`POST ${NS}/webhooks/[id]/deliveries/[delivery]/replay`]: {
    weakest: "admin",
    status: 202,
    params: async (world) => {
      const id = await addWebhook(world.acme);
      return { id, delivery: await addDelivery(world.acme, id) };
    },
    // One's own webhook with another's delivery.
    foreign: async (world) => ({ delivery: await addDelivery(world.other, await addWebhook(world.other)) }),
  },
  [`GET ${NS}/integrations`]: { weakest: "admin", status: 200 },
  [`POST ${NS}/integrations`]: {
    weakest: "admin",
    status: 201,
    body: () => ({ kind: "http", name: "deployment", baseUrl: ADDRESS, token: "secret", databases: "all", variables }),
  },
  [`GET ${NS}/integrations/[id]`]: { weakest: "admin", status: 200, ...integrationParams },
  [`PATCH ${NS}/integrations/[id]`]: {
    weakest: "admin",
    status: 200,
    body: () => ({ active: false }),
    ...integrationParams,
  },
  [`DELETE ${NS}/integrations/[id]`]: { weakest: "admin", status: 204, ...integrationParams },
  [`POST ${NS}/integrations/[id]/push`]: { weakest: "admin", status: 202, ...integrationParams },
  [`GET ${NS}/integrations/[id]/pushes`]: { weakest: "admin", status: 200, ...integrationParams },
};
