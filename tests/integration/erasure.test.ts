import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApprovalView } from "../../lib/client/approval-types.ts";
import type { ErasuresView, ErasureView } from "../../lib/client/erasure-types.ts";
import { closeMetadata, metadata } from "../../lib/db/client.ts";
import type { ErasurePlan } from "../../lib/domain/erasure.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { queueErasures } from "../../lib/services/erasure/carry-out.ts";
import { addMember } from "../world/add-member.ts";
import { signIn } from "../world/browser-session.ts";
import { attachFile, callApi } from "../world/call-api.ts";
import { clusterFilesWith } from "../world/cluster-erase-points.ts";
import { filesWith } from "../world/erase-points.ts";
import { askLastgood } from "../world/run-lastgood.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

const PERSON = "Ada Example, 12 Somewhere Street";
let lastgood: StartedLastgood;
let app: DatabaseSync;
let id: string;
let history: string;
/** A label of while the person was there, a restore of then, and a time when they were gone. */
let label: string;
let restoreId: string;
let goneMs: number;

const call = <T>(route: string, options: Parameters<typeof callApi>[2] = {}) =>
  callApi<T>(lastgood, `/databases/people${route}`, options);
const snapshot = async (name: string) => (await call<{ id: string }>("/snapshots", { body: { label: name } })).body.id;

beforeAll(async () => {
  lastgood = await startLastgood();
  const file = path.join(path.dirname(lastgood.data), `people-${path.basename(lastgood.data)}.db`);
  app = new DatabaseSync(file, { timeout: 10_000 });
  app.exec(
    "PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON; CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT)",
  );
  id = await attachFile(lastgood, "people", file);
  history = path.join(runtimePaths(lastgood.data).history, id);
  app.prepare("INSERT INTO people(name) VALUES (?)").run(PERSON);
  label = await snapshot("with-ada");
  app.exec("INSERT INTO people(name) VALUES ('Ben')");
  const restored = await call<{ id: string; restoreId?: string }>("/restore", { body: { snapshotId: label } });
  expect(restored.status, JSON.stringify(restored.body)).toBe(200);
  restoreId = (await call<{ restores: { id: string }[] }>("/restores")).body.restores[0]?.id ?? "";
  app.exec(`DELETE FROM people WHERE name = '${PERSON}'`);
  await snapshot("without-ada");
  await sleep(20);
  goneMs = Date.now();
  await sleep(20);
  for (let i = 0; i < 20; i++) app.exec(`INSERT INTO people(name) VALUES ('Cem ${i}')`);
  process.env.LASTGOOD_DATA = lastgood.data;
}, 120_000);
afterAll(async () => {
  app.close();
  await closeMetadata();
  await lastgood.remove();
});

/** A state of while the person was there, as a failed drill leaves one. */
async function leaveEvidence(): Promise<string> {
  const drillId = randomUUID();
  const folder = path.join(runtimePaths(lastgood.data).drills, `${drillId}-latest`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "throwaway.db"), PERSON);
  const row = { databaseId: id, trigger: "manual", aims: '["latest"]', assertions: "[]", status: "failed" };
  const evidenceUntilMs = BigInt(Date.now() + 86_400_000);
  await metadata().drill.create({ data: { id: drillId, ...row, createdAtMs: 1n, evidenceUntilMs } });
  return folder;
}

test("the plan says what goes with it, and changes nothing", async () => {
  const { status, body: plan } = await call<ErasurePlan>("/erasures/plan", { body: { beforeMs: goneMs } });
  expect(status, JSON.stringify(plan)).toBe(200);
  expect(plan).toMatchObject({ labels: { count: 1, names: ["with-ada"] }, undos: 1, backups: { count: 0 } });
  expect(plan.begins.timeMs).toBeLessThanOrEqual(goneMs);
  expect((await call<ErasuresView>("/erasures")).body.erasures).toEqual([]);
});

test("what is announced can be cancelled, of two at once one is refused, and a wrong name announces nothing", async () => {
  expect((await call("/erasures", { body: { beforeMs: goneMs, confirmName: "other" } })).status).toBe(400);
  const { body: first } = await call<ErasureView>("/erasures", { body: { beforeMs: goneMs, reason: "asked for" } });
  expect(first).toMatchObject({ status: "waiting", reason: "asked for" });
  expect(first.runAfterMs).toBeGreaterThan(Date.now() + 6 * 86_400_000);
  expect((await call("/erasures", { body: { beforeMs: goneMs } })).status).toBe(409);
  const cancelled = await call<ErasureView>(`/erasures/${first.id}`, { method: "DELETE" });
  expect(cancelled.body.status).toBe("cancelled");
  expect((await call(`/erasures/${first.id}`, { method: "DELETE" })).status).toBe(409);
});

test("after an erasure no older moment is found, nothing of it is in the history's bytes, and what needed it says so", {
  timeout: 60_000,
}, async () => {
  // The control: until then it is there, though deleted long ago.
  expect(filesWith(history, Buffer.from("Ada Example")).length).toBeGreaterThan(0);
  const { url, token, namespace } = lastgood;
  const told = await askLastgood<ErasureView>(
    ["erase", "people", "--before", new Date(goneMs).toISOString(), "--confirm"],
    { env: { LASTGOOD_URL: url, LASTGOOD_TOKEN: token, LASTGOOD_NAMESPACE: namespace } },
  );
  expect(told.status).toBe("waiting");
  const [erasure] = (await call<ErasuresView>("/erasures")).body.erasures;
  await metadata().erasure.update({ where: { id: erasure?.id ?? "" }, data: { runAfterMs: 1n } });
  const evidence = await leaveEvidence();
  const { agentId } = await metadata().database.findUniqueOrThrow({ where: { id } });
  expect(await queueErasures(agentId)).toBe(1);
  let ended = erasure;
  for (const untilMs = Date.now() + 30_000; Date.now() < untilMs && ended?.status !== "completed"; await sleep(100)) {
    ended = (await call<ErasuresView>("/erasures")).body.erasures[0];
  }
  expect(ended).toMatchObject({ status: "completed", error: null });
  expect(filesWith(history, Buffer.from("Ada Example"))).toEqual([]);
  expect(existsSync(evidence)).toBe(false);
  expect(await metadata().drill.count({ where: { databaseId: id, evidenceUntilMs: { not: null } } })).toBe(0);

  const { body: labels } = await call<{ snapshots: { label: string; recoverable: boolean }[] }>("/snapshots");
  const recoverable = Object.fromEntries(labels.snapshots.map((one) => [one.label, one.recoverable]));
  expect(recoverable).toEqual({ "with-ada": false, "without-ada": true });
  const undone = await call<{ detail: string; code: string }>(`/restores/${restoreId}/undo`, { body: {} });
  expect(undone.status).toBe(400);
  expect(JSON.stringify(undone.body)).toMatch(/window|no longer|older/);
  const older = await call("/view", { body: { at: { timestamp: goneMs - 3_600_000 }, sql: "SELECT * FROM people" } });
  expect(older.status).toBe(400);
  const then = await call<{ results: unknown[] }[]>("/view", {
    body: { at: { timestamp: goneMs }, sql: "SELECT count(*) AS n FROM people" },
  });
  expect(then.body[0]?.results).toEqual([{ n: 0 }]);
  app.exec("INSERT INTO people(name) VALUES ('Dora')");
  const { bookmark } = (await call<{ bookmark: string }>("/bookmark")).body;
  const now = await call<{ results: unknown[] }[]>("/view", {
    body: { at: { bookmark }, sql: "SELECT count(*) AS n FROM people" },
  });
  expect(now.body[0]?.results).toEqual([{ n: 21 }]);
});

describe("of a cluster", () => {
  const crm = <T>(route: string, options: Parameters<typeof callApi>[2] = {}) =>
    callApi<T>(lastgood, `/databases/crm${route}`, options);
  const query = (sql: string) => crm("/query", { body: { sql } });
  const newest = async () => (await crm<ErasuresView>("/erasures")).body.erasures[0];
  const untilNewest = async (is: (one: ErasureView) => boolean) => {
    for (const untilMs = Date.now() + 60_000; Date.now() < untilMs; await sleep(200)) {
      const found = await newest();
      if (found && is(found)) return found;
    }
    throw new Error(`it did not come to that: ${JSON.stringify(await newest())}`);
  };

  test("what goes beyond the moment is said before, two people decide, and the history begins with the base backup after it", {
    timeout: 150_000,
  }, async () => {
    const made = await callApi<{ id: string }>(lastgood, "/databases", { body: { name: "crm", engine: "postgres" } });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    await query("CREATE TABLE people(id int, name text)");
    await query(`INSERT INTO people VALUES (1, '${PERSON}')`);
    await query("DELETE FROM people");
    await sleep(20);
    const beforeMs = Date.now();
    await sleep(20);
    await query("INSERT INTO people VALUES (2, 'Ben')");
    const { body: plan } = await crm<ErasurePlan>("/erasures/plan", { body: { beforeMs } });
    expect(plan.more).toEqual({ commits: 1, isTaken: false });

    const { url, token, namespace } = lastgood;
    const env = { LASTGOOD_URL: url, LASTGOOD_TOKEN: token, LASTGOOD_NAMESPACE: namespace };
    const at = ["--before", new Date(beforeMs).toISOString()];
    const announced = await askLastgood<ErasureView>(["erase", "crm", ...at, "--confirm"], { env });
    // The base backup is taken at once: what the history will begin with is known from then on.
    const settled = await untilNewest(({ plan }) => plan.more?.isTaken === true);
    expect(settled).toMatchObject({ id: announced.id, status: "waiting" });
    expect(settled.plan.begins.timeMs).toBeGreaterThan(beforeMs);
    await askLastgood(["erase", "crm", "--cancel", announced.id], { env });

    await metadata().policy.create({ data: { databaseId: made.body.id, approvals: 1, updatedAtMs: 1n } });
    expect(await crm("/erasures", { body: { beforeMs } })).toMatchObject({
      status: 403,
      body: { code: "approval_required", approval: { kind: "history.erase", needed: 1 } },
    });
    const { cookie } = await signIn(url, await addMember(lastgood.data, namespace, "admin"));
    const asked = await crm<ApprovalView>("/approvals", {
      body: { kind: "history.erase", reason: "somebody asked for it", beforeMs, includeBackups: false },
    });
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    const { id, digest } = asked.body;
    const start = () => callApi<ApprovalView>(lastgood, `/approvals/${id}/run`, { body: { digest } });
    expect((await start()).status).toBe(403);
    const decided = await fetch(`${url}/api/namespaces/${namespace}/approvals/${id}/decision`, {
      method: "POST",
      headers: { cookie, origin: url, "content-type": "application/json" },
      body: JSON.stringify({ verdict: "approve", digest }),
    });
    expect(decided.status, await decided.clone().text()).toBe(200);
    const started = await start();
    expect(started.status, JSON.stringify(started.body)).toBeLessThan(300);
    expect((await start()).status).toBe(409);

    const waiting = await newest();
    expect(waiting).toMatchObject({ status: "waiting", plan: { more: { isTaken: true } } });
    await metadata().erasure.update({ where: { id: waiting?.id ?? "" }, data: { runAfterMs: 1n } });
    const { agentId } = await metadata().database.findUniqueOrThrow({ where: { id: made.body.id } });
    expect(await queueErasures(agentId)).toBe(1);
    const ended = await untilNewest(({ status }) => status !== "waiting" && status !== "running");
    expect(ended).toMatchObject({ status: "completed", error: null });
    const folder = path.join(runtimePaths(lastgood.data).history, made.body.id);
    expect(clusterFilesWith([folder], Buffer.from(PERSON)).filter((file) => !file.includes("/bases/"))).toEqual([]);
    const window = (await crm<{ oldest: { bookmark: string } }>("/window")).body;
    expect(window.oldest.bookmark).toBe(ended.plan.begins.bookmark);
    const older = await crm("/view", { body: { at: { timestamp: beforeMs }, sql: "SELECT 1" } });
    expect(older.status).toBe(400);
  });
});
