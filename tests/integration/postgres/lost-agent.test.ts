import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DatabaseDetail, WindowView } from "../../../lib/client/api-types.ts";
import { closeMetadata, metadata } from "../../../lib/db/client.ts";
import type { Exposure } from "../../../lib/domain/exposure.ts";
import { callApi } from "../../world/call-api.ts";
import { findFreePort } from "../../world/find-free-port.ts";
import { makeDatabase } from "../../world/make-store.ts";
import { askLastgood } from "../../world/run-lastgood.ts";
import { type S3Server, startS3 } from "../../world/s3-server.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";

/* A console with an agent of its own, and an agent on another machine, which is lost with its disk. What it had comes back on a third one. */
let store: Awaited<ReturnType<typeof makeDatabase>>;
let s3: S3Server;
let a: StartedLastgood;
let far: StartedLastgood | null = null;
const folder = mkdtempSync(path.join(tmpdir(), "lost-agent-"));
const secret = "one secret for all of them, and long enough";

beforeAll(async () => {
  [store, s3] = await Promise.all([makeDatabase(), startS3()]);
  a = await startLastgood({ env: { DATABASE_URL: store.url, LASTGOOD_SECRET: secret } });
  process.env.DATABASE_URL = store.url;
}, 120_000);
afterAll(async () => {
  await closeMetadata();
  delete process.env.DATABASE_URL;
  await Promise.all([a?.remove(), far?.remove()]);
  await s3?.stop();
  await store?.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Where the bucket is, and what opens it: the same on every machine. */
function bucket(): Record<string, string> {
  const keys = path.join(folder, "copy.keys");
  writeFileSync(keys, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  const { settings } = s3;
  return {
    LASTGOOD_COPY_BUCKET: settings.bucket,
    LASTGOOD_COPY_ENDPOINT: settings.endpoint ?? "",
    LASTGOOD_COPY_REGION: settings.region,
    LASTGOOD_COPY_ACCESS_KEY: settings.accessKeyId,
    LASTGOOD_COPY_SECRET_KEY: settings.secretAccessKey,
    LASTGOOD_COPY_KEYS: keys,
  };
}

/** Makes a machine an agent, by a token, into an empty folder. */
async function enrol(name: string, wanted: object): Promise<string> {
  const made = await callApi<{ token: string }>(a, "/agents/enrolments", { body: wanted });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const data = path.join(folder, name);
  await askLastgood(["enrol", "--console", a.url, "--token", made.body.token, "--data", data]);
  return data;
}

async function start(data: string, copies: Record<string, string>): Promise<StartedLastgood> {
  const at = `127.0.0.1:${await findFreePort()}`;
  const link = { LASTGOOD_AGENT_LISTEN: at, LASTGOOD_AGENT_ADDRESS: at };
  const env = { DATABASE_URL: store.url, LASTGOOD_PROCESSES: "agent", ...link, ...copies };
  return startLastgood({ data, env, initialised: false });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 60_000; !(await holds()); await sleep(150)) {
    if (performance.now() > endMs) throw new Error("that took too long");
  }
}

const query = (sql: string) =>
  callApi<{ results: unknown[] }[]>(a, "/databases/till/query", { body: { sql } }).then(({ status, body }) => {
    expect(status, JSON.stringify(body)).toBe(200);
    return body[0]?.results;
  });
const isProtected = async () =>
  (await callApi<DatabaseDetail>(a, "/databases/till")).body.capture?.state === "protected";

test("what a lost agent had comes back on a new machine with its past, under the same name and id, and goes on from there", {
  timeout: 240_000,
}, async () => {
  const copies = bucket();
  far = await start(await enrol("lost", { region: "far" }), copies);
  const made = await callApi<{ id: string }>(a, "/databases", {
    body: { name: "till", engine: "sqlite", region: "far" },
  });
  const { id } = made.body;
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  await query("CREATE TABLE t (n)");
  await query("INSERT INTO t VALUES (1)");
  const { bookmark } = (await callApi<{ bookmark: string }>(a, "/databases/till/bookmark")).body;
  await query("INSERT INTO t VALUES (2)");
  await until(async () => (await callApi<Exposure>(a, "/databases/till/exposure")).body.lost.commits === 0);

  // The machine is gone, and its disk with it.
  await far.kill();
  await far.remove();
  const { agentId } = await metadata().database.findUniqueOrThrow({ where: { id } });
  await metadata().agent.update({ where: { id: agentId }, data: { aliveAtMs: BigInt(Date.now() - 61_000) } });
  const data = await enrol("heir", { replaces: agentId });
  const row = await metadata().database.findUniqueOrThrow({ where: { id } });
  expect(row).toMatchObject({ agentId, region: "far", path: path.join(data, "databases", `${id}.db`) });

  const history = path.join(data, "history", id);
  for (const place of [path.dirname(history), path.dirname(row.path)])
    mkdirSync(place, { recursive: true, mode: 0o700 });
  const one = ["--bucket", copies.LASTGOOD_COPY_BUCKET ?? "", "--database", id];
  const wanted = ["restore-offline", ...one, "--history", history, "--to", "newest", "--output", row.path];
  await askLastgood(wanted, { env: copies });
  far = await start(data, copies);
  expect(readFileSync(path.join(data, "agent-id"), "utf8").trim()).toBe(agentId);
  await until(isProtected);
  expect(await query("SELECT n FROM t ORDER BY n")).toEqual([{ n: 1 }, { n: 2 }]);
  await query("INSERT INTO t VALUES (3)");
  // The past came along, as one window without a break.
  const window = (await callApi<WindowView>(a, "/databases/till/window")).body;
  expect(window, JSON.stringify(window)).toMatchObject({ spans: [expect.anything()], gaps: [] });
  const back = await callApi(a, "/databases/till/restore", { body: { bookmark } });
  expect(back.status, JSON.stringify(back.body)).toBeLessThan(300);
  expect(await query("SELECT n FROM t ORDER BY n")).toEqual([{ n: 1 }]);
  await until(async () => (await callApi<Exposure>(a, "/databases/till/exposure")).body.lost.commits === 0);
});
