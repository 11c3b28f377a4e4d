import { pino } from "pino";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DeliveryRounds } from "../../../lib/agent/delivery-rounds.ts";
import { metadata } from "../../../lib/db/client.ts";
import type { EventType } from "../../../lib/domain/event.ts";
import { MAX_ATTEMPTS } from "../../../lib/domain/retry-plan.ts";
import { agentContext, type CallContext } from "../../../lib/services/call-context.ts";
import { emitEvent } from "../../../lib/services/events/emit-event.ts";
import { transact } from "../../../lib/services/transact.ts";
import { type ClaimedDelivery, claimDeliveries } from "../../../lib/services/webhooks/claim-deliveries.ts";
import { type CreateWebhookInput, createWebhook } from "../../../lib/services/webhooks/create-webhook.ts";
import { deleteWebhook } from "../../../lib/services/webhooks/delete-webhook.ts";
import { deliver } from "../../../lib/services/webhooks/deliver.ts";
import { listDeliveries } from "../../../lib/services/webhooks/list-deliveries.ts";
import { getWebhook, listWebhooks } from "../../../lib/services/webhooks/list-webhooks.ts";
import { pruneEvents } from "../../../lib/services/webhooks/prune-events.ts";
import { rotateSecret } from "../../../lib/services/webhooks/rotate-secret.ts";
import { replayDelivery, testWebhook } from "../../../lib/services/webhooks/send-again.ts";
import { updateWebhook } from "../../../lib/services/webhooks/update-webhook.ts";
import { type Received, type Receiver, startReceiver } from "../../world/webhook-receiver.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const namespace = "acme";
const agent = agentContext("agent", "test");
let world: MetadataWorld;
let acme = "";
let owner: CallContext;
let shop = "";
let receiver: Receiver;

beforeAll(async () => {
  process.env.LASTGOOD_EGRESS_ALLOW = "127.0.0.1";
  world = await openMetadataWorld();
  acme = await world.addNamespace(namespace);
  owner = await world.contextOf(await world.addUser("owner@acme.example", { [acme]: "owner" }));
  shop = await world.addDatabase(acme, "shop");
});
afterAll(() => world.close());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.stop();
  await metadata().webhookAttempt.deleteMany();
  await metadata().webhookDelivery.deleteMany();
  await metadata().event.deleteMany();
  await metadata().webhook.deleteMany();
});

const make = (change: Partial<CreateWebhookInput> = {}) =>
  createWebhook(owner, { namespace, name: "pager", url: receiver.url, types: "all", databases: "all", ...change });

const emit = (type: EventType = "restore.completed", databaseId: string | null = shop) =>
  transact((tx) => emitEvent(tx, { namespaceId: acme, databaseId, type, data: { note: "naïve ✓" } }));

const claim = (holder = "one") => claimDeliveries({ holder, leaseMs: 60_000, perWebhook: 3 }, 32);

/** One look of one agent, and all that it sends. */
async function round(): Promise<ClaimedDelivery[]> {
  const claimed = await claim();
  await Promise.all(claimed.map((one) => deliver(agent, one)));
  return claimed;
}

/** Makes everything due that waits for its next attempt. */
const passTime = () => metadata().webhookDelivery.updateMany({ where: { status: "pending" }, data: { nextAtMs: 1n } });

const log = async (webhookId: string) =>
  (await listDeliveries(owner, { namespace, webhookId, after: null, limit: 50, status: null })).deliveries;

const verify = ({ body, headers }: Received, secret: string) => new Webhook(secret).verify(body, headers);

describe("a secret", () => {
  test("is in the answer once, stored sealed, and nowhere else", async () => {
    const { secret, webhook } = await make();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const stored = JSON.stringify(
      [await metadata().webhook.findMany(), await world.auditTrail(), await listWebhooks(owner, { namespace })],
      (_, value) => (typeof value === "bigint" ? Number(value) : value),
    );
    expect(stored).toContain(webhook.id);
    expect(stored).not.toContain(secret.slice("whsec_".length, 30));
  });

  test("signs the stored bytes as the package for receivers verifies them", async () => {
    const { secret, webhook } = await make();
    await emit();
    await round();
    const [received] = await receiver.until(1);
    if (!received) throw new Error("nothing came");
    const { eventId, payload } = (await log(webhook.id))[0] ?? {};
    expect(received.body).toBe(payload);
    expect(received.headers).toMatchObject({ "webhook-id": eventId, "content-type": "application/json" });
    expect(verify(received, secret)).toMatchObject({ type: "restore.completed", data: { note: "naïve ✓" } });
    const other = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    expect(() => verify(received, other)).toThrow();
    expect(() => verify({ ...received, body: received.body.replace("completed", "failed") }, secret)).toThrow();
  });

  test("that is rotated signs beside the new one until its time is over", async () => {
    const { secret: former, webhook } = await make();
    const { secret, webhook: rotated } = await rotateSecret(owner, {
      namespace,
      webhookId: webhook.id,
      overlapHours: 24,
    });
    expect(secret).not.toBe(former);
    expect((rotated.formerUntilMs ?? 0) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    await emit();
    await round();
    const both = receiver.received[0] as Received;
    expect(both.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    for (const one of [former, secret]) expect(verify(both, one)).toMatchObject({ type: "restore.completed" });

    await metadata().webhook.update({ where: { id: webhook.id }, data: { formerUntilMs: BigInt(Date.now()) } });
    await emit();
    await round();
    const after = receiver.received[1] as Received;
    expect(verify(after, secret)).toMatchObject({ type: "restore.completed" });
    expect(() => verify(after, former)).toThrow();
  });

  test("that leaked ends at once", async () => {
    const { secret: former, webhook } = await make();
    const { secret } = await rotateSecret(owner, { namespace, webhookId: webhook.id, overlapHours: 0 });
    await emit();
    await round();
    const received = receiver.received[0] as Received;
    expect(verify(received, secret)).toMatchObject({ type: "restore.completed" });
    expect(() => verify(received, former)).toThrow();
  });

  test("or an address takes the password again once it was given too long ago, and nothing changes without", async () => {
    const { webhook } = await make();
    await metadata().session.updateMany({ data: { confirmedAtMs: 0n } });
    const here = { namespace, webhookId: webhook.id };
    expect(await refusalCode(make())).toBe("confirmation_needed");
    expect(await refusalCode(rotateSecret(owner, { ...here, overlapHours: 1 }))).toBe("confirmation_needed");
    expect(await refusalCode(updateWebhook(owner, { ...here, url: `${receiver.url}other` }))).toBe(
      "confirmation_needed",
    );
    expect(await getWebhook(owner, here)).toMatchObject({ url: receiver.url, formerUntilMs: null });
    expect(await updateWebhook(owner, { ...here, name: "renamed" })).toMatchObject({ name: "renamed" });
    owner = await world.contextOf(await world.addUser(`${Date.now()}@acme.example`, { [acme]: "owner" }));
  });
});

describe("what is sent", () => {
  test("is what was asked for: types, databases, and nothing while it is switched off", async () => {
    const other = await world.addDatabase(acme, `other-${Date.now()}`);
    const { webhook } = await make({ types: ["backup.failed"], databases: ["shop"] });
    await emit("restore.completed");
    await emit("backup.failed", other);
    await emit("backup.failed");
    expect((await log(webhook.id)).map(({ type, database }) => [type, database?.name])).toEqual([
      ["backup.failed", "shop"],
    ]);
    await updateWebhook(owner, { namespace, webhookId: webhook.id, active: false });
    await emit("backup.failed");
    expect((await log(webhook.id)).map(({ status }) => status)).toEqual(["cancelled"]);
    await round();
    expect(receiver.received).toEqual([]);
  });

  test("goes to nobody of another namespace", async () => {
    const stranger = await world.addNamespace(`n-${Date.now()}`);
    await make();
    await transact((tx) => emitEvent(tx, { namespaceId: stranger, databaseId: null, type: "backup.failed", data: {} }));
    await round();
    expect(receiver.received).toEqual([]);
  });

  test("is not told where the transaction in which it happened came to nothing", async () => {
    const { webhook } = await make();
    const failing = transact(async (tx) => {
      await emitEvent(tx, { namespaceId: acme, databaseId: shop, type: "backup.completed", data: {} });
      throw new Error("and then it failed");
    });
    await expect(failing).rejects.toThrow("and then it failed");
    expect(await log(webhook.id)).toEqual([]);
  });

  test("a test is sent at once, once, also to a webhook that is switched off", async () => {
    const { secret, webhook } = await make();
    await updateWebhook(owner, { namespace, webhookId: webhook.id, active: false });
    receiver.answer = (_, response) => response.writeHead(500).end("no");
    await testWebhook(owner, { namespace, webhookId: webhook.id });
    await round();
    expect(verify(receiver.received[0] as Received, secret)).toMatchObject({ type: "webhook.test" });
    expect((await log(webhook.id))[0]).toMatchObject({ type: "webhook.test", status: "failed", nextAtMs: null });
  });
});

describe("an attempt that fails", () => {
  test("is told with its status and answer, and made again after a while, until it is taken", async () => {
    const { webhook } = await make();
    receiver.answer = (_, response) => response.writeHead(503).end(`busy \u202e${"x".repeat(5000)}`);
    await emit();
    await round();
    const [first] = await log(webhook.id);
    expect(first).toMatchObject({
      status: "pending",
      attempts: [{ n: 1, status: 503, error: expect.stringContaining("503") }],
    });
    expect(first?.attempts[0]?.answer?.length).toBeLessThan(1001);
    expect(first?.attempts[0]?.answer).toMatch(/^busy x+$/);
    expect((first?.nextAtMs ?? 0) - Date.now()).toBeGreaterThan(3000);
    expect(await round()).toEqual([]);
    receiver.answer = (_, response) => response.writeHead(200).end("thanks");
    await passTime();
    await round();
    expect((await log(webhook.id))[0]).toMatchObject({
      status: "delivered",
      nextAtMs: null,
      attempts: [{}, { n: 2, error: null }],
    });
    const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(1);
    expect(await getWebhook(owner, { namespace, webhookId: webhook.id })).toMatchObject({
      pending: 0,
      lastAttempt: { ok: true },
    });
  });

  test("waits as long as the receiver asks for", async () => {
    const { webhook } = await make();
    receiver.answer = (_, response) => response.writeHead(429, { "retry-after": "3600" }).end();
    await emit();
    await round();
    expect(((await log(webhook.id))[0]?.nextAtMs ?? 0) - Date.now()).toBeGreaterThan(3_590_000);
  });

  test("is given up after the last one, and can be replayed with the same id and the same bytes", async () => {
    const { secret, webhook } = await make();
    receiver.answer = (_, response) => response.writeHead(500).end();
    await emit();
    for (let n = 0; n < MAX_ATTEMPTS; n++) {
      await passTime();
      await round();
    }
    const [given] = await log(webhook.id);
    expect(given).toMatchObject({ status: "failed", nextAtMs: null });
    expect(given?.attempts).toHaveLength(MAX_ATTEMPTS);
    await passTime();
    expect(await round()).toEqual([]);
    receiver.answer = (_, response) => response.writeHead(204).end();
    const again = await replayDelivery(owner, { namespace, webhookId: webhook.id, deliveryId: given?.id ?? "" });
    await round();
    const [first, last] = [receiver.received[0] as Received, receiver.received.at(-1) as Received];
    expect(last.body).toBe(first.body);
    expect(last.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(verify(last, secret)).toMatchObject({ type: "restore.completed" });
    expect((await log(webhook.id)).map(({ id, status }) => [id, status])).toEqual([
      [again.id, "delivered"],
      [given?.id, "failed"],
    ]);
  });

  test("with 410 switches the webhook off, cancels the rest and says why", async () => {
    const { webhook } = await make();
    receiver.answer = (_, response) => response.writeHead(410).end();
    await emit();
    const [first] = await claim();
    await emit();
    if (first) await deliver(agent, first);
    expect(await getWebhook(owner, { namespace, webhookId: webhook.id })).toMatchObject({
      active: false,
      problem: expect.stringContaining("410"),
    });
    expect((await log(webhook.id)).map(({ status }) => status)).toEqual(["cancelled", "failed"]);
    expect((await world.auditTrail()).at(-1)).toMatchObject({ action: "webhook.switched-off", targetId: webhook.id });
    const on = await updateWebhook(owner, { namespace, webhookId: webhook.id, active: true });
    expect(on).toMatchObject({ active: true, problem: null });
  });

  test("because nobody listens, or the address is not allowed any more, says so", async () => {
    const { webhook } = await make();
    await receiver.stop();
    await emit();
    await round();
    expect((await log(webhook.id))[0]?.attempts[0]).toMatchObject({
      status: null,
      error: expect.stringContaining("nothing listens"),
    });
    receiver = await startReceiver();
    process.env.LASTGOOD_EGRESS_ALLOW = "";
    try {
      await passTime();
      await round();
    } finally {
      process.env.LASTGOOD_EGRESS_ALLOW = "127.0.0.1";
    }
    expect((await log(webhook.id))[0]?.attempts[1]).toMatchObject({
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
      expect(await refusalCode(make({ url }))).toBe("address_refused");
    } finally {
      process.env.LASTGOOD_EGRESS_ALLOW = "127.0.0.1";
    }
    expect(await listWebhooks(owner, { namespace })).toEqual([]);
  });
});

describe("several agents", () => {
  test("send each event once between them", async () => {
    await make();
    await make({ name: "second" });
    for (let n = 0; n < 5; n++) await emit();
    for (let look = 0; look < 4; look++) {
      const claimed = await Promise.all(["one", "two", "three"].map((holder) => claim(holder)));
      await Promise.all(claimed.flat().map((delivery) => deliver(agent, delivery)));
    }
    const counts = Map.groupBy(receiver.received, ({ headers }) => headers["webhook-id"]);
    expect(receiver.received).toHaveLength(10);
    expect([...counts.values()].map(({ length }) => length)).toEqual([2, 2, 2, 2, 2]);
    expect(await metadata().webhookDelivery.count({ where: { status: "delivered" } })).toBe(10);
  });

  test("send what one of them had claimed and died with, and what it still says is not written down", async () => {
    const { webhook } = await make();
    await emit();
    const [lost] = await claim("dying");
    expect(await claim("heir")).toEqual([]);
    await metadata().webhookDelivery.updateMany({ data: { leaseUntilMs: 1n } });
    const [inherited] = await claim("heir");
    if (!lost || !inherited) throw new Error("both had it");
    await deliver(agent, lost);
    expect((await log(webhook.id))[0]).toMatchObject({ status: "pending", attempts: [] });
    await deliver(agent, inherited);
    expect((await log(webhook.id))[0]).toMatchObject({ status: "delivered", attempts: [{ n: 1 }] });
    // At least once: the one that was given up for dead had sent it as well, with the same id.
    expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual([lost.eventId, lost.eventId]);
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
    await make({ name: "slow", url: slow.url });
    await make({ name: "quick" });
    for (let n = 0; n < 12; n++) await emit();
    while (receiver.received.length < 12) {
      await rounds.look();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(receiver.received).toHaveLength(12);
    expect((await slow.until(3)).length).toBe(3);
  } finally {
    await slow.stop();
    await rounds.settled();
  }
});

test("a log ends after a while, what waits does not", async () => {
  const { webhook } = await make();
  await emit();
  await round();
  receiver.answer = (_, response) => response.writeHead(500).end();
  await emit();
  await round();
  await metadata().event.updateMany({ data: { createdAtMs: 1n } });
  await metadata().webhookDelivery.updateMany({ where: { endedAtMs: { not: null } }, data: { endedAtMs: 1n } });
  expect(await pruneEvents()).toEqual({ deliveries: 1, events: 1 });
  expect((await log(webhook.id)).map(({ status }) => status)).toEqual(["pending"]);
});

test("a log is read page by page, and one status alone", async () => {
  const { webhook } = await make();
  for (let n = 0; n < 5; n++) await emit();
  const read = (after: string | null, status: "pending" | "failed" | null = null) =>
    listDeliveries(owner, { namespace, webhookId: webhook.id, after, limit: 2, status });
  const first = await read(null);
  const second = await read(first.next);
  const third = await read(second.next);
  expect([first, second, third].map(({ deliveries }) => deliveries.length)).toEqual([2, 2, 1]);
  expect(third.next).toBeNull();
  expect(new Set([first, second, third].flatMap(({ deliveries }) => deliveries.map(({ id }) => id))).size).toBe(5);
  expect((await read(null, "failed")).deliveries).toEqual([]);
});

test("a deleted webhook is told nothing more and has no secret any more", async () => {
  const { webhook } = await make();
  const { secretSealed } = await metadata().webhook.findUniqueOrThrow({ where: { id: webhook.id } });
  await emit();
  await deleteWebhook(owner, { namespace, webhookId: webhook.id });
  await emit();
  await round();
  expect(receiver.received).toEqual([]);
  expect(await refusalCode(getWebhook(owner, { namespace, webhookId: webhook.id }))).toBe("not_found");
  const row = await metadata().webhook.findUniqueOrThrow({ where: { id: webhook.id } });
  expect(row.secretSealed).not.toBe(secretSealed);
});
