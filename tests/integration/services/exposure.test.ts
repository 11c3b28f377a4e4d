import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { readExposure, readWholeExposure } from "../../../lib/services/exposure/read-exposure.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

let world: MetadataWorld;
let acme: string;
let owner: CallContext;
let userId: string;
let storeId: string;
const NOW = Date.now();

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  userId = await world.addUser("owner@acme.example", { [acme]: "owner" });
  owner = await world.contextOf(userId);
  storeId = await addStore("https://s3.example.com");
});
afterAll(() => world.close());

async function addStore(endpoint: string): Promise<string> {
  const id = randomUUID();
  const place = {
    kind: "s3",
    endpoint,
    region: "r",
    bucket: "backups",
    prefix: "",
    accessKeyId: "a",
    secretSealed: "s",
  };
  await metadata().backupStore.create({ data: { id, namespaceId: acme, ...place, createdAtMs: BigInt(NOW) } });
  return id;
}

const add = (name: string) => world.addDatabase(acme, name);

async function addBackup(databaseId: string, agoMs: number, change: object = {}): Promise<string> {
  const id = randomUUID();
  const timeMs = BigInt(NOW - agoMs);
  const made = { kind: "physical", trigger: "manual", status: "completed", key: `key-${id}`, storeId, timeMs };
  const data = { id, namespaceId: acme, databaseId, ...made, createdAtMs: timeMs, ...change };
  await metadata().backup.create({ data });
  return data.key;
}

async function addDrill(databaseId: string, status: string, agoMs: number, recoveryMs: bigint | null = null) {
  const id = randomUUID();
  const at = BigInt(NOW - agoMs);
  const asked = { trigger: "manual", aims: "[]", assertions: "[]" };
  const data = { id, databaseId, ...asked, status, recoveryMs, createdAtMs: at, finishedAtMs: at + 500n };
  await metadata().drill.create({ data });
  return id;
}

async function addRestore(databaseId: string, targetKind: string, tookMs: number, finishedAgoMs: number) {
  const id = randomUUID();
  const finishedAtMs = BigInt(NOW - finishedAgoMs);
  const source = { sourceKind: "timestamp", toBookmark: "b", toTimeMs: 1n, planDigest: "d", status: "completed" };
  const times = { createdAtMs: finishedAtMs, startedAtMs: finishedAtMs - BigInt(tookMs), finishedAtMs };
  await metadata().restore.create({ data: { id, databaseId, targetKind, ...source, ...times } });
  return id;
}

const read = (database: string) => readExposure(owner, { namespace: "acme", database });

test("of backups the newest whole one counts, in a bucket and on this machine; damaged and deleted ones do not", async () => {
  const shop = await add("shop");
  await addBackup(shop, 1_000, { damage: "altered" });
  await addBackup(shop, 2_000, { deletedAtMs: 5n });
  await addBackup(shop, 3_000, { status: "failed", key: null });
  await addBackup(shop, 4_000, { kind: "portable" });
  await addBackup(shop, 5_000, { purgedAtMs: 5n });
  const newest = await addBackup(shop, 60_000, { encrypted: true });
  await addBackup(shop, 90_000);
  const here = await addBackup(shop, 500, { storeId: null });
  const exposure = await read("shop");
  expect(exposure.copies.map(({ key, place, needsKey }) => ({ key, place, needsKey }))).toEqual([
    { key: newest, place: "elsewhere", needsKey: true },
    { key: here, place: "this_machine", needsKey: false },
  ]);
  // No agent runs here: nobody can tell how many commits came since.
  expect(exposure.lost).toMatchObject({ kind: "unknown", commits: null, sinceMs: NOW - 60_000 });
});

test("a database without a copy elsewhere would be lost with everything, whoever answers", async () => {
  const bare = await add("bare");
  expect((await read("bare")).lost.kind).toBe("everything");
  await addBackup(bare, 5_000, { storeId: null });
  expect((await read("bare")).lost.kind).toBe("everything");
  await addBackup(bare, 5_000, { storeId: await addStore("http://127.0.0.1:9000") });
  expect((await read("bare")).copies[0]).toMatchObject({ place: "elsewhere", isNear: true });
});

test("a second copy stands beside the backups, and one that has shipped nothing yet is none", async () => {
  const till = await add("till");
  const row = { databaseId: till, place: "elsewhere", checkedAtMs: BigInt(NOW) };
  await metadata().secondCopy.create({ data: row });
  expect((await read("till")).copies).toEqual([]);
  await metadata().secondCopy.update({
    where: { databaseId: till },
    data: { shippedUntilMs: BigInt(NOW - 700), shippedBookmark: "b", shippedTxid: 3n },
  });
  expect((await read("till")).copies).toMatchObject([
    { kind: "second_copy", place: "elsewhere", isNear: false, timeMs: NOW - 700 },
  ]);
  const variables = {
    LASTGOOD_COPY_BUCKET: "copies",
    LASTGOOD_COPY_ENDPOINT: "http://127.0.0.1:9000",
    LASTGOOD_COPY_ACCESS_KEY: "a",
    LASTGOOD_COPY_SECRET_KEY: "s",
    LASTGOOD_COPY_SEALED: "off",
  };
  Object.assign(process.env, variables);
  try {
    expect((await read("till")).copies).toMatchObject([{ place: "elsewhere", isNear: true }]);
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
});

test("how long coming back takes is what a drill measured, else what a whole restore took", async () => {
  const erp = await add("erp");
  expect(await read("erp")).toMatchObject({ recovery: null, proof: { state: "never" } });
  await addRestore(erp, "rows", 5, 1_000);
  const restore = await addRestore(erp, "project", 1_500, 9_000);
  await addRestore(erp, "project", 2_500, 19_000);
  expect((await read("erp")).recovery).toEqual({ by: "restore", id: restore, ms: 1_500, atMs: NOW - 9_000 });
  const passed = await addDrill(erp, "passed", 60_000, 800n);
  await addDrill(erp, "passed", 90_000, 100n);
  await addDrill(erp, "cancelled", 1_000);
  expect((await read("erp")).recovery).toEqual({ by: "drill", id: passed, ms: 800, atMs: NOW - 59_500 });
  expect((await read("erp")).proof).toMatchObject({ state: "proven", drillId: passed, recoveryMs: 800 });
  const failed = await addDrill(erp, "failed", 30_000);
  expect((await read("erp")).proof).toMatchObject({ state: "failed", failedDrillId: failed, drillId: passed });
});

test("a drill that its plan asked for and that nobody ran is told", async () => {
  const ledger = await add("ledger");
  const plan = { cron: "0 * * * *", zone: "UTC", aims: "[]", assertions: "[]", decidedToMs: 0n };
  const data = { databaseId: ledger, ...plan, updatedAtMs: BigInt(NOW - 86_400_000) };
  await metadata().drillPlan.create({ data });
  expect((await read("ledger")).proof).toMatchObject({ state: "overdue", dueMs: expect.any(Number) });
  await addDrill(ledger, "passed", 60_000, 5n);
  expect((await read("ledger")).proof.state).toBe("proven");
  await metadata().drillPlan.update({ where: { databaseId: ledger }, data: { active: false } });
});

test("the whole is of what the caller sees: no previews, nothing deleted, nothing of others", async () => {
  const shop = (await read("shop")).databaseId;
  await world.addPreview(shop, "shop-preview");
  await metadata().database.update({ where: { id: await add("former") }, data: { deletedAtMs: 5n, nameKey: null } });
  const other = await world.addNamespace("other");
  await world.addDatabase(other, "theirs");
  const whole = await readWholeExposure(owner, { namespace: "acme" });
  expect(whole.databases.map(({ database }) => database)).toEqual(["shop", "bare", "till", "erp", "ledger"]);
  expect(whole.lost.kind).toBe("everything");
  const token = await world.contextOfToken(await world.addToken(userId, acme, "all", [shop]));
  const seen = await readWholeExposure(token, { namespace: "acme" });
  expect(seen.databases.map(({ database }) => database)).toEqual(["shop"]);
  expect(await refusalCode(readExposure(token, { namespace: "acme", database: "bare" }))).toBe("not_found");
  expect(await refusalCode(readWholeExposure(owner, { namespace: "other" }))).toBe("not_found");
});

test("a hundred databases take moments, also where much else is done", async () => {
  const many = await world.addNamespace("many");
  const ctx = await world.contextOf(await world.addUser("owner@many.example", { [many]: "owner" }));
  const ids = await Promise.all(Array.from({ length: 100 }, (_, i) => world.addDatabase(many, `db-${i}`)));
  for (const id of ids) {
    await addBackup(id, 60_000, { namespaceId: many });
    await addDrill(id, "passed", 60_000, 5n);
  }
  const timesMs = [];
  for (let run = 0; run < 5; run++) {
    const beganMs = performance.now();
    expect((await readWholeExposure(ctx, { namespace: "many" })).databases).toHaveLength(100);
    timesMs.push(performance.now() - beganMs);
  }
  // Less than 40 ms on a quiet machine.
  expect(Math.min(...timesMs)).toBeLessThan(400);
});
