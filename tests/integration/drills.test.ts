import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DrillPlanView, DrillsView, DrillView } from "../../lib/client/drill-types.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { callApi } from "../world/call-api.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

let lastgood: StartedLastgood;
let shop: string;

beforeAll(async () => {
  lastgood = await startLastgood();
  shop = (await callApi<{ id: string }>(lastgood, "/databases", { body: { name: "shop", engine: "sqlite" } })).body.id;
  await query("CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL)");
  await query("INSERT INTO orders(total) VALUES (1), (2), (3)");
}, 90_000);
afterAll(() => lastgood.remove());

const query = (sql: string) => callApi(lastgood, "/databases/shop/query", { body: { sql } });

async function drilled(body: object = {}): Promise<DrillView> {
  const { status, body: begun } = await callApi<DrillView>(lastgood, "/databases/shop/drills", { body });
  expect(status, JSON.stringify(begun)).toBe(202);
  for (const untilMs = performance.now() + 60_000; performance.now() < untilMs; await sleep(100)) {
    const { body: now } = await callApi<DrillView>(lastgood, `/databases/shop/drills/${begun.id}`);
    if (now.status !== "queued" && now.status !== "running") return now;
  }
  throw new Error("the drill did not end");
}

const setPlan = (plan: object) =>
  callApi<DrillPlanView>(lastgood, "/databases/shop/drill-plan", { method: "PUT", body: plan });

type Receipt = { payload: string; protected: string; signature: string; key: JsonWebKey };

function isGenuine({ payload, protected: header, signature, key }: Receipt): boolean {
  const publicKey = createPublicKey({ key, format: "jwk" });
  return verify(null, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, "base64url"));
}

test("a drill restores both moments, and its receipt can be checked by anybody with the public key", async () => {
  const drill = await drilled();
  expect(drill).toMatchObject({ status: "passed", trigger: "manual", aims: ["latest", "random"], hasReceipt: true });
  expect(drill.moments.map(({ aim, error }) => [aim, error])).toEqual([
    ["latest", null],
    ["random", null],
  ]);
  const { body: receipt } = await callApi<Receipt>(lastgood, `/databases/shop/drills/${drill.id}/receipt`);
  expect(isGenuine(receipt)).toBe(true);
  const said = JSON.parse(Buffer.from(receipt.payload, "base64url").toString("utf8"));
  expect(said).toMatchObject({ drill: drill.id, status: "passed", database: { id: shop, name: "shop" } });
  expect(JSON.stringify(said)).not.toContain(lastgood.data);
  const forged = Buffer.from(JSON.stringify({ ...said, status: "failed" })).toString("base64url");
  expect(isGenuine({ ...receipt, payload: forged })).toBe(false);

  const { body: all } = await callApi<DrillsView>(lastgood, "/databases/shop/drills");
  expect(all.proven).toMatchObject({ drillId: drill.id, recoveryMs: drill.recoveryMs });
  expect(existsSync(runtimePaths(lastgood.data).drills) ? readdirSync(runtimePaths(lastgood.data).drills) : []).toEqual(
    [],
  );
});

test("an assertion of the plan that does not hold fails the drill, and the last proof stays what it was", async () => {
  const before = (await callApi<DrillsView>(lastgood, "/databases/shop/drills")).body.proven;
  const assertions = [{ name: "there are invoices", sql: "SELECT count(*) > 0 FROM invoices" }];
  const plan = { cron: "30 3 * * 0", aims: ["latest"], assertions };
  const saved = await setPlan({ ...plan, version: 0 });
  expect(saved.body).toMatchObject({ active: true, version: 1, zone: "UTC", nextRunMs: expect.any(Number) });
  expect((await setPlan({ ...plan, version: 0 })).status).toBe(409);
  const drill = await drilled();
  expect(drill).toMatchObject({ status: "failed", aims: ["latest"], hasReceipt: true });
  expect(drill.moments[0]).toMatchObject({ assertions: [{ name: "there are invoices", holds: false }] });
  expect(drill.evidenceUntilMs).not.toBeNull();
  expect((await callApi<DrillsView>(lastgood, "/databases/shop/drills")).body.proven).toEqual(before);
  expect((await setPlan({ ...plan, assertions: [], version: 1 })).body.version).toBe(2);
});

test("a history that cannot be restored fails its drill, which says why", async () => {
  const directory = path.join(runtimePaths(lastgood.data).history, shop);
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    const bytes = readFileSync(file);
    bytes.fill(0x5a, Math.floor(bytes.length / 2));
    writeFileSync(file, bytes);
  }
  const drill = await drilled();
  expect(drill.status).toBe("failed");
  expect(drill.error ?? drill.moments[0]?.error).toMatchObject({ message: expect.any(String) });
});
