import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { MetadataReader } from "../../../lib/db/client.ts";
import { metadata } from "../../../lib/db/client.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import { claimPushes } from "../../../lib/services/integrations/claim-pushes.ts";
import { createIntegration } from "../../../lib/services/integrations/create-integration.ts";
import { MOST_PUSHES_AN_HOUR } from "../../../lib/services/integrations/limit-pushes.ts";
import { push } from "../../../lib/services/integrations/push.ts";
import { pushNow } from "../../../lib/services/integrations/push-now.ts";
import { queuePushes } from "../../../lib/services/integrations/queue-pushes.ts";
import { toIntegrationViews } from "../../../lib/services/integrations/to-integration-view.ts";
import { deleteNamespace } from "../../../lib/services/namespaces/delete-namespace.ts";
import { purgeNamespaces } from "../../../lib/services/namespaces/purge-namespaces.ts";
import { undeleteNamespace } from "../../../lib/services/namespaces/undelete-namespace.ts";
import { transact } from "../../../lib/services/transact.ts";
import { getWebhook } from "../../../lib/services/webhooks/list-webhooks.ts";
import { toWebhookViews } from "../../../lib/services/webhooks/to-webhook-view.ts";
import { namespace, openWebhookWorld, round, type WebhookWorld } from "./open-webhook-world.ts";
import { refusalCode } from "./refusal-code.ts";

let world: WebhookWorld;
beforeAll(async () => {
  process.env.LASTGOOD_URL = "https://lastgood.example";
  world = await openWebhookWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.renew();
  await metadata().integrationPush.deleteMany();
  await metadata().integration.deleteMany();
});

const integrate = (name = "deployment") =>
  createIntegration(world.owner, {
    namespace,
    name,
    baseUrl: `${world.receiver.url}vars`,
    settings: { kind: "http" },
    token: "vcp_canary-4711",
    databases: ["shop"],
    variables: [{ name: "DATABASE_URL", holds: "connection" }],
  });
async function pushAll(): Promise<void> {
  for (const claimed of await claimPushes({ holder: "one", leaseMs: 60_000 }, 1000)) await push(claimed);
}

describe("pushing by hand", () => {
  test("is limited by the hour for each integration; restores push all the same", async () => {
    const { id } = await integrate();
    const other = await integrate("another");
    const pushOnce = () => pushNow(world.owner, { namespace, integrationId: id });
    for (let n = 0; n < MOST_PUSHES_AN_HOUR; n++) await pushOnce();
    await expect(pushOnce()).rejects.toMatchObject({
      code: "rate_limited",
      status: 429,
      details: { retryAfterSeconds: expect.any(Number), hint: expect.stringContaining("Go on in") },
    });
    expect(await refusalCode(pushNow(world.owner, { namespace, integrationId: other.id }))).toBe("done");
    const restore = { id: crypto.randomUUID(), databaseId: world.shop, targetKind: "project" };
    await transact((tx) => queuePushes(tx, { namespaceId: world.acme, restore }));
    expect(await metadata().integrationPush.count({ where: { restoreId: restore.id } })).toBe(2);
    await metadata().integrationPush.updateMany({ data: { createdAtMs: BigInt(Date.now() - 3_600_001) } });
    expect(await refusalCode(pushOnce())).toBe("done");
  });
});

describe("the views of webhooks and integrations", () => {
  /** The same reader, which counts the questions. */
  function counting(): { db: MetadataReader; asked(): number } {
    let asked = 0;
    const count = (target: object): object =>
      new Proxy(target, {
        get(of, name) {
          const value = Reflect.get(of, name) as unknown;
          if (typeof value === "function") {
            return (...args: unknown[]) => {
              asked++;
              return (value as (...args: unknown[]) => unknown).apply(of, args);
            };
          }
          return typeof value === "object" && value !== null ? count(value) : value;
        },
      });
    return { db: count(metadata()) as MetadataReader, asked: () => asked };
  }

  test("take as many questions for five as for one", async () => {
    const asked: number[][] = [];
    for (const count of [1, 5]) {
      while ((await metadata().webhook.count()) < count) await world.make();
      while ((await metadata().integration.count()) < count) await integrate(`i-${crypto.randomUUID()}`);
      await world.emit();
      await round();
      for (const { id } of await metadata().integration.findMany()) {
        await pushNow(world.owner, { namespace, integrationId: id });
      }
      await pushAll();
      const [webhooks, integrations] = [counting(), counting()];
      const hooks = await toWebhookViews(webhooks.db, world.acme, await metadata().webhook.findMany());
      const pushing = await toIntegrationViews(integrations.db, world.acme, await metadata().integration.findMany());
      expect(hooks.every(({ lastAttempt, lastDeliveredMs }) => lastAttempt?.ok && lastDeliveredMs !== null)).toBe(true);
      expect(pushing.every(({ lastPush, pending }) => lastPush?.status === "pushed" && pending === 0)).toBe(true);
      asked.push([webhooks.asked(), integrations.asked()]);
    }
    expect(asked[1]).toEqual(asked[0]);
    expect(asked[0]?.every((count) => count <= 8)).toBe(true);
  });

  test("tell of the newest attempt, also where an older event was tried last", async () => {
    const { webhook } = await world.make();
    await world.emit();
    await world.emit();
    await round();
    const [older] = await metadata().webhookDelivery.findMany({ orderBy: { createdAtMs: "asc" } });
    await metadata().webhookAttempt.create({
      data: {
        deliveryId: older?.id ?? "",
        n: 2,
        timeMs: BigInt(Date.now() + 1000),
        durationMs: 7,
        status: 500,
        error: "It answered 500.",
      },
    });
    const view = await getWebhook(world.owner, { namespace, webhookId: webhook.id });
    expect(view.lastAttempt).toMatchObject({ n: 2, durationMs: 7, status: 500, ok: false });
  });
});

describe("a deleted namespace", () => {
  test("tells nobody anything and pushes nothing, also of what waited; brought back it does again; in the end all of it is gone", async () => {
    const { webhook } = await world.make();
    const integration = await integrate();
    await world.emit();
    await pushNow(world.owner, { namespace, integrationId: integration.id });
    await deleteNamespace(world.owner, { namespace, confirmSlug: namespace });
    await world.emit();
    await round();
    await pushAll();
    expect(world.receiver.received).toEqual([]);
    expect(await metadata().webhookDelivery.findMany({ select: { status: true } })).toEqual([{ status: "cancelled" }]);
    expect(await metadata().integrationPush.findMany()).toMatchObject([
      { status: "failed", error: "The namespace was deleted before." },
    ]);

    await undeleteNamespace(world.owner, { namespace });
    await world.emit();
    await round();
    await world.receiver.until(1);

    await deleteNamespace(world.owner, { namespace, confirmSlug: namespace });
    const { secretSealed } = await metadata().webhook.findUniqueOrThrow({ where: { id: webhook.id } });
    const { tokenSealed } = await metadata().integration.findUniqueOrThrow({ where: { id: integration.id } });
    await metadata().namespace.update({ where: { id: world.acme }, data: { purgeAfterMs: 1n } });
    await metadata().database.updateMany({ data: { purgedAtMs: 1n } });
    expect(await purgeNamespaces(agentContext("agent", "test"))).toBe(1);
    const gone = { active: false, deletedAtMs: expect.any(BigInt) };
    const [hook, pushing] = [await metadata().webhook.findMany(), await metadata().integration.findMany()];
    expect([hook, pushing]).toMatchObject([[gone], [gone]]);
    expect([hook[0]?.secretSealed === secretSealed, pushing[0]?.tokenSealed === tokenSealed]).toEqual([false, false]);
  });
});
