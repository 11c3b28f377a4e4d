import { randomUUID } from "node:crypto";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callV1, type V1Answer } from "../world/call-v1.ts";
import { askLastgood, runLastgood } from "../world/run-lastgood.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

/*
 * The routes of ../seeds/cloudheed-point-in-time-recovery.txt to the letter, on a cluster that this Lastgood hosts: what is asked,
 * every field of what is answered, and that the tiers bound it.
 */
type Begun = Record<"id" | "database_id" | "target_time" | "target_database_name" | "status" | "created_at", string>;
type Stands = { id: string; status: string; restored_database_id: string | null; completed_at: string | null };
type Window = { earliest_recovery_time: string; latest_recovery_time: string };
type Made = { id: string; connectionString: string; windowDays: number };
type Refusal = { code: string; detail: string; field?: string };

const ROWS = 25;
let lastgood: StartedLastgood;
let shop: Made;
let beforeDrop: string;

async function api<T>(route: string, body?: unknown): Promise<{ status: number; body: T }> {
  const answer = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}${route}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as T };
}

async function inCluster<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const pitr = <T>(rest = "", body?: unknown): Promise<V1Answer<T>> =>
  callV1<T>(lastgood, `databases/${shop.id}/pitr${rest}`, body === undefined ? {} : { body });

async function untilDone(id: string): Promise<Stands> {
  for (const untilMs = performance.now() + 60_000; performance.now() < untilMs; await sleep(100)) {
    const { body } = await pitr<Stands>(`/${id}`);
    if (body.status !== "in_progress") return body;
  }
  throw new Error("the recovery did not end");
}

/** As the operator would; the console reads it with its next question. */
function setTier(tier: string | null): void {
  const store = new DatabaseSync(path.join(lastgood.data, "lastgood.db"), { timeout: 10_000 });
  store.prepare(`UPDATE "Namespace" SET "tier" = ?`).run(tier);
  store.close();
}

beforeAll(async () => {
  lastgood = await startLastgood({ env: { LASTGOOD_TIERS: "on" } });
  const { status, body } = await api("/databases", { name: "shop", engine: "postgres" });
  expect(status, JSON.stringify(body)).toBe(201);
  shop = (await api<Made>("/databases/shop")).body;
  beforeDrop = await inCluster(shop.connectionString, async (client) => {
    await client.query("CREATE TABLE orders AS SELECT i AS id FROM generate_series(1, 25) AS i");
    const { rows } = await client.query("SELECT clock_timestamp() AS now");
    await client.query("SELECT pg_sleep(0.05)");
    await client.query("DROP TABLE orders");
    return (rows[0] as { now: Date }).now.toISOString();
  });
}, 90_000);
afterAll(() => lastgood.remove());

test("the command line tells how to connect, as text for a program and as JSON", async () => {
  const env = { LASTGOOD_URL: lastgood.url, LASTGOOD_TOKEN: lastgood.token, LASTGOOD_NAMESPACE: lastgood.namespace };
  const args = ["databases", "connection-string", "shop"];
  const told = await runLastgood(args, { env });
  expect(told).toMatchObject({ code: 0, err: "", out: `${shop.connectionString}\n` });
  expect(await askLastgood(args, { env })).toEqual({ connectionString: shop.connectionString });
});

describe("POST /v1/databases/{id}/pitr", () => {
  test("makes a new database of that time under the given name, and leaves the source as it is", async () => {
    const begun = await pitr<Begun>("", { target_time: beforeDrop, target_database_name: "restored-db" });
    expect(begun.status, JSON.stringify(begun.body)).toBe(202);
    expect(Object.keys(begun.body).sort()).toEqual(
      ["id", "database_id", "target_time", "target_database_name", "status", "created_at"].sort(),
    );
    expect(begun.body).toMatchObject({
      database_id: shop.id,
      target_time: beforeDrop,
      target_database_name: "restored-db",
      status: "in_progress",
    });
    expect(Date.parse(begun.body.created_at)).toBeGreaterThan(Date.parse(beforeDrop));
    expect(begun.headers.get("location")).toBe(`/v1/databases/${shop.id}/pitr/${begun.body.id}`);

    const done = await untilDone(begun.body.id);
    expect(Object.keys(done).sort()).toEqual(
      ["id", "status", "restored_database_id", "target_time", "completed_at"].sort(),
    );
    expect(done).toMatchObject({ id: begun.body.id, status: "completed", target_time: beforeDrop });
    expect(Date.parse(done.completed_at ?? "")).toBeGreaterThan(Date.parse(begun.body.created_at));

    const copy = (await api<Made>(`/databases/${done.restored_database_id}`)).body;
    expect(copy.connectionString).not.toBe(shop.connectionString);
    const counted = await inCluster(copy.connectionString, (client) =>
      client.query("SELECT count(*)::int AS n FROM orders"),
    );
    expect(counted.rows).toEqual([{ n: ROWS }]);
    await expect(inCluster(shop.connectionString, (client) => client.query("TABLE orders"))).rejects.toThrow(
      /does not exist/,
    );
    expect((await api<Made>("/databases/shop")).body.connectionString).toBe(shop.connectionString);
  });

  test("names the copy after the source and the time where no name is given", async () => {
    const begun = await pitr<Begun>("", { target_time: beforeDrop });
    const time = beforeDrop.replace(/[-:]|\.\d+/g, "");
    expect(begun.body.target_database_name).toBe(`shop-restored-${time}`);
    expect((await untilDone(begun.body.id)).status).toBe("completed");
  });

  test("refuses a time outside of the window, one without an offset, and a name in use, each by its field", async () => {
    const early = await pitr<Refusal>("", { target_time: "2020-01-01T00:00:00Z" });
    expect([early.status, early.body.code], JSON.stringify(early.body)).toEqual([400, "moment_outside_window"]);
    const vague = await pitr<Refusal>("", { target_time: "2026-03-17T10:30:00" });
    expect([vague.status, vague.body.code, vague.body.field]).toEqual([400, "invalid_moment", "target_time"]);
    const taken = await pitr<Refusal>("", { target_time: beforeDrop, target_database_name: "shop" });
    expect([taken.status, taken.body.field]).toEqual([409, "target_database_name"]);
    expect((await pitr<Refusal>("", {})).status).toBe(400);
  });
});

test("a database's newest commit has the same number in its status as in its history", async () => {
  const newest = (await api<{ bookmark: string; txid: number }>("/databases/shop/bookmark")).body;
  const { last } = (await api<{ capture: { last: { bookmark: string; txid: number } } }>("/databases/shop")).body
    .capture;
  expect(last.bookmark >= newest.bookmark).toBe(true);
  expect(last.txid - newest.txid).toBeLessThan(10);
});

test("GET …/pitr/{pitr_id} knows nothing of another id", async () => {
  expect((await pitr(`/${randomUUID()}`)).status).toBe(404);
});

test("GET …/pitr/window answers the two times between which one can be recovered", async () => {
  const { status, body } = await pitr<Window>("/window");
  expect(status).toBe(200);
  expect(Object.keys(body).sort()).toEqual(["earliest_recovery_time", "latest_recovery_time"]);
  expect(Date.parse(body.earliest_recovery_time)).toBeLessThan(Date.parse(beforeDrop));
  expect(Date.parse(body.latest_recovery_time)).toBeGreaterThan(Date.parse(beforeDrop));
});

describe("a namespace's tier", () => {
  test("without point-in-time recovery refuses both with the reason", async () => {
    setTier("micro");
    const reason = "Point-in-time recovery of PostgreSQL is not part of the tier micro.";
    const refused = await pitr<Refusal>("", { target_time: beforeDrop });
    expect([refused.status, refused.body.detail]).toEqual([403, reason]);
    expect((await pitr<Refusal>("/window")).status).toBe(403);
    const made = await api<Refusal>("/databases", { name: "another", engine: "postgres" });
    expect([made.status, made.body.detail]).toEqual([403, reason]);
  });

  test("bounds the window of a cluster", async () => {
    setTier("small");
    const long = await api<Refusal>("/databases", { name: "another", engine: "postgres", windowDays: 30 });
    expect([long.status, long.body.field]).toEqual([403, "windowDays"]);
    const { body } = await api<Made>("/databases", { name: "another", engine: "postgres" });
    expect(body.windowDays).toBe(7);
    setTier(null);
    expect((await pitr<Window>("/window")).status).toBe(200);
  });
});
