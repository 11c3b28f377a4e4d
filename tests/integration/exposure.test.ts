import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { BackupView } from "../../lib/client/backup-types.ts";
import type { DrillView } from "../../lib/client/drill-types.ts";
import type { Exposure, WholeExposure } from "../../lib/domain/exposure.ts";
import { attachFile, callApi } from "../world/call-api.ts";
import { figureOf, readFigures } from "../world/read-figures.ts";
import { type Ran, runLastgood } from "../world/run-lastgood.ts";
import { type S3Server, startS3 } from "../world/s3-server.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

const METRICS = "f".repeat(40);
const folder = mkdtempSync(path.join(tmpdir(), "exposed-"));
let lastgood: StartedLastgood;
let s3: S3Server;

beforeAll(async () => {
  [lastgood, s3] = await Promise.all([
    startLastgood({ env: { LASTGOOD_EGRESS_ALLOW: "127.0.0.0/8", LASTGOOD_METRICS_TOKEN: METRICS } }),
    startS3(),
  ]);
  await callApi(lastgood, "/databases", { body: { name: "shop", engine: "sqlite" } });
  await query("CREATE TABLE orders(id INTEGER PRIMARY KEY)");
}, 90_000);
afterAll(async () => {
  await lastgood.remove();
  await s3.stop();
  rmSync(folder, { recursive: true });
});

const query = (sql: string, database = "shop") =>
  callApi<{ bookmark: string }>(lastgood, `/databases/${database}/query`, { body: { sql } });
const exposureOf = async (database = "shop") =>
  (await callApi<Exposure>(lastgood, `/databases/${database}/exposure`)).body;
const whole = async () => (await callApi<WholeExposure>(lastgood, "/exposure")).body;

async function until<T>(read: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (const untilMs = performance.now() + 60_000; ; await sleep(50)) {
    const value = await read();
    if (isSo(value) || performance.now() > untilMs) return value;
  }
}

async function backUp(database: string): Promise<BackupView> {
  const { body: begun } = await callApi<BackupView>(lastgood, `/databases/${database}/backups`, { body: {} });
  const made = await until(
    async () => (await callApi<BackupView>(lastgood, `/databases/${database}/backups/${begun.id}`)).body,
    ({ status }) => status !== "queued" && status !== "running",
  );
  expect(made.status, JSON.stringify(made)).toBe("completed");
  return made;
}

function command(...args: string[]): Promise<Ran> {
  const env = { LASTGOOD_URL: lastgood.url, LASTGOOD_TOKEN: lastgood.token, LASTGOOD_NAMESPACE: lastgood.namespace };
  return runLastgood(["exposure", ...args], { env: { ...env, NO_COLOR: "1" } });
}

async function figures() {
  const answer = await fetch(`${lastgood.url}/metrics`, { headers: { authorization: `Bearer ${METRICS}` } });
  return readFigures(await answer.text());
}

test("whatever is backed up on this machine, everything would be lost", async () => {
  await backUp("shop");
  expect(await exposureOf()).toMatchObject({
    lost: { kind: "everything", commits: null },
    copies: [{ kind: "backup", place: "this_machine" }],
    sharesDisk: true,
    recovery: null,
    proof: { state: "never" },
  });
  expect(await command()).toMatchObject({ code: 6, out: expect.stringMatching(/shop +everything +nowhere/) });
  expect(figureOf(await figures(), "lastgood_database_kept_elsewhere", { database: "shop" })).toBe(0);
});

test("the commits since a backup in a bucket are counted exactly, from the first of them on", async () => {
  const { settings } = s3;
  const { endpoint = "", bucket, region, accessKeyId, secretAccessKey } = settings;
  const store = { endpoint, bucket, region, accessKeyId, secretAccessKey, prefix: "", pathStyle: true };
  const set = await callApi(lastgood, "/store", { method: "PUT", body: store });
  expect(set.status, JSON.stringify(set.body)).toBe(200);
  const { key } = await backUp("shop");
  expect(await exposureOf()).toMatchObject({
    lost: { kind: "nothing", commits: 0, seconds: 0 },
    copies: [{ place: "elsewhere", bucket, key, isNear: true }, { place: "this_machine" }],
  });
  await sleep(1_100);
  const beganMs = Date.now();
  for (let i = 0; i < 7; i++) await query("INSERT INTO orders DEFAULT VALUES");
  const exposed = await exposureOf();
  expect(exposed.lost).toMatchObject({ kind: "some", commits: 7, andUncaptured: false });
  expect(exposed.lost.sinceMs).toBeGreaterThanOrEqual(beganMs - 5);
  await query("SELECT count(*) FROM orders");
  expect((await exposureOf()).lost).toEqual({ ...exposed.lost, seconds: expect.any(Number) });
  expect((await whole()).lost).toMatchObject({ kind: "some", commits: 7 });
  expect(await command("shop")).toMatchObject({ code: 0, out: expect.stringMatching(/now +7 writes of the last \d/) });
  const scraped = await figures();
  expect(figureOf(scraped, "lastgood_database_exposed_commits", { database: "shop" })).toBe(7);
  expect(figureOf(scraped, "lastgood_database_exposed_seconds", { database: "shop" })).toBeGreaterThan(0);
  await backUp("shop");
  expect((await exposureOf()).lost.kind).toBe("nothing");
});

test("of a file that somebody else's program writes each commit counts, and a restore as one", async () => {
  const file = path.join(folder, "till.db");
  const program = new DatabaseSync(file);
  program.exec("PRAGMA journal_mode = WAL; CREATE TABLE sales(id INTEGER PRIMARY KEY)");
  await attachFile(lastgood, "till", file);
  const isProtected = async () => (await callApi<DatabaseView>(lastgood, "/databases/till")).body.capture?.state;
  expect(await until(isProtected, (state) => state === "protected")).toBe("protected");
  const { bookmark } = await backUp("till");
  for (let i = 0; i < 12; i++) program.exec("INSERT INTO sales DEFAULT VALUES");
  const isCounted = (n: number) =>
    until(
      () => exposureOf("till"),
      ({ lost }) => lost.commits === n,
    );
  expect((await isCounted(12)).lost).toMatchObject({ kind: "some", commits: 12 });
  const asked = await callApi(lastgood, "/databases/till/restore", { body: { bookmark } });
  expect(asked.status, JSON.stringify(asked.body)).toBeLessThan(300);
  expect((await isCounted(13)).lost).toMatchObject({ commits: 13 });
  expect((await exposureOf("till")).recovery).toMatchObject({ by: "restore", ms: expect.any(Number) });
  expect((await whole()).lost).toMatchObject({ kind: "some", commits: 13 });
  program.close();
});

test("a drill that passes is the proof, and how long coming back takes", async () => {
  const { body: begun } = await callApi<DrillView>(lastgood, "/databases/shop/drills", { body: { aims: ["latest"] } });
  const drill = await until(
    async () => (await callApi<DrillView>(lastgood, `/databases/shop/drills/${begun.id}`)).body,
    ({ status }) => status === "passed" || status === "failed",
  );
  const { recovery, proof } = await exposureOf();
  expect(recovery).toMatchObject({ by: "drill", id: drill.id, ms: drill.recoveryMs });
  expect(proof).toMatchObject({ state: "proven", drillId: drill.id });
});

test("while the agent is away the copies elsewhere are told all the same", async () => {
  const pid = lastgood.pidOf("agent");
  if (pid === null) throw new Error("the agent runs");
  process.kill(pid, "SIGSTOP");
  try {
    const exposed = await exposureOf();
    expect(exposed).toMatchObject({ lost: { kind: "unknown", commits: null } });
    expect(exposed.copies[0]).toMatchObject({ place: "elsewhere" });
  } finally {
    process.kill(pid, "SIGCONT");
  }
  expect(
    (
      await until(
        () => exposureOf(),
        ({ lost }) => lost.kind !== "unknown",
      )
    ).lost.kind,
  ).toBe("nothing");
});
