import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PushView } from "../../../lib/client/integration-types.ts";
import { metadata } from "../../../lib/db/client.ts";
import { MAX_ATTEMPTS } from "../../../lib/domain/retry-plan.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { claimPushes } from "../../../lib/services/integrations/claim-pushes.ts";
import {
  type CreateIntegrationInput,
  createIntegration,
} from "../../../lib/services/integrations/create-integration.ts";
import { deleteIntegration } from "../../../lib/services/integrations/delete-integration.ts";
import { listIntegrations, listPushes } from "../../../lib/services/integrations/list-integrations.ts";
import { push } from "../../../lib/services/integrations/push.ts";
import { pushNow } from "../../../lib/services/integrations/push-now.ts";
import { queuePushes } from "../../../lib/services/integrations/queue-pushes.ts";
import { updateIntegration } from "../../../lib/services/integrations/update-integration.ts";
import { transact } from "../../../lib/services/transact.ts";
import { type Receiver, startReceiver } from "../../world/webhook-receiver.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const namespace = "acme";
const TOKEN = "vcp_canary-4711-never-shown";
let world: MetadataWorld;
let acme = "";
let owner: CallContext;
let shop = "";
let receiver: Receiver;

beforeAll(async () => {
  process.env.LASTGOOD_EGRESS_ALLOW = "127.0.0.1";
  process.env.LASTGOOD_URL = "https://lastgood.example";
  world = await openMetadataWorld();
  acme = await world.addNamespace(namespace);
  owner = await world.contextOf(await world.addUser("owner@acme.example", { [acme]: "owner" }));
  shop = await world.addDatabase(acme, "shop-eu");
});
afterAll(() => world.close());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.stop();
  await metadata().integrationPush.deleteMany();
  await metadata().integration.deleteMany();
  await metadata().restore.deleteMany();
});

const make = (change: Partial<CreateIntegrationInput> = {}) =>
  createIntegration(owner, {
    namespace,
    name: "deployment",
    baseUrl: `${receiver.url}vars`,
    settings: { kind: "http" },
    token: TOKEN,
    databases: ["shop-eu"],
    variables: [
      { name: "DATABASE_URL", holds: "connection" },
      { name: "RESTORED_TO", holds: "restored_to" },
    ],
    ...change,
  });
const vercel = (change: Partial<CreateIntegrationInput> = {}) =>
  make({
    baseUrl: receiver.url,
    settings: { kind: "vercel", project: "my-shop", teamId: "team_1", targets: ["production", "preview"] },
    ...change,
  });

/** A restore of the project that has completed, as the ledger holds it. */
async function restored(targetKind = "project"): Promise<string> {
  const id = crypto.randomUUID();
  const bookmark = `00000001-00000000-00000001-${"ab".repeat(16)}`;
  await metadata().restore.create({
    data: {
      id,
      databaseId: shop,
      targetKind,
      sourceKind: "bookmark",
      toBookmark: bookmark,
      toTimeMs: 1n,
      reachedTimeMs: BigInt(Date.parse("2026-11-20T14:32:05Z")),
      planDigest: "d",
      status: "completed",
      createdAtMs: BigInt(Date.now()),
      finishedAtMs: BigInt(Date.now()),
    },
  });
  await transact((tx) => queuePushes(tx, { namespaceId: acme, restore: { id, databaseId: shop, targetKind } }));
  return id;
}

async function round(): Promise<number> {
  const claimed = await claimPushes({ holder: "one", leaseMs: 60_000 }, 32);
  await Promise.all(claimed.map((one) => push(one)));
  return claimed.length;
}
const passTime = () => metadata().integrationPush.updateMany({ where: { status: "pending" }, data: { nextAtMs: 1n } });

async function pushes(): Promise<PushView[]> {
  const [one] = await listIntegrations(owner, { namespace });
  return (await listPushes(owner, { namespace, integrationId: one?.id ?? "" })).pushes;
}

test("a restore of the project has the variables pushed with the bearer token: what went where is told, values and token nowhere", async () => {
  await make();
  const restoreId = await restored();
  await round();
  const [sent] = await receiver.until(1);
  expect(sent).toMatchObject({ method: "PUT", path: "/vars", headers: { authorization: `Bearer ${TOKEN}` } });
  const value = `https://lastgood.example/api/namespaces/acme/databases/${shop}/query`;
  expect(JSON.parse(sent?.body ?? "")).toMatchObject({
    variables: { DATABASE_URL: value, RESTORED_TO: "2026-11-20T14:32:05.000Z" },
    database: { id: shop, name: "shop-eu" },
    restore: { id: restoreId },
  });
  expect(await pushes()).toMatchObject([
    { status: "pushed", restoreId, names: ["DATABASE_URL", "RESTORED_TO"], attempts: 1, error: null, nextAtMs: null },
  ]);
  const rows = [await metadata().integration.findMany(), await metadata().integrationPush.findMany()];
  const everything = JSON.stringify(
    [rows, await world.auditTrail(), await listIntegrations(owner, { namespace }), await pushes()],
    (_, one) => (typeof one === "bigint" ? Number(one) : one),
  );
  expect(everything).toContain("DATABASE_URL");
  expect(everything).not.toContain(TOKEN);
  expect(everything).not.toContain(value);
});

test("the API of Vercel is spoken: an upsert of encrypted variables for the targets, in the team", async () => {
  await vercel();
  receiver.answer = (_, response) => response.writeHead(201).end(JSON.stringify({ created: [], failed: [] }));
  await restored("cutover");
  await round();
  const [sent] = await receiver.until(1);
  expect(sent?.method).toBe("POST");
  expect(sent?.path).toBe("/v10/projects/my-shop/env?upsert=true&teamId=team_1");
  expect(sent?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, "content-type": "application/json" });
  expect(JSON.parse(sent?.body ?? "")).toEqual([
    {
      key: "DATABASE_URL",
      value: `https://lastgood.example/api/namespaces/acme/databases/${shop}/query`,
      type: "encrypted",
      target: ["production", "preview"],
    },
    { key: "RESTORED_TO", value: "2026-11-20T14:32:05.000Z", type: "encrypted", target: ["production", "preview"] },
  ]);
  expect(await pushes()).toMatchObject([{ status: "pushed" }]);
});

test("an attached database's connection is its file", async () => {
  await make({ variables: [{ name: "DATABASE_URL", holds: "connection" }] });
  await metadata().database.update({ where: { id: shop }, data: { origin: "attached", path: "/srv/shop.db" } });
  try {
    await restored();
    await round();
  } finally {
    await metadata().database.update({ where: { id: shop }, data: { origin: "hosted" } });
  }
  expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({
    variables: { DATABASE_URL: "file:/srv/shop.db" },
  });
});

test.each(["new_preview", "new_database", "preview", "rows"])(
  "a restore into %s pushes nothing",
  async (targetKind) => {
    await make();
    await restored(targetKind);
    expect(await pushes()).toEqual([]);
  },
);

test("another database's restore, and an integration that is switched off, push nothing", async () => {
  const other = await world.addDatabase(acme, `other-${Date.now()}`);
  const { id } = await make({ databases: [other] });
  await restored();
  expect(await pushes()).toEqual([]);
  await updateIntegration(owner, { namespace, integrationId: id, databases: [shop], active: false });
  await restored();
  expect(await pushes()).toEqual([]);
});

describe("a push that fails", () => {
  test("is made again after a while, with the values of then, until it is taken", async () => {
    await make();
    receiver.answer = (_, response) => response.writeHead(502).end();
    await restored();
    await round();
    const [first] = await pushes();
    expect(first).toMatchObject({ status: "pending", attempts: 1, error: expect.stringContaining("502") });
    expect((first?.nextAtMs ?? 0) - Date.now()).toBeGreaterThan(3000);
    expect(await round()).toBe(0);
    receiver.answer = (_, response) => response.writeHead(200).end();
    await metadata().database.update({ where: { id: shop }, data: { name: "shop-eu" } });
    await passTime();
    await round();
    expect(await pushes()).toMatchObject([{ status: "pushed", attempts: 2, error: null }]);
  });

  test("is given up after the last attempt, and can be made by hand", async () => {
    const { id } = await make();
    receiver.answer = (_, response) => response.writeHead(500).end();
    await restored();
    for (let n = 0; n < MAX_ATTEMPTS; n++) {
      await passTime();
      await round();
    }
    expect(await pushes()).toMatchObject([{ status: "failed", attempts: MAX_ATTEMPTS }]);
    receiver.answer = (_, response) => response.writeHead(200).end();
    await pushNow(owner, { namespace, integrationId: id });
    await round();
    expect(await pushes()).toMatchObject([{ status: "pushed", restoreId: null }, { status: "failed" }]);
  });

  test("in part, with 201, is a failure, told by its code alone", async () => {
    await vercel();
    const failed = [{ error: { code: "ENV_CONFLICT", message: `the value ${TOKEN} is there`, value: TOKEN } }];
    receiver.answer = (_, response) => response.writeHead(201).end(JSON.stringify({ created: [], failed }));
    await restored();
    await round();
    expect(await pushes()).toMatchObject([
      { status: "pending", error: "It did not take 1 of the variables (ENV_CONFLICT)." },
    ]);
    receiver.answer = (_, response) =>
      response.writeHead(403).end(JSON.stringify({ error: { code: "forbidden", message: TOKEN } }));
    await passTime();
    await round();
    const [told] = await pushes();
    expect(told?.error).toContain("403 (forbidden)");
    expect(told?.error).not.toContain(TOKEN);
  });

  test("because the address is not allowed any more says so, and the token stays here", async () => {
    await make();
    await restored();
    process.env.LASTGOOD_EGRESS_ALLOW = "";
    try {
      await round();
    } finally {
      process.env.LASTGOOD_EGRESS_ALLOW = "127.0.0.1";
    }
    expect(await pushes()).toMatchObject([{ status: "pending", error: expect.stringContaining("no public address") }]);
    expect(receiver.received).toEqual([]);
  });
});

test("by hand, every project that it covers is pushed, each under its own name", async () => {
  const other = await world.addDatabase(acme, `b-${Date.now()}`);
  await world.addPreview(shop, `look-${Date.now()}`);
  const { id } = await make({
    databases: [shop, other],
    variables: [{ name: "{DATABASE}_URL", holds: "connection" }],
  });
  expect(await pushNow(owner, { namespace, integrationId: id })).toHaveLength(2);
  await round();
  const names = receiver.received.flatMap(({ body }) =>
    Object.keys((JSON.parse(body) as { variables: object }).variables),
  );
  expect(names.sort()).toEqual([expect.stringMatching(/^B_\d+_URL$/), "SHOP_EU_URL"]);
});

test("names that would write over one another are refused", async () => {
  const one = { name: "DATABASE_URL", holds: "connection" } as const;
  expect(await refusalCode(make({ variables: [one, { ...one, holds: "database_id" }] }))).toBe("invalid_input");
  expect(await refusalCode(make({ databases: "all", variables: [one] }))).toBe("invalid_input");
  const { id } = await make({ variables: [one] });
  expect(await refusalCode(updateIntegration(owner, { namespace, integrationId: id, databases: "all" }))).toBe(
    "invalid_input",
  );
});

test("its address stays; a new token takes the password again; deleted, it is gone with its token", async () => {
  const { id } = await make();
  await metadata().session.updateMany({ data: { confirmedAtMs: 0n } });
  const here = { namespace, integrationId: id };
  expect(await refusalCode(make())).toBe("confirmation_needed");
  expect(await refusalCode(updateIntegration(owner, { ...here, token: "another" }))).toBe("confirmation_needed");
  expect(await updateIntegration(owner, { ...here, name: "renamed" })).toMatchObject({ name: "renamed" });
  const { tokenSealed } = await metadata().integration.findUniqueOrThrow({ where: { id } });
  await restored();
  await deleteIntegration(owner, here);
  expect(await listIntegrations(owner, { namespace })).toEqual([]);
  expect((await metadata().integration.findUniqueOrThrow({ where: { id } })).tokenSealed).not.toBe(tokenSealed);
  await round();
  expect(receiver.received).toEqual([]);
});
