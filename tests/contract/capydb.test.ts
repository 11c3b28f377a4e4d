import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callApi } from "../world/call-api.ts";
import { callV1, untilEnded } from "../world/call-v1.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

/*
 * The routes and fields that programs written for CapyDB know, to the letter: backups, the daily schedule, restore points,
 * restores with one source and one target, cutover, regions. Each is called on a real console.
 */
const ABSENT = "7f3c1f52-54a4-4d0e-9e51-6a0f2b1c9d11";
let lastgood: StartedLastgood;
let project = "";
let name = "";

beforeAll(async () => {
  lastgood = await startLastgood();
  name = `shop-${randomUUID().slice(0, 6)}`;
  const made = await callApi<{ id: string }>(lastgood, "/databases", { body: { name, engine: "sqlite" } });
  project = made.body.id;
  await run("create table t(id integer primary key, v text); insert into t values (1,'a'),(2,'b')");
}, 90_000);
afterAll(() => lastgood.remove());

type Backup = { id: string; key: string | null; status: string; label: string | null };
type Restore = { id: string; status: string; target_kind: string; preview_id: string | null };
type Point = { id: string; label: string; kind: string };
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const time = expect.stringMatching(TIME);
const text = expect.any(String);
const count = expect.any(Number);

async function run(sql: string): Promise<unknown[]> {
  const { status, body } = await callApi<{ results: unknown[] }[]>(lastgood, `/databases/${name}/query`, {
    body: { sql },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.at(-1)?.results ?? [];
}

const rows = () => run("select id, v from t order by id");

async function backUp(label: string): Promise<Backup & { key: string }> {
  const started = await callV1<Backup>(lastgood, `projects/${project}/backups`, { body: { label } });
  expect(started.status, JSON.stringify(started.body)).toBe(202);
  const ended = await untilEnded<Backup>(lastgood, `projects/${project}/backups/${started.body.id}`);
  expect(ended.status, JSON.stringify(ended)).toBe("completed");
  return { ...ended, key: ended.key ?? "" };
}

async function restore(body: object): Promise<Restore> {
  const started = await callV1<Restore>(lastgood, `projects/${project}/restores`, { body });
  expect(started.status, JSON.stringify(started.body)).toBe(202);
  return untilEnded<Restore>(lastgood, `projects/${project}/restores/${started.body.id}`);
}

describe("POST and GET /v1/projects/{id}/backups", () => {
  test("records a job with its label, and the key once it is complete", async () => {
    const asked = { label: "before-the-big-migration" };
    const started = await callV1<Backup>(lastgood, `projects/${project}/backups`, { body: asked });
    expect(started.status).toBe(202);
    expect(started.headers.get("location")).toBe(`/v1/projects/${project}/backups/${started.body.id}`);
    expect(started.body).toMatchObject({
      id: text,
      project_id: project,
      key: null,
      ...asked,
      status: text,
      kind: text,
    });
    const ended = await untilEnded<Backup>(lastgood, `projects/${project}/backups/${started.body.id}`);
    expect(ended).toMatchObject({
      id: started.body.id,
      project_id: project,
      key: expect.stringContaining("before-the-big-migration"),
      ...asked,
      kind: "physical",
      status: "completed",
      trigger: "manual",
      size_bytes: count,
      error: null,
      created_at: time,
      finished_at: time,
    });
    const listed = await callV1<{ backups: Backup[] }>(lastgood, `projects/${project}/backups`);
    expect(listed.body.backups.find(({ id }) => id === ended.id)).toEqual(ended);
    const byKey = await callV1<Backup>(lastgood, `projects/${project}/backups/${ended.key}`);
    expect(byKey.body).toEqual(ended);
  });

  test("gives its bytes, and takes it out of the list when it is deleted", async () => {
    const { key } = await backUp("to be deleted");
    const download = await fetch(`${lastgood.url}/v1/projects/${project}/backups/${key}/download`, {
      headers: { authorization: `Bearer ${lastgood.token}` },
    });
    expect(download.status).toBe(200);
    expect((await download.arrayBuffer()).byteLength).toBeGreaterThan(4096);
    const gone = await callV1(lastgood, `projects/${project}/backups/${key}`, { method: "DELETE" });
    expect(gone.status).toBeLessThan(300);
    const refused = await callV1(lastgood, `projects/${project}/restores`, { body: { backup_key: key } });
    expect(refused).toMatchObject({ status: 409, body: { code: "conflict" } });
  });
});

describe("PUT and GET /v1/projects/{id}/scheduled-backups/default", () => {
  const route = () => `projects/${project}/scheduled-backups/default`;

  test("is a UTC hour and minute, an active flag and 1 to 365 days of retention", async () => {
    const daily = { hour: 3, minute: 30, active: true, retention_days: 14 };
    const put = await callV1(lastgood, route(), { method: "PUT", body: daily });
    expect(put).toMatchObject({ status: 200, body: { ...daily, project_id: project, zone: "UTC", next_run_at: time } });
    expect((await callV1(lastgood, route())).body).toMatchObject(daily);
    const off = await callV1(lastgood, route(), { method: "PUT", body: { ...daily, active: false } });
    expect(off.body).toMatchObject({ active: false, next_run_at: null });
  });

  test.each([
    ["hour", 24],
    ["hour", -1],
    ["minute", 60],
    ["retention_days", 0],
    ["retention_days", 366],
    ["active", "yes"],
  ])("refuses %s %s, naming the field", async (field, value) => {
    const body = { hour: 3, minute: 30, active: true, retention_days: 14, [field]: value };
    const refused = await callV1(lastgood, route(), { method: "PUT", body });
    expect(refused).toMatchObject({ status: 400, body: { code: "invalid_input", field } });
  });
});

describe("/v1/projects/{id}/restore-points", () => {
  const route = () => `projects/${project}/restore-points`;
  const fields = {
    id: text,
    project_id: text,
    created_at: time,
    restore_time: time,
    bookmark: text,
    recoverable: true,
  };

  test("of kind pitr pin now by default, or a moment", async () => {
    const now = await callV1<Point>(lastgood, route(), { body: { label: "pre-launch" } });
    expect(now).toMatchObject({
      status: 201,
      body: { ...fields, label: "pre-launch", kind: "pitr", backup_key: null },
    });
    const at = new Date().toISOString();
    const then = await callV1<Point>(lastgood, route(), { body: { label: "then", kind: "pitr", restore_time: at } });
    expect(then).toMatchObject({ status: 201, body: { ...fields, label: "then", kind: "pitr" } });
    const early = { label: "x", restore_time: "2020-01-01T00:00:00Z" };
    expect(await callV1(lastgood, route(), { body: early })).toMatchObject({
      status: 400,
      body: { code: "moment_outside_window" },
    });
  });

  test("of kind backup pin a backup, which is then restored by the point's id", async () => {
    const before = await rows();
    const { key } = await backUp("pinned");
    const body = { label: "golden", kind: "backup", backup_key: key };
    const made = await callV1<Point>(lastgood, route(), { body });
    expect(made).toMatchObject({ status: 201, body: { ...fields, ...body } });
    const one = await callV1<Point>(lastgood, `${route()}/${made.body.id}`);
    expect(one.body).toEqual(made.body);
    await run("insert into t(v) values ('later')");
    const restored = await restore({ restore_point_id: made.body.id });
    expect(restored).toMatchObject({ status: "completed", backup_key: key, target_kind: "new_preview" });
    const query = await callApi<{ results: unknown[] }[]>(lastgood, `/databases/${restored.preview_id}/query`, {
      body: { sql: "select id, v from t order by id" },
    });
    expect(query.body[0]?.results).toEqual(before);
    const list = await callV1<{ restore_points: Point[] }>(lastgood, route());
    expect(list.body.restore_points.map(({ label }) => label)).toContain("golden");
    expect((await callV1(lastgood, `${route()}/${made.body.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await callV1(lastgood, `${route()}/${made.body.id}`)).status).toBe(404);
  });

  test.each([
    [{ label: "x", kind: "backup" }, 400, "invalid_input"],
    [{ label: "x", kind: "backup", backup_key: "20200101T000000Z-000000000000" }, 404, "not_found"],
    [{ label: "x", kind: "pitr", backup_key: "20200101T000000Z-000000000000" }, 400, "invalid_input"],
    [{ label: "x", kind: "weekly" }, 400, "invalid_input"],
    [{ label: "" }, 400, "invalid_input"],
    [{ kind: "pitr" }, 400, "invalid_input"],
  ])("refuse %j", async (body, status, code) => {
    expect(await callV1(lastgood, route(), { body })).toMatchObject({ status, body: { code } });
  });
});

describe("POST and GET /v1/projects/{id}/restores", () => {
  const route = () => `projects/${project}/restores`;
  const fields = {
    id: text,
    project_id: text,
    status: "completed",
    restore_time: time,
    bookmark: text,
    error: null,
    created_at: time,
    finished_at: time,
  };

  test("a backup key lands in a new preview by default, with its name and hours to live", async () => {
    const { key } = await backUp("inspect");
    const body = { backup_key: key, preview_name: `inspect-${randomUUID().slice(0, 6)}`, ttl_hours: 24 };
    const done = await restore(body);
    expect(done).toMatchObject({ ...fields, ...body, source: "backup", target_kind: "new_preview", preview_id: text });
    const listed = await callV1<{ restores: Restore[] }>(lastgood, route());
    expect(listed.body.restores.map(({ id }) => id)).toContain(done.id);
  });

  test("a backup key overwrites an existing preview, and the project only when that is confirmed", {
    timeout: 180_000,
  }, async () => {
    const state = await rows();
    const { key } = await backUp("whole");
    const { preview_id } = await restore({ restore_time: new Date().toISOString() });
    await run("delete from t");
    const over = await restore({ backup_key: key, target_kind: "preview", preview_id });
    expect(over).toMatchObject({ ...fields, target_kind: "preview", preview_id });
    expect(await rows()).toEqual([]);
    const body = { backup_key: key, target_kind: "project" };
    const unconfirmed = await callV1(lastgood, route(), { body });
    expect(unconfirmed).toMatchObject({ status: 400, body: { code: "confirmation_mismatch" } });
    expect(await rows()).toEqual([]);
    const done = await restore({ ...body, confirm_project_overwrite: true });
    expect(done).toMatchObject({ ...fields, target_kind: "project", backup_key: key, previous_bookmark: text });
    expect(await rows()).toEqual(state);
  });

  test("a time by RFC 3339 does the same", async () => {
    const done = await restore({ restore_time: new Date().toISOString() });
    expect(done).toMatchObject({ ...fields, source: "timestamp", target_kind: "new_preview", backup_key: null });
  });

  test.each([
    [{}, 400, "invalid_input"],
    [{ backup_key: "k", restore_time: "2026-06-09T14:30:00Z" }, 400, "invalid_input"],
    [{ restore_point_id: ABSENT, restore_time: "2026-06-09T14:30:00Z" }, 400, "invalid_input"],
    [{ backup_key: "20200101T000000Z-000000000000" }, 404, "not_found"],
    [{ restore_point_id: ABSENT }, 404, "not_found"],
    [{ restore_time: "yesterday" }, 400, "invalid_moment"],
    [{ restore_time: "2026-06-09T14:30:00Z", ttl_hours: 100_000 }, 400, "invalid_input"],
    [{ backup_key: "k", target_kind: "preview" }, 400, "invalid_input"],
    [{ backup_key: "k", target_kind: "elsewhere" }, 400, "invalid_input"],
    [{ backup_key: "k", misspelt: 1 }, 400, "invalid_input"],
  ])("refuse %j", async (body, status, code) => {
    expect(await callV1(lastgood, route(), { body })).toMatchObject({ status, body: { code } });
  });
});

test("POST /v1/projects/{id}/cutover makes a prepared preview the project, once it is confirmed", async () => {
  const { preview_id } = await restore({ restore_time: new Date().toISOString() });
  await callApi(lastgood, `/databases/${preview_id}/query`, { body: { sql: "insert into t(v) values ('rehearsed')" } });
  const route = `projects/${project}/cutover`;
  expect(await callV1(lastgood, route, { body: { preview_id } })).toMatchObject({
    status: 400,
    body: { code: "confirmation_mismatch" },
  });
  const body = { preview_id, confirm_project_overwrite: true };
  const started = await callV1<Restore>(lastgood, route, { body });
  expect(started.status).toBe(202);
  const done = await untilEnded<Restore>(lastgood, `projects/${project}/restores/${started.body.id}`);
  expect(done).toMatchObject({ status: "completed", target_kind: "cutover", preview_id });
  expect(await run("select v from t where v = 'rehearsed'")).toHaveLength(1);
});

test("GET /v1/regions says whether moments can be restored there; a session has to name the namespace", async () => {
  const { status, body } = await callV1<{ regions: unknown[] }>(lastgood, "regions");
  expect(status).toBe(200);
  expect(body.regions).toEqual([{ id: "local", name: "local", engines: ["sqlite", "postgres"], pitr_available: true }]);
  const named = await callV1(lastgood, `regions?namespace=${lastgood.namespace}`);
  expect(named.body).toEqual(body);
  expect((await callV1(lastgood, "regions?namespace=another")).status).toBe(404);
});

test("a preview's id is no project's, and nothing of it answers", async () => {
  const { body } = await callApi<{ previews: { id: string }[] }>(lastgood, `/databases/${name}/previews`);
  const preview_id = body.previews[0]?.id ?? (await restore({ restore_time: new Date().toISOString() })).preview_id;
  const places = ["backups", "restore-points", "restores", "scheduled-backups/default"];
  const answers = await Promise.all(places.map((place) => callV1(lastgood, `projects/${preview_id}/${place}`)));
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
});
