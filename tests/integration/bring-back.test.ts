import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DatabaseDetail, RestoreView } from "../../lib/client/api-types.ts";
import type { CopiesView, CopyRestoresView, CopyView } from "../../lib/client/copy-types.ts";
import type { Exposure } from "../../lib/domain/exposure.ts";
import { filesPrefix } from "../../lib/storage/copy/copy-format.ts";
import { S3Storage } from "../../lib/storage/s3-storage.ts";
import { callApi } from "../world/call-api.ts";
import { runLastgood } from "../world/run-lastgood.ts";
import { type S3Server, startS3 } from "../world/s3-server.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

// Where PostgreSQL's own user can enter.
const folder = mkdtempSync("/tmp/lg-back-");
let s3: S3Server;
let env: Record<string, string>;
let lastgood: StartedLastgood;
/** What the machine that was lost had: the earlier state of the file, with 10 rows, and a time between it and the newest. */
let earlier: { bookmark: string; betweenMs: number };
const newest: Record<string, string> = {};

beforeAll(async () => {
  chmodSync(folder, 0o711);
  s3 = await startS3();
  const keys = path.join(folder, "copy.keys");
  writeFileSync(keys, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  env = {
    LASTGOOD_COPY_BUCKET: s3.settings.bucket,
    LASTGOOD_COPY_ENDPOINT: s3.settings.endpoint ?? "",
    LASTGOOD_COPY_ACCESS_KEY: s3.settings.accessKeyId,
    LASTGOOD_COPY_SECRET_KEY: s3.settings.secretAccessKey,
    LASTGOOD_COPY_KEYS: keys,
  };
  await loseMachine();
  lastgood = await startLastgood({ env });
}, 300_000);
afterAll(async () => {
  await lastgood.remove();
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A Lastgood with a file and a cluster, all of which is in the bucket when it and its data directory are gone. */
async function loseMachine(): Promise<void> {
  lastgood = await startLastgood({ env });
  for (const [name, engine] of [
    ["shop", "sqlite"],
    ["ledger", "postgres"],
  ]) {
    const made = await callApi(lastgood, "/databases", { body: { name, engine } });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
  }
  await run("shop", "CREATE TABLE orders (n integer PRIMARY KEY, pad text)");
  const fill = (from: number, to: number) =>
    `INSERT INTO orders WITH RECURSIVE n(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM n WHERE n < ${to}) SELECT n, hex(randomblob(100)) FROM n`;
  const first = await run("shop", fill(1, 10));
  await sleep(20);
  earlier = { bookmark: first.bookmark, betweenMs: Date.now() };
  await sleep(20);
  newest.shop = (await run("shop", fill(11, 500))).bookmark;
  await withClient("ledger", async (client) => {
    await client.query("CREATE TABLE entries (n integer PRIMARY KEY)");
    await client.query("INSERT INTO entries SELECT generate_series(1, 1000)");
  });
  for (const name of ["shop", "ledger"]) {
    await until(
      async () => (await callApi<Exposure>(lastgood, `/databases/${name}/exposure`)).body,
      ({ lost }) => lost.commits === 0,
    );
  }
  await lastgood.remove();
}

async function run(database: string, sql: string): Promise<{ rows: Record<string, unknown>[]; bookmark: string }> {
  type Answer = { results: Record<string, unknown>[] }[];
  const { status, body, headers } = await callApi<Answer>(lastgood, `/databases/${database}/query`, { body: { sql } });
  expect(status, JSON.stringify(body)).toBe(200);
  return { rows: body[0]?.results ?? [], bookmark: headers.get("x-lastgood-bookmark") ?? "" };
}

async function withClient<T>(name: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { connectionString } = (await callApi<DatabaseDetail>(lastgood, `/databases/${name}`)).body;
  const client = new pg.Client({ connectionString: connectionString ?? "" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function until<T>(read: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (const untilMs = performance.now() + 120_000; ; await sleep(100)) {
    const value = await read();
    if (isSo(value)) return value;
    if (performance.now() > untilMs) throw new Error(`not so in time: ${JSON.stringify(value)}`);
  }
}

async function copyOf(name: string): Promise<CopyView> {
  const { body } = await callApi<CopiesView>(lastgood, "/copies");
  const found = body.copies.find((one) => one.name === name && one.here === null);
  if (!found) throw new Error(`no copy of ${name} in ${JSON.stringify(body)}`);
  return found;
}

async function ended(restore: RestoreView): Promise<RestoreView> {
  return until(
    async () => (await callApi<RestoreView>(lastgood, `/copies/restores/${restore.id}`)).body,
    ({ status }) => status !== "queued" && status !== "running",
  );
}

async function bringBack(copy: CopyView, body: object, headers = {}) {
  return callApi<RestoreView>(lastgood, `/copies/${copy.id}/bring-back`, { body, headers });
}

/** What bringing back leaves in the data directory while it goes on. */
const fetched = () => readdirSync(path.join(lastgood.data, "tmp", "fetched-copies"));

test("a fresh Lastgood sees what the lost one had shipped, and does not touch its metadata's copy", async () => {
  const { body } = await callApi<CopiesView>(lastgood, "/copies");
  const lost = body.copies.filter(({ here }) => here === null);
  expect(lost).toMatchObject([
    { name: "ledger", engine: "postgres", isRestorable: true, isNewest: true, problem: null },
    { name: "shop", engine: "sqlite", isRestorable: true, newest: { bookmark: newest.shop }, oldest: {} },
  ]);
  const known = await until(
    async () => (await callApi<CopiesView>(lastgood, "/copies")).body.metadata,
    (metadata) => metadata.length === 2,
  );
  expect(known.map(({ isOurs }) => isOurs).sort()).toEqual([false, true]);
});

test("a file comes back at its newest commit under its name, is protected and takes writes", async () => {
  const key = { "idempotency-key": "back-1" };
  const begun = await bringBack(await copyOf("shop"), {}, key);
  expect(begun, JSON.stringify(begun.body)).toMatchObject({ status: 202, body: { source: "second_copy" } });
  const again = await bringBack(await copyOf("shop"), {}, key);
  expect(again.body.id).toBe(begun.body.id);
  expect(begun.headers.get("location")).toContain(`/copies/restores/${begun.body.id}`);
  const done = await ended(begun.body);
  expect(done, JSON.stringify(done.error)).toMatchObject({
    status: "completed",
    databaseName: "shop",
    reached: { bookmark: newest.shop },
    timings: { fetch: expect.any(Number) },
  });
  expect((await run("shop", "SELECT count(*) AS n FROM orders")).rows).toEqual([{ n: 500 }]);
  await run("shop", "INSERT INTO orders VALUES (501, '')");
  const { body } = await callApi<DatabaseDetail>(lastgood, "/databases/shop");
  expect(body).toMatchObject({ state: "active", origin: "hosted", capture: { state: "protected" } });
  expect(fetched()).toEqual([]);
  expect((await copyOf("shop")).broughtBack).toEqual({ id: done.databaseId, name: "shop" });
});

test("a time means the newest commit at or before it, which is told before anything is written", async () => {
  const copy = await copyOf("shop");
  const { body: begun } = await bringBack(copy, { timestamp: earlier.betweenMs, name: "shop-of-then" });
  expect(await ended(begun)).toMatchObject({
    status: "completed",
    askedMs: earlier.betweenMs,
    to: { bookmark: earlier.bookmark },
    reached: { bookmark: earlier.bookmark },
  });
  expect((await run("shop-of-then", "SELECT count(*) AS n FROM orders")).rows).toEqual([{ n: 10 }]);
  const { body: named } = await bringBack(copy, { bookmark: earlier.bookmark });
  expect(await ended(named)).toMatchObject({ status: "completed", databaseName: "shop-restored-1" });
  for (const [body, status, code] of [
    [{ timestamp: Date.now() + 86_400_000 }, 400, "moment_outside_window"],
    [{ timestamp: 1000 }, 400, "moment_outside_window"],
    [{ name: "shop" }, 409, "conflict"],
    [{ timestamp: 1, bookmark: "x" }, 400, "invalid_input"],
  ] as const) {
    const refused = await bringBack(copy, body);
    expect([body, refused.body]).toMatchObject([body, { code }]);
    expect([body, refused.status]).toEqual([body, status]);
  }
  const { body: foreign } = await bringBack(copy, { bookmark: `${"0".repeat(8)}${copy.newest?.bookmark.slice(8)}` });
  expect(await ended(foreign)).toMatchObject({ status: "failed", error: { code: "invalid_moment" } });
});

test("a cluster comes back as a hosted one with a connection of its own, though the agent dies meanwhile", async () => {
  const { body: begun } = await bringBack(await copyOf("ledger"), {});
  // It goes on with the agent that is started in the place of this one.
  process.kill(lastgood.pidOf("agent") ?? 0, "SIGKILL");
  const done = await ended(begun);
  expect(done, JSON.stringify(done.error)).toMatchObject({ status: "completed", databaseName: "ledger" });
  expect(done.checks.length).toBeGreaterThan(0);
  const counted = await withClient("ledger", async (client) => {
    await client.query("INSERT INTO entries VALUES (0)");
    return (await client.query("SELECT count(*)::int AS n FROM entries")).rows;
  });
  expect(counted).toEqual([{ n: 1001 }]);
  expect(fetched()).toEqual([]);
}, 180_000);

test("the command line lists what is there, brings it back and waits", async () => {
  const at = { LASTGOOD_URL: lastgood.url, LASTGOOD_TOKEN: lastgood.token, LASTGOOD_NAMESPACE: "acme", NO_COLOR: "1" };
  const command = (...args: string[]) => runLastgood(["copies", ...args], { env: at });
  const listed = await command("list");
  expect(listed).toMatchObject({ code: 0, out: expect.stringMatching(/ledger +postgres/) });
  const id = (await copyOf("shop")).id;
  expect(JSON.parse((await command("list", "--json")).out)).toMatchObject({ bucket: expect.any(String) });
  expect(await command("bring-back", id, "--name", "by-hand", "--yes", "--wait")).toMatchObject({ code: 0 });
  expect((await run("by-hand", "SELECT count(*) AS n FROM orders")).rows).toEqual([{ n: 500 }]);
  expect(await command("bring-back", "nothing", "--yes")).toMatchObject({ code: 3 });
  const again = await command("bring-back", id, "--name", "by-hand-again", "--yes", "--json");
  const begun = JSON.parse(again.out) as RestoreView;
  const watched = await command("watch", begun.id, "--json");
  expect(JSON.parse(watched.out)).toMatchObject({ id: begun.id, status: "completed" });
  expect((await command("cancel", begun.id)).code).toBe(5);
});

test("a damaged copy names the object that is missing, and leaves nothing half-made", async () => {
  const copy = await copyOf("shop");
  const store = new S3Storage(s3.settings);
  const objects: { key: string; sizeBytes: number }[] = [];
  for await (const one of store.list(filesPrefix(copy.id))) objects.push(one);
  const pieces = objects.filter(({ key }) => key.includes("/piece-"));
  for (const { key } of pieces) await store.remove(key);
  const before = (await callApi<{ databases: unknown[] }>(lastgood, "/databases")).body.databases.length;
  const { body: begun } = await bringBack(copy, { name: "never" });
  const failed = await ended(begun);
  expect(failed).toMatchObject({ status: "failed", error: { code: "storage_damaged" } });
  expect(pieces.some(({ key }) => failed.error?.message.includes(key))).toBe(true);
  expect(fetched()).toEqual([]);
  expect((await callApi<{ databases: unknown[] }>(lastgood, "/databases")).body.databases).toHaveLength(before);
  const { body } = await callApi<CopyRestoresView>(lastgood, "/copies/restores?limit=1");
  expect(body).toMatchObject({ restores: [{ id: begun.id, status: "failed", databaseName: "never" }] });
  const cancelled = await callApi(lastgood, `/copies/restores/${begun.id}`, { method: "DELETE" });
  expect(cancelled.status).toBe(409);
  store.close();
});
