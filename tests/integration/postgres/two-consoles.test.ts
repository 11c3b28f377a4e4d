import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeMetadata, metadata } from "../../../lib/db/client.ts";
import { signIn, signOut } from "../../world/browser-session.ts";
import { callApi } from "../../world/call-api.ts";
import { makeDatabase, runOnServer } from "../../world/make-store.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";

type Database = { id: string; name: string; capture: unknown };
type Bookmark = { bookmark: string };
type Restored = { restoreId: string; status: string };

let store: Awaited<ReturnType<typeof makeDatabase>> | undefined;
/** A whole Lastgood, and a second console on its store. */
let a: StartedLastgood;
let b: StartedLastgood;
let env: Record<string, string>;

beforeAll(async () => {
  store = await makeDatabase();
  env = { DATABASE_URL: store.url, LASTGOOD_SECRET: "one secret for both consoles, long enough" };
  a = await startLastgood({ env });
  const second = await startLastgood({ env: { ...env, LASTGOOD_PROCESSES: "console" } });
  b = { ...second, token: a.token };
  process.env.DATABASE_URL = store.url;
}, 120_000);
afterAll(async () => {
  await closeMetadata();
  delete process.env.DATABASE_URL;
  await b?.remove();
  await a?.remove();
  await store?.remove();
});

type Results = { results: { x: number }[] }[];
const query = (at: StartedLastgood, sql: string) => callApi<Results>(at, "/databases/shop/query", { body: { sql } });
const rows = async (at: StartedLastgood) =>
  (await query(at, "SELECT x FROM t ORDER BY x")).body[0]?.results.map(({ x }) => x);
const isSignedIn = async (at: StartedLastgood, cookie: string) =>
  (await fetch(`${at.url}/api/namespaces/acme/databases`, { headers: { cookie } })).status;

/** Ends all connections to the store and lets nobody in, or lets them in again. */
async function setConnectable(connectable: boolean): Promise<void> {
  const name = new URL(env.DATABASE_URL ?? "").pathname.slice(1);
  await runOnServer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${connectable}`);
  if (connectable) return;
  await runOnServer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
}

describe("two consoles on one PostgreSQL", () => {
  test("share what is made at either, and its work is done by the agent that owns it", async () => {
    const created = await callApi<Database>(b, "/databases", { body: { name: "shop", engine: "sqlite" } });
    expect(created, JSON.stringify(created.body)).toMatchObject({ status: 201 });
    const row = await metadata().database.findUniqueOrThrow({ where: { id: created.body.id } });
    expect(await metadata().agent.findMany()).toMatchObject([{ id: row.agentId }]);
    expect(row.path.startsWith(a.data)).toBe(true);
    expect(await query(b, "CREATE TABLE t (x); INSERT INTO t VALUES (1)")).toMatchObject({ status: 200 });
    expect([await rows(a), await rows(b)]).toEqual([[1], [1]]);
  });

  test("run a restore that one of them queues, and both tell its end", async () => {
    const good = await callApi<Bookmark>(a, "/databases/shop/bookmark");
    await query(a, "DELETE FROM t");
    const { bookmark } = good.body;
    const restored = await callApi<Restored>(b, "/databases/shop/restore", { body: { bookmark } });
    expect(restored, JSON.stringify(restored.body)).toMatchObject({ status: 200, body: { status: "completed" } });
    expect(await rows(a)).toEqual([1]);
    const seen = await callApi<{ status: string }>(a, `/databases/shop/restores/${restored.body.restoreId}`);
    expect(seen.body.status).toBe("completed");
    const job = await metadata().job.findFirstOrThrow({ where: { kind: "restore.run" }, include: { database: true } });
    expect(job).toMatchObject({ status: "completed", attempts: 1, agentId: job.database?.agentId });
  });

  test("count the same sessions and tokens: what ends at one ends at the other", async () => {
    const { cookies, cookie } = await signIn(a.url, a.owner);
    expect([await isSignedIn(a, cookie), await isSignedIn(b, cookie)]).toEqual([200, 200]);
    await signOut(b.url, cookies);
    expect([await isSignedIn(a, cookie), await isSignedIn(b, cookie)]).toEqual([401, 401]);

    const made = await callApi<{ token: string; id: string }>(a, "/tokens", {
      body: { name: "both", expiresInHours: 1 },
    });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const list = (at: StartedLastgood) => callApi(Object.assign({}, at, { token: made.body.token }), "/databases");
    expect([(await list(a)).status, (await list(b)).status]).toEqual([200, 200]);
    await callApi(b, `/tokens/${made.body.id}`, { method: "DELETE" });
    expect([(await list(a)).status, (await list(b)).status]).toEqual([401, 401]);
  });

  test("write the audit log as one, also at the same moment", async () => {
    const label = (at: StartedLastgood, index: number) =>
      callApi(at, "/databases/shop/snapshots", { body: { label: `${at === a ? "a" : "b"} ${index}` } });
    const both = Array.from({ length: 20 }, (_, index) => [label(a, index), label(b, index)]).flat();
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual(both.map(() => 201));
    const entries = await metadata().auditEntry.findMany({ orderBy: { seq: "asc" } });
    expect(entries.map(({ seq }) => Number(seq))).toEqual(entries.map((_, index) => index + 1));
    expect(entries.filter(({ action }) => action === "restore-point.create")).toHaveLength(40);
  });

  test("fail over: one goes on while the other's console, and then all of the other, is killed", async () => {
    process.kill(a.pidOf("console") ?? 0, "SIGKILL");
    expect(await query(b, "INSERT INTO t VALUES (2)")).toMatchObject({ status: 200 });
    await a.ready();
    expect(await rows(a)).toEqual([1, 2]);

    await a.kill();
    const { cookie } = await signIn(b.url, b.owner);
    expect(await isSignedIn(b, cookie)).toBe(200);
    expect(await fetch(`${b.url}/api/health`)).toMatchObject({ status: 200 });
    const without = await callApi<{ databases: Database[] }>(b, "/databases");
    expect(without).toMatchObject({ status: 200, body: { databases: [{ name: "shop", capture: null }] } });
    const asked = await callApi<{ code: string }>(b, "/databases/shop/window");
    expect(asked).toMatchObject({ status: 503, body: { code: "agent_unavailable" } });

    const again = await startLastgood({ data: a.data, env });
    a = { ...again, token: a.token };
    expect(await isSignedIn(a, cookie)).toBe(200);
    expect(await query(b, "INSERT INTO t VALUES (3)")).toMatchObject({ status: 200 });
    for (const at of [a, b]) expect(await rows(at)).toEqual([1, 2, 3]);
    expect(await metadata().agent.findMany()).toHaveLength(1);
  });

  test("live through a store that goes away, and tell nobody how to reach it", async () => {
    const processes = () => [a.pidOf("console"), a.pidOf("agent"), b.pidOf("console")];
    const before = processes();
    await closeMetadata();
    await setConnectable(false);
    for (const at of [a, b]) {
      const answer = await callApi<{ code: string }>(at, "/databases");
      expect(answer).toMatchObject({ status: 503, body: { code: "metadata_unavailable" } });
    }
    expect((await fetch(`${b.url}/api/health`)).status).toBe(503);
    await setConnectable(true);
    for (const at of [a, b]) expect(await query(at, "INSERT INTO t VALUES (4)")).toMatchObject({ status: 200 });
    expect(processes()).toEqual(before);
    const { password } = new URL(env.DATABASE_URL ?? "");
    for (const { data } of [a, b]) {
      for (const log of readdirSync(path.join(data, "logs"))) {
        expect(readFileSync(path.join(data, "logs", log), "utf8"), log).not.toContain(password);
      }
    }
    expect(`${a.output()}${b.output()}`).not.toContain(password);
  });
});
