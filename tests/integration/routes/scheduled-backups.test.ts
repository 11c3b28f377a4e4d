import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { callRoute, findRouteFiles, openRouteWorld, type RouteWorld } from "./open-route-world.ts";

const DAILY = "/v1/projects/[id]/scheduled-backups/default";
const SCHEDULES = "/api/namespaces/[ns]/databases/[db]/schedules";

let world: RouteWorld;
let project = "";
beforeAll(async () => {
  world = await openRouteWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  project = await world.addDatabase(world.acme, `p-${randomUUID().slice(0, 8)}`);
});

type Body = Record<string, unknown>;
async function call(key: string, body?: unknown, params: Record<string, string> = {}) {
  const [method = "", pattern = ""] = key.split(" ");
  const handlers = await findRouteFiles()
    .find((file) => file.pattern === pattern)
    ?.load();
  if (!handlers) throw new Error(`no route ${pattern}`);
  const all = { ns: "acme", db: project, id: project, ...params };
  const headers = world.callers.owner[1]?.headers ?? {};
  const answer = await callRoute(handlers, method, pattern, all, { body, headers });
  const text = await answer.text();
  return { status: answer.status, body: (text === "" ? {} : JSON.parse(text)) as Body, headers: answer.headers };
}
const daily = { hour: 2, minute: 30, active: true, retention_days: 30 };

describe(`PUT ${DAILY}`, () => {
  test("makes the daily schedule and answers each of its fields", async () => {
    const put = await call(`PUT ${DAILY}`, daily);
    expect(put.status, JSON.stringify(put.body)).toBe(200);
    expect(put.body).toMatchObject({
      ...daily,
      project_id: project,
      cron: "30 2 * * *",
      zone: "UTC",
      last_run_at: null,
    });
    const next = new Date(String(put.body.next_run_at));
    expect([next.getUTCHours(), next.getUTCMinutes(), next.getTime() > Date.now()]).toEqual([2, 30, true]);
    expect((await call(`GET ${DAILY}`)).body).toEqual(put.body);
  });

  test("sets it again however often, and there is one", async () => {
    await call(`PUT ${DAILY}`, daily);
    const again = await call(`PUT ${DAILY}`, { hour: 23, minute: 0, active: false, retention_days: 365 });
    expect(again.body).toMatchObject({ hour: 23, minute: 0, active: false, retention_days: 365, next_run_at: null });
    expect(await metadata().schedule.count({ where: { databaseId: project } })).toBe(1);
  });

  test.each([
    ["hour", 24],
    ["hour", -1],
    ["hour", 2.5],
    ["hour", "2"],
    ["minute", 60],
    ["minute", null],
    ["active", "yes"],
    ["retention_days", 0],
    ["retention_days", 366],
    ["retention_days", undefined],
    ["timezone", "Europe/Berlin"],
  ])("refuses %s %j and leaves the schedule as it was", async (field, value) => {
    const before = await call(`PUT ${DAILY}`, daily);
    const refused = await call(`PUT ${DAILY}`, { ...daily, [field]: value });
    expect(refused).toMatchObject({ status: 400, body: { code: "invalid_input" } });
    expect(JSON.stringify(refused.body)).toContain(field);
    expect((await call(`GET ${DAILY}`)).body).toEqual(before.body);
  });

  test("counts the days for the backups that it has made as well", async () => {
    const put = await call(`PUT ${DAILY}`, daily);
    const id = randomUUID();
    await metadata().backup.create({
      data: {
        id,
        namespaceId: world.acme,
        databaseId: project,
        scheduleId: String(put.body.id),
        kind: "physical",
        trigger: "scheduled",
        status: "completed",
        createdAtMs: 86_400_000n,
      },
    });
    await call(`PUT ${DAILY}`, { ...daily, retention_days: 7 });
    expect(await metadata().backup.findUnique({ where: { id } })).toMatchObject({ expiresAtMs: 86_400_000n * 8n });
  });
});

describe(`PUT ${DAILY} with fewer days`, () => {
  const PLAN = "/api/namespaces/[ns]/databases/[db]/retention/plan";

  /** The daily schedule with backups of 1, 20 and 25 days ago. */
  async function withBackups(): Promise<string> {
    const { body } = await call(`PUT ${DAILY}`, daily);
    for (const days of [1, 20, 25]) {
      await metadata().backup.create({
        data: {
          id: randomUUID(),
          namespaceId: world.acme,
          databaseId: project,
          scheduleId: String(body.id),
          kind: "physical",
          trigger: "scheduled",
          status: "completed",
          createdAtMs: BigInt(Date.now() - days * 86_400_000),
        },
      });
    }
    return String(body.id);
  }

  test("is refused while nobody has seen which backups that deletes, and changes nothing", async () => {
    await withBackups();
    const refused = await call(`PUT ${DAILY}`, { ...daily, retention_days: 7 });
    expect(refused).toMatchObject({ status: 409, body: { code: "conflict", field: "plan_digest" } });
    const stale = await call(`PUT ${DAILY}`, { ...daily, retention_days: 7, plan_digest: "another" });
    expect(stale).toMatchObject({ status: 409, body: { code: "conflict", field: "plan_digest" } });
    expect((await call(`GET ${DAILY}`)).body).toMatchObject({ retention_days: 30 });
  });

  test("is saved with the digest of the dry run, and without one where nothing is deleted", async () => {
    const id = await withBackups();
    const change = { schedule: { id, retentionDays: 7, keepAtMost: null } };
    const dry = await call(`POST ${PLAN}`, change);
    const { deletions, digest } = dry.body.plan as { deletions: unknown[]; digest: string };
    expect(deletions).toHaveLength(2);
    const saved = await call(`PUT ${DAILY}`, { ...daily, retention_days: 7, plan_digest: digest });
    expect(saved).toMatchObject({ status: 200, body: { retention_days: 7 } });
    expect((await call(`PUT ${DAILY}`, { ...daily, retention_days: 6 })).status).toBe(200);
  });
});

describe(`GET ${DAILY}`, () => {
  test("is 404 until there is one, and says how to set it", async () => {
    const absent = await call(`GET ${DAILY}`);
    expect(absent).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect(String(absent.body.hint)).toContain("retention_days");
  });

  test("has no hour for one that was made another on its page, but cron and zone", async () => {
    const { body } = await call(`PUT ${DAILY}`, daily);
    await call(
      `PATCH ${SCHEDULES}/[id]`,
      { cron: "0 3 * * 1", zone: "Europe/Berlin", version: 0 },
      { id: String(body.id) },
    );
    expect((await call(`GET ${DAILY}`)).body).toMatchObject({
      hour: null,
      minute: null,
      cron: "0 3 * * 1",
      zone: "Europe/Berlin",
    });
  });
});

describe(SCHEDULES, () => {
  const nightly = { name: "Nightly", cron: "30  2 * * *", zone: "Europe/Berlin", retentionDays: 30, keepAtMost: 40 };

  test("makes, lists, changes by version and deletes schedules", async () => {
    const made = await call(`POST ${SCHEDULES}`, nightly);
    expect(made).toMatchObject({ status: 201, body: { ...nightly, cron: "30 2 * * *", kind: "physical", version: 0 } });
    const id = String(made.body.id);
    expect(made.headers.get("location")).toBe(`/api/namespaces/acme/databases/${project}/schedules/${id}`);
    expect((await call(`GET ${SCHEDULES}`)).body).toMatchObject({ schedules: [{ id, lastRun: null }] });
    const changed = await call(`PATCH ${SCHEDULES}/[id]`, { cron: "0 4 * * *", version: 0 }, { id });
    expect(changed).toMatchObject({ status: 200, body: { cron: "0 4 * * *", version: 1, runs: [] } });
    const late = await call(`PATCH ${SCHEDULES}/[id]`, { cron: "0 5 * * *", version: 0 }, { id });
    expect(late).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect((await call(`GET ${SCHEDULES}/[id]`, undefined, { id: "nightly" })).body).toMatchObject({
      cron: "0 4 * * *",
    });
    expect((await call(`DELETE ${SCHEDULES}/[id]`, undefined, { id })).status).toBe(204);
    expect((await call(`GET ${SCHEDULES}/[id]`, undefined, { id })).status).toBe(404);
    expect((await call(`POST ${SCHEDULES}`, nightly)).status).toBe(201);
  });

  test("refuses a bad expression by its field, a zone that nobody knows, and a name in use", async () => {
    const bad = await call(`POST ${SCHEDULES}`, { ...nightly, cron: "30 25 * * *" });
    expect(bad).toMatchObject({ status: 400, body: { code: "invalid_input" } });
    expect(JSON.stringify(bad.body)).toContain("Hour: 25 does not exist");
    expect((await call(`POST ${SCHEDULES}`, { ...nightly, zone: "Mars/Base" })).status).toBe(400);
    await call(`POST ${SCHEDULES}`, nightly);
    expect((await call(`POST ${SCHEDULES}`, { ...nightly, name: "NIGHTLY" })).status).toBe(409);
  });

  test("run now makes one backup, also of a paused one, and not a second while that is being made", async () => {
    const made = await call(`POST ${SCHEDULES}`, { ...nightly, active: false });
    const id = String(made.body.id);
    const run = await call(`POST ${SCHEDULES}/[id]/run`, undefined, { id });
    expect(run.status, JSON.stringify(run.body)).toBe(202);
    expect(await metadata().backup.findMany({ where: { scheduleId: id } })).toMatchObject([
      { id: run.body.backupId, trigger: "manual", status: "queued" },
    ]);
    expect(await call(`POST ${SCHEDULES}/[id]/run`, undefined, { id })).toMatchObject({ status: 409 });
  });
});
