import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackupView } from "../../../lib/client/backup-types.ts";
import { metadata } from "../../../lib/db/client.ts";
import { createBackup } from "../../../lib/services/backups/create-backup.ts";
import { type Caller, callRoute, findRouteFiles, openRouteWorld, type RouteWorld } from "./open-route-world.ts";

const NS = "/api/namespaces/[ns]";
const files = findRouteFiles();
let world: RouteWorld;
let owner: Caller;

beforeAll(async () => {
  world = await openRouteWorld();
  owner = world.callers.owner[1] as Caller;
});
afterAll(() => world.close());

async function post(
  pattern: string,
  key: string | null,
  body: unknown,
  { caller = owner, ns = "acme", db = "shop" }: { caller?: Caller | undefined; ns?: string; db?: string } = {},
) {
  const route = files.find((file) => file.pattern === pattern);
  const headers = { ...caller.headers, ...(key !== null && { "idempotency-key": key }) };
  const answer = await callRoute((await route?.load()) ?? {}, "POST", pattern, { ns, db }, { body, headers });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

const backups = `${NS}/databases/[db]/backups`;
const tokens = `${NS}/tokens`;
const rowOf = (key: string) => metadata().idempotentCall.findFirstOrThrow({ where: { key } });

test("the same call under one key happens once, and its repeats get the first one's answer", async () => {
  const before = await metadata().backup.count();
  const [first, ...repeats] = [
    await post(backups, "once", { label: "a" }),
    await post(backups, "once", { label: "a" }),
    await post(backups, "once", { label: "a" }),
  ];
  expect(first?.status).toBe(202);
  for (const repeat of repeats) expect(repeat.body).toEqual(first?.body);
  expect(repeats[0]?.headers.get("location")).toBe(first?.headers.get("location"));
  expect(await metadata().backup.count()).toBe(before + 1);
});

test("calls that are sent at once under one key are one", async () => {
  const before = await metadata().backup.count();
  const answers = await Promise.all(Array.from({ length: 6 }, () => post(backups, "at-once", {})));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(await metadata().backup.count()).toBe(before + 1);
});

test("without a key each call counts", async () => {
  const before = await metadata().backup.count();
  await post(backups, null, {});
  await post(backups, null, {});
  expect(await metadata().backup.count()).toBe(before + 2);
});

test("the order of a body's fields does not matter, and every other difference is 422 in words", async () => {
  const made = await post(tokens, "other", { name: "ci", expiresInHours: 1 });
  expect(made.status).toBe(201);
  expect((await post(tokens, "other", { expiresInHours: 1, name: "ci" })).body).toEqual(made.body);
  const others = [
    await post(tokens, "other", { name: "ci", expiresInHours: 2 }),
    await post(`${NS}/invitations`, "other", { email: "new@acme.example", role: "viewer" }),
    await post(backups, "other", {}),
  ];
  for (const { status, body } of others) {
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: "idempotency_key_reused", field: "Idempotency-Key" });
    expect(body.hint).toContain("new key");
  }
});

test("a key is its caller's and its namespace's: another's call under it is another call", async () => {
  const foreigner = world.callers.foreigner[1];
  const mine = await post(tokens, "shared", { name: "mine", expiresInHours: 1 });
  const colleague = await post(
    tokens,
    "shared",
    { name: "mine", expiresInHours: 1 },
    { caller: world.callers.admin[1] },
  );
  const theirs = await post(tokens, "shared", { name: "x", expiresInHours: 1 }, { caller: foreigner, ns: "other" });
  expect([mine.status, colleague.status, theirs.status]).toEqual([201, 201, 201]);
  expect(new Set([mine, colleague, theirs].map(({ body }) => body.id)).size).toBe(3);
  expect((await post(tokens, "shared", { name: "mine", expiresInHours: 1 }, { caller: foreigner })).status).toBe(404);
});

test("a call that was refused before it changed anything leaves its key free", async () => {
  expect(
    (await post(tokens, "refused", { name: "x", expiresInHours: 1, preset: "full", actions: ["token.list"] })).status,
  ).toBe(400);
  expect((await post(tokens, "refused", { name: "x", expiresInHours: 1 })).status).toBe(201);
});

test("a secret that an answer tells does not stand in the store in the clear", async () => {
  const { body } = await post(tokens, "sealed", { name: "secret", expiresInHours: 1 });
  const row = await rowOf("sealed");
  expect(row.answerSealed?.length).toBeGreaterThan(100);
  expect(JSON.stringify(row, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
    body.token,
  );
  expect(Buffer.from(row.answerSealed ?? "", "base64url").toString("latin1")).not.toContain(body.token);
});

test("who has lost the right since gets no kept answer", async () => {
  const caller = world.callers.admin[1] as Caller;
  const ask = () => post(tokens, "lost-right", { name: "before", expiresInHours: 1 }, { caller });
  expect((await ask()).status).toBe(201);
  const membership = { namespaceId_userId: { namespaceId: world.acme, userId: caller.userId } };
  await metadata().membership.update({ where: membership, data: { role: "viewer" } });
  expect((await ask()).status).toBe(403);
  await metadata().membership.update({ where: membership, data: { role: "admin" } });
  expect((await ask()).status).toBe(201);
});

test("after a crash that lost the answer of a backup the repeat finds that backup, and makes none", async () => {
  const first = await post(backups, "crashed", {});
  const { id } = await rowOf("crashed");
  await metadata().idempotentCall.update({ where: { id }, data: { answerSealed: null, leaseUntilMs: 1n } });
  const before = await metadata().backup.count();
  const repeat = await post(backups, "crashed", {});
  expect(repeat).toMatchObject({ status: 202, body: { id: (first.body as unknown as BackupView).id } });
  expect(await metadata().backup.count()).toBe(before);
});

test("where nothing can answer for what was made, the repeat says so and does not do it again", async () => {
  const first = await post(tokens, "answer-lost", { name: "lost", expiresInHours: 1 });
  const { id } = await rowOf("answer-lost");
  await metadata().idempotentCall.update({ where: { id }, data: { answerSealed: null, leaseUntilMs: 1n } });
  const before = await metadata().apiToken.count();
  const repeat = await post(tokens, "answer-lost", { name: "lost", expiresInHours: 1 });
  expect(repeat).toMatchObject({ status: 409, body: { code: "conflict", made: { id: first.body.id } } });
  expect(await metadata().apiToken.count()).toBe(before);
});

test("a call whose process died before it changed anything is carried out by the repeat", async () => {
  await post(backups, "died-early", {});
  const { id } = await rowOf("died-early");
  const nothingDone = { answerSealed: null, tookEffectMs: null, targetId: null, leaseOwner: "dead", leaseUntilMs: 1n };
  await metadata().idempotentCall.update({ where: { id }, data: nothingDone });
  const before = await metadata().backup.count();
  expect((await post(backups, "died-early", {})).status).toBe(202);
  expect(await metadata().backup.count()).toBe(before + 1);
});

test("who was thought dead and comes back changes nothing", async () => {
  const id = randomUUID();
  const row = { id, scope: "x", key: "stalled", requestDigest: "d", leaseOwner: "the repeat", createdAtMs: 1n };
  await metadata().idempotentCall.create({ data: row });
  const user = { kind: "token", tokenId: "t", userId: owner.userId, namespaceId: world.acme } as const;
  const token = await metadata().apiToken.findFirstOrThrow({ where: { userId: owner.userId, databases: null } });
  const ctx = {
    actor: { ...user, tokenId: token.id, scopes: "all", databases: "all" } as const,
    origin: { requestId: "r", address: null },
    once: { id, leaseOwner: "the stalled one", done: null },
  };
  const before = await metadata().backup.count();
  const made = createBackup(ctx, { namespace: "acme", database: "shop", kind: "physical" });
  await expect(made).rejects.toMatchObject({ code: "conflict" });
  expect(await metadata().backup.count()).toBe(before);
});

test("a kept answer goes after a day and not before", async () => {
  const first = await post(tokens, "old", { name: "old", expiresInHours: 1 });
  const { id } = await rowOf("old");
  const age = (hours: number) =>
    metadata().idempotentCall.update({ where: { id }, data: { createdAtMs: BigInt(Date.now() - hours * 3_600_000) } });
  await age(24);
  expect((await post(tokens, "old", { name: "old", expiresInHours: 1 })).body).toEqual(first.body);
  await age(27);
  expect((await post(tokens, "old", { name: "old", expiresInHours: 1 })).body.id).not.toBe(first.body.id);
});

test.each([
  ["empty", ""],
  ["with a space", "two words"],
  ["too long", "x".repeat(201)],
])("a key that is %s is refused", async (_, key) => {
  expect((await post(backups, key, {})).status).toBe(400);
});
