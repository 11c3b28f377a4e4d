import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MAX_ATTEMPTS } from "../../../lib/domain/retry-plan.ts";
import { deliver } from "../../../lib/services/webhooks/deliver.ts";
import { getWebhook, listWebhooks } from "../../../lib/services/webhooks/list-webhooks.ts";
import { replayDelivery } from "../../../lib/services/webhooks/send-again.ts";
import { updateWebhook } from "../../../lib/services/webhooks/update-webhook.ts";
import { type Received, startReceiver } from "../../world/webhook-receiver.ts";
import { agent, claim, namespace, openWebhookWorld, passTime, round, type WebhookWorld } from "./open-webhook-world.ts";
import { refusalCode } from "./refusal-code.ts";

let world: WebhookWorld;
beforeAll(async () => {
  world = await openWebhookWorld();
});
afterAll(() => world.close());
beforeEach(() => world.renew());

const verify = ({ body, headers }: Received, secret: string) => new Webhook(secret).verify(body, headers);

describe("an attempt that fails", () => {
  test("is told with its status and answer, and made again after a while, until it is taken", async () => {
    const { webhook } = await world.make();
    world.receiver.answer = (_, response) => response.writeHead(503).end(`busy \u202e${"x".repeat(5000)}`);
    await world.emit();
    await round();
    const [first] = await world.log(webhook.id);
    expect(first).toMatchObject({
      status: "pending",
      attempts: [{ n: 1, status: 503, error: expect.stringContaining("503") }],
    });
    expect(first?.attempts[0]?.answer?.length).toBeLessThan(1001);
    expect(first?.attempts[0]?.answer).toMatch(/^busy x+$/);
    expect((first?.nextAtMs ?? 0) - Date.now()).toBeGreaterThan(3000);
    expect(await round()).toEqual([]);
    world.receiver.answer = (_, response) => response.writeHead(200).end("thanks");
    await passTime();
    await round();
    expect((await world.log(webhook.id))[0]).toMatchObject({
      status: "delivered",
      nextAtMs: null,
      attempts: [{}, { n: 2, error: null }],
    });
    const ids = world.receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(1);
    expect(await getWebhook(world.owner, { namespace, webhookId: webhook.id })).toMatchObject({
      pending: 0,
      lastAttempt: { ok: true },
    });
  });

  test("waits as long as the receiver asks for", async () => {
    const { webhook } = await world.make();
    world.receiver.answer = (_, response) => response.writeHead(429, { "retry-after": "3600" }).end();
    await world.emit();
    await round();
    expect(((await world.log(webhook.id))[0]?.nextAtMs ?? 0) - Date.now()).toBeGreaterThan(3_590_000);
  });

  test("is given up after the last one, and can be replayed with the same id and the same bytes", async () => {
    const { secret, webhook } = await world.make();
    world.receiver.answer = (_, response) => response.writeHead(500).end();
    await world.emit();
    for (let n = 0; n < MAX_ATTEMPTS; n++) {
      await passTime();
      await round();
    }
    const [given] = await world.log(webhook.id);
    expect(given).toMatchObject({ status: "failed", nextAtMs: null });
    expect(given?.attempts).toHaveLength(MAX_ATTEMPTS);
    await passTime();
    expect(await round()).toEqual([]);
    world.receiver.answer = (_, response) => response.writeHead(204).end();
    const again = await replayDelivery(world.owner, { namespace, webhookId: webhook.id, deliveryId: given?.id ?? "" });
    await round();
    const [first, last] = [world.receiver.received[0] as Received, world.receiver.received.at(-1) as Received];
    expect(last.body).toBe(first.body);
    expect(last.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(verify(last, secret)).toMatchObject({ type: "restore.completed" });
    expect((await world.log(webhook.id)).map(({ id, status }) => [id, status])).toEqual([
      [again.id, "delivered"],
      [given?.id, "failed"],
    ]);
  });

  test("with 410 switches the webhook off, cancels the rest and says why", async () => {
    const { webhook } = await world.make();
    world.receiver.answer = (_, response) => response.writeHead(410).end();
    await world.emit();
    const [first] = await claim();
    await world.emit();
    if (first) await deliver(agent, first);
    expect(await getWebhook(world.owner, { namespace, webhookId: webhook.id })).toMatchObject({
      active: false,
      problem: expect.stringContaining("410"),
    });
    expect((await world.log(webhook.id)).map(({ status }) => status)).toEqual(["cancelled", "failed"]);
    expect((await world.auditTrail()).at(-1)).toMatchObject({ action: "webhook.switched-off", targetId: webhook.id });
    const on = await updateWebhook(world.owner, { namespace, webhookId: webhook.id, active: true });
    expect(on).toMatchObject({ active: true, problem: null });
  });

  test("because nobody listens, or the address is not allowed any more, says so", async () => {
    const { webhook } = await world.make();
    await world.receiver.stop();
    await world.emit();
    await round();
    expect((await world.log(webhook.id))[0]?.attempts[0]).toMatchObject({
      status: null,
      error: expect.stringContaining("nothing listens"),
    });
    world.receiver = await startReceiver();
    process.env.LASTGOOD_EGRESS_ALLOW = "";
    try {
      await passTime();
      await round();
    } finally {
      process.env.LASTGOOD_EGRESS_ALLOW = "127.0.0.1";
    }
    expect((await world.log(webhook.id))[0]?.attempts[1]).toMatchObject({
      error: expect.stringContaining("no public address"),
    });
  });

  test.each([
    "http://127.1:1/",
    "http://[::1]/",
    "http://[::ffff:7f00:1]/",
    "http://169.254.169.254/",
    "http://2130706433/",
    "http://0x7f.1/",
  ])("%s is not even saved", async (url) => {
    process.env.LASTGOOD_EGRESS_ALLOW = "";
    try {
      expect(await refusalCode(world.make({ url }))).toBe("address_refused");
    } finally {
      process.env.LASTGOOD_EGRESS_ALLOW = "127.0.0.1";
    }
    expect(await listWebhooks(world.owner, { namespace })).toEqual([]);
  });
});
