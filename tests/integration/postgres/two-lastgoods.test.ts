import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeMetadata, metadata } from "../../../lib/db/client.ts";
import { callApi } from "../../world/call-api.ts";
import { makeDatabase } from "../../world/make-store.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";

const HOUR_MS = 3_600_000;
const OPEN = ["queued", "running"];

let store: Awaited<ReturnType<typeof makeDatabase>> | undefined;
/** Two whole Lastgoods on one store: each has its console, its agent, its disk. */
let a: StartedLastgood;
let b: StartedLastgood;
let paused = 0;

beforeAll(async () => {
  store = await makeDatabase();
  const env = { DATABASE_URL: store.url, LASTGOOD_SECRET: "one secret for both of them, long enough" };
  a = await startLastgood({ env });
  b = { ...(await startLastgood({ env })), token: a.token };
  process.env.DATABASE_URL = store.url;
}, 120_000);
afterAll(async () => {
  if (paused > 0) process.kill(paused, "SIGCONT");
  await closeMetadata();
  delete process.env.DATABASE_URL;
  await Promise.all([a?.remove(), b?.remove()]);
  await store?.remove();
});

/** A hosted database of one of them. */
async function host(at: StartedLastgood, name: string) {
  const made = await callApi<{ id: string }>(at, "/databases", { body: { name, engine: "sqlite" } });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  await callApi(at, `/databases/${name}/query`, { body: { sql: "CREATE TABLE t (x); INSERT INTO t VALUES (1)" } });
  return metadata().database.findUniqueOrThrow({ where: { id: made.body.id } });
}

/** Schedules that are due once, now. */
async function addDue({ id: databaseId, namespaceId }: { id: string; namespaceId: string }): Promise<string[]> {
  const dueMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const ids = Array.from({ length: 4 }, () => randomUUID());
  await metadata().schedule.createMany({
    data: ids.map((id) => ({
      id,
      namespaceId,
      databaseId,
      name: id,
      nameKey: id,
      kind: "physical",
      cron: "0 * * * *",
      zone: "UTC",
      decidedToMs: BigInt(dueMs - 1),
      createdAtMs: 1n,
      updatedAtMs: 1n,
    })),
  });
  return ids;
}

/** Has a backup made under a key; false where this console did not answer. */
async function ask(at: StartedLastgood, database: string, key: string): Promise<boolean> {
  const headers = { "idempotency-key": key };
  const answer = await callApi(at, `/databases/${database}/backups`, { body: {}, headers }).catch(() => null);
  return answer !== null && answer.status < 300;
}

test("each backup that is asked for and each that is due is made once, by the agent whose database it is, while one console is killed and the other stands still", {
  timeout: 180_000,
}, async () => {
  const [ofA, ofB] = [await host(a, "of-a"), await host(b, "of-b")];
  expect(ofB.agentId).not.toBe(ofA.agentId);
  const due = [...(await addDue(ofA)), ...(await addDue(ofB))];
  const keys = Array.from({ length: 6 }, (_, n) => ({ key: `key-${n}`, database: n % 2 ? "of-a" : "of-b" }));

  // Everything is asked of both consoles at once; one of them dies over it and the other falls asleep.
  const first = keys.flatMap(({ key, database }) => [ask(a, database, key), ask(b, database, key)]);
  await Promise.race(first);
  paused = b.pidOf("console") ?? 0;
  process.kill(paused, "SIGSTOP");
  process.kill(a.pidOf("console") ?? 0, "SIGKILL");
  await a.ready();
  const again = keys.map(({ key, database }) => ask(a, database, key));
  expect(await Promise.all(again)).toEqual(keys.map(() => true));
  process.kill(paused, "SIGCONT");
  paused = 0;
  await Promise.all(first);
  await b.ready();
  expect(await Promise.all(keys.map(({ key, database }) => ask(b, database, key)))).toEqual(keys.map(() => true));

  while ((await metadata().scheduleRun.count({ where: { scheduleId: { in: due } } })) < due.length) await sleep(100);
  while ((await metadata().backup.count({ where: { status: { in: OPEN } } })) > 0) await sleep(100);
  const backups = await metadata().backup.findMany({ include: { database: true } });
  expect(backups.map(({ status, errorMessage }) => [status, errorMessage])).toEqual(
    backups.map(() => ["completed", null]),
  );
  const asked = backups.flatMap(({ id, scheduleId }) => (scheduleId === null ? id : []));
  const calls = await metadata().idempotentCall.findMany();
  expect(calls.map(({ key }) => key).sort()).toEqual(keys.map(({ key }) => key).sort());
  expect(asked.sort()).toEqual(calls.map(({ targetId }) => targetId).sort());
  const ran = backups.flatMap(({ scheduleId }) => scheduleId ?? []);
  expect(ran.sort()).toEqual([...due].sort());
  expect(backups).toHaveLength(keys.length + due.length);
  const runs = await metadata().scheduleRun.findMany({ where: { scheduleId: { in: due } } });
  expect(runs.map(({ scheduleId }) => scheduleId).sort()).toEqual([...due].sort());
  const jobs = await metadata().job.findMany({ where: { kind: "backup.run" } });
  expect(jobs).toHaveLength(backups.length);
  for (const { id, jobId, database } of backups) {
    const job = jobs.find((one) => one.id === jobId);
    expect(job, id).toMatchObject({ status: "completed", attempts: 1, agentId: database.agentId });
  }
  expect(await metadata().agent.findMany()).toHaveLength(2);
});
