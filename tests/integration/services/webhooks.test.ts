import { pino } from "pino";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DeliveryRounds } from "../../../lib/agent/delivery-rounds.ts";
import { metadata } from "../../../lib/db/client.ts";
import { emitEvent } from "../../../lib/services/events/emit-event.ts";
import { transact } from "../../../lib/services/transact.ts";
import { claimDeliveries } from "../../../lib/services/webhooks/claim-deliveries.ts";
import { deleteWebhook } from "../../../lib/services/webhooks/delete-webhook.ts";
import { deliver } from "../../../lib/services/webhooks/deliver.ts";
import { listDeliveries } from "../../../lib/services/webhooks/list-deliveries.ts";
import { getWebhook, listWebhooks } from "../../../lib/services/webhooks/list-webhooks.ts";
import { pruneEvents } from "../../../lib/services/webhooks/prune-events.ts";
import { rotateSecret } from "../../../lib/services/webhooks/rotate-secret.ts";
import { testWebhook } from "../../../lib/services/webhooks/send-again.ts";
import { updateWebhook } from "../../../lib/services/webhooks/update-webhook.ts";
import { type Received, startReceiver } from "../../world/webhook-receiver.ts";
import { agent, claim, namespace, openWebhookWorld, round, type WebhookWorld } from "./open-webhook-world.ts";
import { refusalCode } from "./refusal-code.ts";

let world: WebhookWorld;
beforeAll(async () => {
  world = await openWebhookWorld();
});
afterAll(() => world.close());
beforeEach(() => world.renew());

const verify = ({ body, headers }: Received, secret: string) => new Webhook(secret).verify(body, headers);

describe("a secret", () => {
  test("is in the answer once, stored sealed, and nowhere else", async () => {
    const { secret, webhook } = await world.make();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const stored = JSON.stringify(
      [await metadata().webhook.findMany(), await world.auditTrail(), await listWebhooks(world.owner, { namespace })],
      (_, value) => (typeof value === "bigint" ? Number(value) : value),
    );
    expect(stored).toContain(webhook.id);
    expect(stored).not.toContain(secret.slice("whsec_".length, 30));
  });

  test("signs the stored bytes as the package for receivers verifies them", async () => {
    const { secret, webhook } = await world.make();
    await world.emit();
    await round();
    const [received] = await world.receiver.until(1);
    if (!received) throw new Error("nothing came");
    const { eventId, payload } = (await world.log(webhook.id))[0] ?? {};
    expect(received.body).toBe(payload);
    expect(received.headers).toMatchObject({ "webhook-id": eventId, "content-type": "application/json" });
    expect(verify(received, secret)).toMatchObject({ type: "restore.completed", data: { note: "naïve ✓" } });
    const other = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    expect(() => verify(received, other)).toThrow();
    expect(() => verify({ ...received, body: received.body.replace("completed", "failed") }, secret)).toThrow();
  });

  test("that is rotated signs beside the new one until its time is over", async () => {
    const { secret: former, webhook } = await world.make();
    const { secret, webhook: rotated } = await rotateSecret(world.owner, {
      namespace,
      webhookId: webhook.id,
      overlapHours: 24,
    });
    expect(secret).not.toBe(former);
    expect((rotated.formerUntilMs ?? 0) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    await world.emit();
    await round();
    const both = world.receiver.received[0] as Received;
    expect(both.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    for (const one of [former, secret]) expect(verify(both, one)).toMatchObject({ type: "restore.completed" });

    await metadata().webhook.update({ where: { id: webhook.id }, data: { formerUntilMs: BigInt(Date.now()) } });
    await world.emit();
    await round();
    const after = world.receiver.received[1] as Received;
    expect(verify(after, secret)).toMatchObject({ type: "restore.completed" });
    expect(() => verify(after, former)).toThrow();
  });

  test("that leaked ends at once", async () => {
    const { secret: former, webhook } = await world.make();
    const { secret } = await rotateSecret(world.owner, { namespace, webhookId: webhook.id, overlapHours: 0 });
    await world.emit();
    await round();
    const received = world.receiver.received[0] as Received;
    expect(verify(received, secret)).toMatchObject({ type: "restore.completed" });
    expect(() => verify(received, former)).toThrow();
  });

  test("or an address takes the password again once it was given too long ago, and nothing changes without", async () => {
    const { webhook } = await world.make();
    await metadata().session.updateMany({ data: { confirmedAtMs: 0n } });
    const here = { namespace, webhookId: webhook.id };
    expect(await refusalCode(world.make())).toBe("confirmation_needed");
    expect(await refusalCode(rotateSecret(world.owner, { ...here, overlapHours: 1 }))).toBe("confirmation_needed");
    expect(await refusalCode(updateWebhook(world.owner, { ...here, url: `${world.receiver.url}other` }))).toBe(
      "confirmation_needed",
    );
    expect(await getWebhook(world.owner, here)).toMatchObject({ url: world.receiver.url, formerUntilMs: null });
    expect(await updateWebhook(world.owner, { ...here, name: "renamed" })).toMatchObject({ name: "renamed" });
    world.owner = await world.addOwner();
  });
});

describe("what is sent", () => {
  test("is what was asked for: types, databases, and nothing while it is switched off", async () => {
    const other = await world.addDatabase(world.acme, `other-${Date.now()}`);
    const { webhook } = await world.make({ types: ["backup.failed"], databases: ["shop"] });
    await world.emit("restore.completed");
    await world.emit("backup.failed", other);
    await world.emit("backup.failed");
    expect((await world.log(webhook.id)).map(({ type, database }) => [type, database?.name])).toEqual([
      ["backup.failed", "shop"],
    ]);
    await updateWebhook(world.owner, { namespace, webhookId: webhook.id, active: false });
    await world.emit("backup.failed");
    expect((await world.log(webhook.id)).map(({ status }) => status)).toEqual(["cancelled"]);
    await round();
    expect(world.receiver.received).toEqual([]);
  });

  test("goes to nobody of another namespace", async () => {
    const stranger = await world.addNamespace(`n-${Date.now()}`);
    await world.make();
    await transact((tx) => emitEvent(tx, { namespaceId: stranger, databaseId: null, type: "backup.failed", data: {} }));
    await round();
    expect(world.receiver.received).toEqual([]);
  });

  test("is not told where the transaction in which it happened came to nothing", async () => {
    const { webhook } = await world.make();
    const failing = transact(async (tx) => {
      await emitEvent(tx, { namespaceId: world.acme, databaseId: world.shop, type: "backup.completed", data: {} });
      throw new Error("and then it failed");
    });
    await expect(failing).rejects.toThrow("and then it failed");
    expect(await world.log(webhook.id)).toEqual([]);
  });

  test("a test is sent at once, once, also to a webhook that is switched off", async () => {
    const { secret, webhook } = await world.make();
    await updateWebhook(world.owner, { namespace, webhookId: webhook.id, active: false });
    world.receiver.answer = (_, response) => response.writeHead(500).end("no");
    await testWebhook(world.owner, { namespace, webhookId: webhook.id });
    await round();
    expect(verify(world.receiver.received[0] as Received, secret)).toMatchObject({ type: "webhook.test" });
    expect((await world.log(webhook.id))[0]).toMatchObject({ type: "webhook.test", status: "failed", nextAtMs: null });
  });
});

describe("several agents", () => {
  test("send each event once between them", async () => {
    await world.make();
    await world.make({ name: "second" });
    for (let n = 0; n < 5; n++) await world.emit();
    for (let look = 0; look < 4; look++) {
      const claimed = await Promise.all(["one", "two", "three"].map((holder) => claim(holder)));
      await Promise.all(claimed.flat().map((delivery) => deliver(agent, delivery)));
    }
    const counts = Map.groupBy(world.receiver.received, ({ headers }) => headers["webhook-id"]);
    expect(world.receiver.received).toHaveLength(10);
    expect([...counts.values()].map(({ length }) => length)).toEqual([2, 2, 2, 2, 2]);
    expect(await metadata().webhookDelivery.count({ where: { status: "delivered" } })).toBe(10);
  });

  test("send what one of them had claimed and died with, and what it still says is not written down", async () => {
    const { webhook } = await world.make();
    await world.emit();
    const [lost] = await claim("dying");
    expect(await claim("heir")).toEqual([]);
    await metadata().webhookDelivery.updateMany({ data: { leaseUntilMs: 1n } });
    const [inherited] = await claim("heir");
    if (!lost || !inherited) throw new Error("both had it");
    await deliver(agent, lost);
    expect((await world.log(webhook.id))[0]).toMatchObject({ status: "pending", attempts: [] });
    await deliver(agent, inherited);
    expect((await world.log(webhook.id))[0]).toMatchObject({ status: "delivered", attempts: [{ n: 1 }] });
    // At least once: the one that was given up for dead had sent it as well, with the same id.
    expect(world.receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([lost.eventId, lost.eventId]);
  });
});

test("a receiver that is slow holds up nobody else, and has few under way", async () => {
  const slow = await startReceiver(() => undefined);
  const rounds = new DeliveryRounds({
    what: "webhook",
    claim: (limit) => claimDeliveries({ holder: "one", leaseMs: 60_000, perWebhook: 3 }, limit),
    send: (claimed) => deliver(agent, claimed),
    log: pino({ level: "silent" }),
  });
  try {
    await world.make({ name: "slow", url: slow.url });
    await world.make({ name: "quick" });
    for (let n = 0; n < 12; n++) await world.emit();
    while (world.receiver.received.length < 12) {
      await rounds.look();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(world.receiver.received).toHaveLength(12);
    expect((await slow.until(3)).length).toBe(3);
  } finally {
    await slow.stop();
    await rounds.settled();
  }
});

test("a log ends after a while, what waits does not", async () => {
  const { webhook } = await world.make();
  await world.emit();
  await round();
  world.receiver.answer = (_, response) => response.writeHead(500).end();
  await world.emit();
  await round();
  await metadata().event.updateMany({ data: { createdAtMs: 1n } });
  await metadata().webhookDelivery.updateMany({ where: { endedAtMs: { not: null } }, data: { endedAtMs: 1n } });
  expect(await pruneEvents()).toEqual({ deliveries: 1, events: 1 });
  expect((await world.log(webhook.id)).map(({ status }) => status)).toEqual(["pending"]);
});

test("a log is read page by page, and one status alone", async () => {
  const { webhook } = await world.make();
  for (let n = 0; n < 5; n++) await world.emit();
  const read = (after?: string | null, status?: "pending" | "failed") =>
    listDeliveries(world.owner, { namespace, webhookId: webhook.id, after: after ?? undefined, limit: 2, status });
  const first = await read();
  const second = await read(first.next);
  const third = await read(second.next);
  expect([first, second, third].map(({ deliveries }) => deliveries.length)).toEqual([2, 2, 1]);
  expect(third.next).toBeNull();
  expect(new Set([first, second, third].flatMap(({ deliveries }) => deliveries.map(({ id }) => id))).size).toBe(5);
  expect((await read(undefined, "failed")).deliveries).toEqual([]);
});

test("a deleted webhook is told nothing more and has no secret any more", async () => {
  const { webhook } = await world.make();
  const { secretSealed } = await metadata().webhook.findUniqueOrThrow({ where: { id: webhook.id } });
  await world.emit();
  await deleteWebhook(world.owner, { namespace, webhookId: webhook.id });
  await world.emit();
  await round();
  expect(world.receiver.received).toEqual([]);
  expect(await refusalCode(getWebhook(world.owner, { namespace, webhookId: webhook.id }))).toBe("not_found");
  const row = await metadata().webhook.findUniqueOrThrow({ where: { id: webhook.id } });
  expect(row.secretSealed).not.toBe(secretSealed);
});
