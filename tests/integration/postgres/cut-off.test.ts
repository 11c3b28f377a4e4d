import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAlive } from "../../../lib/cli/doctor/processes-check.ts";
import { closeMetadata, metadata } from "../../../lib/db/client.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { attachFile, callApi } from "../../world/call-api.ts";
import { findFreePort } from "../../world/find-free-port.ts";
import { makeDatabase } from "../../world/make-store.ts";
import { openWay, type Way } from "../../world/open-way.ts";
import { askLastgood, runLastgood } from "../../world/run-lastgood.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";

/*
 * Three machines on one store: A with console and agent, B with an agent alone that was enrolled by its token, C with a console alone.
 * Between consoles and B's agent, and between B and the store, there is a way that can be cut. Whatever is killed, stands still or is cut
 * off: each backup that was asked for or came due is made once, by the agent whose database it is; nobody else's capture notices.
 */
const HOUR_MS = 3_600_000;
const WRITE_EVERY_MS = 100;

let store: Awaited<ReturnType<typeof makeDatabase>>;
let a: StartedLastgood;
let b: StartedLastgood;
let c: StartedLastgood;
/** To B's agent, and from B to the store. */
let toAgent: Way;
let toStore: Way;
const folder = mkdtempSync(path.join(tmpdir(), "cut-off-"));
const data = path.join(folder, "b");
const agents = { a: "", b: "" };
const writers: Writer[] = [];
const asked: { key: string; database: string }[] = [];
const due: string[] = [];
let paused = 0;
let ofB: Record<string, string> = {};

type Writer = ReturnType<typeof startWriting>;

/** An application that commits a row again and again. */
function startWriting(name: string) {
  const file = path.join(folder, `${name}.db`);
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode=WAL; PRAGMA busy_timeout=10000; CREATE TABLE t (n INTEGER PRIMARY KEY)");
  let rows = 0;
  let timer: NodeJS.Timeout | undefined;
  return {
    name,
    file,
    begin() {
      timer = setInterval(() => {
        db.exec(`INSERT INTO t VALUES (${++rows})`);
      }, WRITE_EVERY_MS);
    },
    /** Answers how many rows it has committed. */
    end(): number {
      clearInterval(timer);
      db.close();
      return rows;
    },
  };
}

beforeAll(async () => {
  store = await makeDatabase();
  const secret = "one secret for all three of them, long enough";
  a = await startLastgood({ env: { DATABASE_URL: store.url, LASTGOOD_SECRET: secret } });
  process.env.DATABASE_URL = store.url;
  const { token } = (await callApi<{ token: string }>(a, "/agents/enrolments", { body: { region: "far" } })).body;
  await askLastgood(["enrol", "--console", a.url, "--token", token, "--data", data]);

  const listen = await findFreePort();
  const server = new URL(store.url);
  [toAgent, toStore] = await Promise.all([openWay(listen), openWay(Number(server.port))]);
  server.hostname = "127.0.0.1";
  server.port = String(toStore.port);
  ofB = {
    DATABASE_URL: server.href,
    LASTGOOD_PROCESSES: "agent",
    LASTGOOD_AGENT_LISTEN: `127.0.0.1:${listen}`,
    LASTGOOD_AGENT_ADDRESS: `127.0.0.1:${toAgent.port}`,
  };
  b = await startLastgood({ data, env: ofB, initialised: false });
  const ofC = { DATABASE_URL: store.url, LASTGOOD_SECRET: secret, LASTGOOD_PROCESSES: "console" };
  c = { ...(await startLastgood({ env: ofC })), token: a.token };
  const rows = await metadata().agent.findMany();
  agents.b = rows.find(({ region }) => region === "far")?.id ?? "";
  agents.a = rows.find(({ id }) => id !== agents.b)?.id ?? "";
  for (const [name, at] of [
    ["of-a", a],
    ["of-b", c],
  ] as const) {
    const writer = startWriting(name);
    writers.push(writer);
    await attachFile(at, name, writer.file);
    writer.begin();
  }
}, 150_000);
afterAll(async () => {
  if (paused > 0) process.kill(paused, "SIGCONT");
  toAgent?.heal();
  toStore?.heal();
  await closeMetadata();
  delete process.env.DATABASE_URL;
  await Promise.all([a?.remove(), b?.remove(), c?.remove()]);
  for (const way of [toAgent, toStore]) way?.end();
  await store?.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const rowOf = (name: string) => metadata().database.findFirstOrThrow({ where: { name } });

/** Backups of both databases, each asked of both consoles under one key. */
async function askForBackups(label: string): Promise<void> {
  const wanted = ["of-a", "of-b"].map((database) => ({ key: `${label}-${database}`, database }));
  asked.push(...wanted);
  await Promise.all(
    wanted.flatMap(({ key, database }) =>
      [a, c].map(async (at) => {
        for (let status = 0; status !== 202 && status !== 201; await sleep(200)) {
          const headers = { "idempotency-key": key };
          const answer = await callApi(at, `/databases/${database}/backups`, { body: {}, headers }).catch(() => null);
          status = answer?.status ?? 0;
        }
      }),
    ),
  );
}

/** A schedule of each database that is due once, now. */
async function addDue(): Promise<void> {
  const dueMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  for (const name of ["of-a", "of-b"]) {
    const { id: databaseId, namespaceId } = await rowOf(name);
    const id = randomUUID();
    due.push(id);
    await metadata().schedule.create({
      data: {
        ...{ id, namespaceId, databaseId, name: id, nameKey: id, kind: "physical", cron: "0 * * * *", zone: "UTC" },
        ...{ decidedToMs: BigInt(dueMs - 1), createdAtMs: 1n, updatedAtMs: 1n },
      },
    });
  }
}

const hasRun = async (scheduleId: string | undefined) =>
  (await metadata().scheduleRun.count({ where: { scheduleId: scheduleId ?? "" } })) > 0;

async function until(holds: () => Promise<boolean>, withinMs = 40_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error("that took too long");
    await sleep(100);
  }
}

type Databases = { databases: { name: string; capture: { state: string } | null }[] };
const seenBy = async (at: StartedLastgood) => {
  const startedMs = performance.now();
  const { body } = await callApi<Databases>(at, "/databases");
  const captures = body.databases.map(({ name, capture }) => [name, capture?.state ?? null] as const);
  return { tookMs: performance.now() - startedMs, ...Object.fromEntries(captures) } as Record<string, unknown>;
};

describe("two agents and two consoles on one store", () => {
  test("are there: an enrolled agent without a console is asked over the network, with its own key, by consoles that have no other way", async () => {
    await until(async () => (await seenBy(c))["of-b"] === "protected");
    const [ofA, ofB] = [await rowOf("of-a"), await rowOf("of-b")];
    expect([ofA.agentId, ofB.agentId]).toEqual([agents.a, agents.b]);
    expect([ofA.region, ofB.region]).toEqual(["local", "far"]);
    expect(toAgent.connections()).toBeGreaterThan(0);
    for (const at of [a, c]) {
      expect(await callApi(at, "/databases/of-b/bookmark")).toMatchObject({ status: 200 });
      expect(await seenBy(at)).toMatchObject({ "of-a": "protected", "of-b": "protected" });
    }
    type Agents = { agents: { id: string; state: string; answers: boolean }[] };
    const listed = (await callApi<Agents>(a, "/agents")).body.agents;
    expect(listed.map(({ state, answers }) => [state, answers])).toEqual([
      ["running", true],
      ["running", true],
    ]);
  });

  test("make each database where it is wanted: looked at, uploaded, attached and queried there, by consoles of other machines", async () => {
    const region = "far";
    const file = path.join(folder, "small.db");
    const small = new DatabaseSync(file);
    small.exec("PRAGMA journal_mode=WAL; CREATE TABLE t (n); INSERT INTO t VALUES (7)");
    // With its last connection all of it comes to be in the one file.
    small.close();
    expect(await callApi(a, "/preflight", { body: { path: file, region } })).toMatchObject({ body: { ok: true } });
    const env = { LASTGOOD_URL: a.url, LASTGOOD_TOKEN: a.token, LASTGOOD_NAMESPACE: a.namespace, NO_COLOR: "1" };
    await askLastgood(["databases", "create", "uploaded-far", "--file", file, "--region", region], { env });
    await askLastgood(["databases", "attach", file, "--name", "attached-far", "--region", region], { env });
    const hosted = { name: "hosted-local", engine: "sqlite", region: "local" };
    expect(await callApi(c, "/databases", { body: hosted })).toMatchObject({ status: 201, body: { region: "local" } });
    const made = ["uploaded-far", "attached-far", "hosted-local"];
    const owners = await Promise.all(made.map(async (name) => (await rowOf(name)).agentId));
    expect(owners).toEqual([agents.b, agents.b, agents.a]);
    const read = { body: { sql: "SELECT n FROM t", at: { timestamp: Date.now() } } };
    for (const name of made.slice(0, 2))
      expect(await callApi(c, `/databases/${name}/view`, read)).toMatchObject({ body: [{ results: [{ n: 7 }] }] });
    const d1 = await fetch(`${a.url}/client/v4/accounts/acme/d1/database`, {
      method: "POST",
      headers: { authorization: `Bearer ${a.token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "d1-far", primary_location_hint: region }),
    });
    expect(await d1.json()).toMatchObject({ success: true, result: { running_in_region: region } });
    // Copies come out of a history, and stay where it is.
    const now = ["--at", "now", "--name", "copied", "--wait"];
    await askLastgood(["previews", "create", "--database", "uploaded-far", ...now], { env });
    await until(async () => (await rowOf("copied")).state === "active");
    expect((await rowOf("copied")).agentId).toBe(agents.b);
    const nowhere = { name: "nowhere", engine: "sqlite", region: "moon" };
    expect(await callApi(a, "/databases", { body: nowhere })).toMatchObject({ status: 404, body: { field: "region" } });
    await metadata().database.updateMany({
      where: { name: { in: [...made, "d1-far", "copied"] } },
      data: { state: "failed" },
    });
  });

  test("when consoles are cut off from an agent: it is unavailable within seconds, pages show the others, its work goes on", async () => {
    await addDue();
    toAgent.cut();
    const startedMs = performance.now();
    const refused = await callApi<{ code: string; detail: string }>(a, "/databases/of-b/bookmark");
    expect(refused).toMatchObject({ status: 503, body: { code: "agent_unavailable" } });
    expect(refused.body.detail).toMatch(
      /cannot be reached at 127\.0\.0\.1:\d+: (no connection within 3 s|it fell silent|the connection broke off)/,
    );
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    const seen = await seenBy(c);
    expect(seen).toMatchObject({ "of-a": "protected", "of-b": null });
    expect(seen.tookMs).toBeLessThan(6000);
    const asking = askForBackups("no-console");
    for (const id of due) await until(() => hasRun(id));
    toAgent.heal();
    await asking;
    await until(async () => (await seenBy(a))["of-b"] === "protected");
  }, 90_000);

  test("when an agent is cut off from the store: nobody takes its work, and it does it once it is back", async () => {
    toStore.cut();
    await addDue();
    const [ofA, ofB] = due.slice(-2);
    const asking = askForBackups("no-store");
    await until(() => hasRun(ofA));
    expect(await hasRun(ofB)).toBe(false);
    expect(await seenBy(a)).toMatchObject({ "of-a": "protected" });
    toStore.heal();
    await asking;
    await until(() => hasRun(ofB));
  }, 120_000);

  test("when an agent stands still: the other one's databases go on, and it goes on with its own", async () => {
    await addDue();
    const asking = askForBackups("paused");
    paused = b.pidOf("agent") ?? 0;
    process.kill(paused, "SIGSTOP");
    await until(() => hasRun(due.at(-2)));
    const refused = await callApi(c, "/databases/of-b/bookmark");
    expect(refused).toMatchObject({ status: 503, body: { code: "agent_unavailable" } });
    process.kill(paused, "SIGCONT");
    paused = 0;
    await asking;
    await until(() => hasRun(due.at(-1)));
  }, 90_000);

  test("when an agent and a console are killed: each starts again, and what was asked is made", async () => {
    await addDue();
    const asking = askForBackups("killed");
    for (const [of, name] of [
      [b, "agent"],
      [c, "console"],
    ] as const)
      process.kill(of.pidOf(name) ?? 0, "SIGKILL");
    await asking;
    for (const id of due.slice(-2)) await until(() => hasRun(id));
    await Promise.all([b.ready(), c.ready()]);
    expect([b.pidOf("agent"), c.pidOf("console")]).not.toContain(null);
  }, 90_000);

  test("made each backup once, by the agent that owns the database; and no commit of anybody was missed", async () => {
    await until(
      async () => (await metadata().backup.count({ where: { status: { in: ["queued", "running"] } } })) === 0,
    );
    expect(await complaints()).toEqual([]);
    const written = { name: { in: ["of-a", "of-b"] } };
    expect(
      (await metadata().database.findMany({ where: written })).map(({ name, agentId }) => [name, agentId]).sort(),
    ).toEqual([
      ["of-a", agents.a],
      ["of-b", agents.b],
    ]);
    expect(await metadata().agent.count()).toBe(2);
    for (const writer of writers) {
      const rows = writer.end();
      expect(rows).toBeGreaterThan(100);
      const view = { at: { timestamp: Date.now() }, sql: "SELECT count(*) AS n, max(n) AS last FROM t" };
      const seen = await callApi<{ results: unknown[] }[]>(a, `/databases/${writer.name}/view`, { body: view });
      expect(seen.body[0]?.results, JSON.stringify(seen.body)).toEqual([{ n: rows, last: rows }]);
      const window = await callApi<{ spans: unknown[]; gaps?: unknown[] }>(a, `/databases/${writer.name}/window`);
      expect(window.body.spans, JSON.stringify(window.body)).toHaveLength(1);
    }
  }, 60_000);

  test("(control) a backup that is made twice, or by another agent, is noticed", async () => {
    const one = await metadata().backup.findFirstOrThrow({ where: { scheduleId: { not: null } } });
    await metadata().backup.create({ data: { ...one, id: randomUUID(), key: randomUUID() } });
    expect(await complaints()).not.toEqual([]);
    await metadata().backup.deleteMany({ where: { scheduleId: one.scheduleId, id: { not: one.id } } });
    expect(await complaints()).toEqual([]);
    const agentId = one.databaseId === (await rowOf("of-a")).id ? agents.b : agents.a;
    await metadata().job.update({ where: { id: one.jobId ?? "" }, data: { agentId } });
    expect(await complaints()).not.toEqual([]);
  });
});

test("tokens for machines and agents that own nothing are ended from the command line, as text and as JSON", async () => {
  const env = { LASTGOOD_URL: a.url, LASTGOOD_TOKEN: a.token, LASTGOOD_NAMESPACE: a.namespace, NO_COLOR: "1" };
  const wanted = ["agents", "enrol-token", "--region", "attic"];
  expect(await runLastgood(wanted, { env })).toMatchObject({
    code: 0,
    out: expect.stringContaining("lastgood enrol "),
  });
  for (const asJson of [false, true]) {
    const end = async (args: string[]) => {
      const ran = await runLastgood([...args, ...(asJson ? ["--json"] : [])], { env });
      expect(ran.code, ran.err + ran.out).toBe(0);
    };
    const unused = await askLastgood<{ id: string }>(wanted, { env });
    await end(["agents", "revoke-token", unused.id]);
    const { token } = await askLastgood<{ token: string }>(wanted, { env });
    const attic = mkdtempSync(path.join(tmpdir(), "attic-"));
    await askLastgood(["enrol", "--console", a.url, "--token", token, "--data", attic]);
    const enrolled = readFileSync(runtimePaths(attic).agentId, "utf8").trim();
    await end(["agents", "retire", enrolled, "--yes"]);
    const row = await metadata().agent.findUniqueOrThrow({ where: { id: enrolled } });
    expect(row.retiredAtMs).not.toBeNull();
    await metadata().agent.delete({ where: { id: enrolled } });
    rmSync(attic, { recursive: true, force: true });
  }
}, 60_000);

test("an agent whose place another machine has taken ends with all that runs beside it, says why, and is refused when it is started again", async () => {
  const pids = ["agent", "reader", "keeper-a", "keeper-b", "receiver"].map((name) => b.pidOf(name) ?? 0);
  // What an enrolment that replaces it writes down.
  const taken = { machineId: randomUUID(), hostName: "heir", epoch: { increment: 1 } };
  await metadata().agent.update({ where: { id: agents.b }, data: taken });
  await until(async () => pids.every((pid) => !isAlive(pid)));
  expect(b.output()).toContain("The place of this data directory's agent was given to the machine heir.");
  await expect(startLastgood({ data, env: ofB, initialised: false })).rejects.toThrow(
    /exit code 78[\s\S]*was given to the machine heir/,
  );
  expect(await callApi(a, "/databases/of-a/bookmark")).toMatchObject({ status: 200 });
}, 60_000);

/** What was not done exactly once, and by its owner. */
async function complaints(): Promise<string[]> {
  const backups = await metadata().backup.findMany({ include: { database: true } });
  const jobs = await metadata().job.findMany({ where: { kind: "backup.run" } });
  const calls = await metadata().idempotentCall.findMany();
  const found: string[] = [];
  for (const id of due) {
    const made = backups.filter(({ scheduleId }) => scheduleId === id).length;
    if (made !== 1) found.push(`a schedule that was due once made ${made} backups`);
  }
  for (const { key } of asked) {
    const targets = calls.filter((call) => call.key === key);
    if (targets.length !== 1) found.push(`${key} was done ${targets.length} times`);
  }
  if (backups.length !== due.length + asked.length) found.push(`${backups.length} backups were made`);
  if (jobs.length !== backups.length) found.push(`${jobs.length} jobs for ${backups.length} backups`);
  for (const { id, jobId, status, errorMessage, database } of backups) {
    const job = jobs.find((one) => one.id === jobId);
    if (status !== "completed") found.push(`backup ${id} is ${status}: ${errorMessage}`);
    if (job?.agentId !== database.agentId) found.push(`backup ${id} was made by another agent`);
  }
  return found;
}
