import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DatabaseView, RestoreView } from "../../lib/client/api-types.ts";
import type { ApprovalView } from "../../lib/client/approval-types.ts";
import type { CutoverPlanView, PreviewsView, PreviewView } from "../../lib/client/preview-types.ts";
import { type Metadata, openMetadata } from "../../lib/db/client.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { addMember } from "../world/add-member.ts";
import { signIn } from "../world/browser-session.ts";
import { attachFile, callApi } from "../world/call-api.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

let lastgood: StartedLastgood;
let folder: string;
let metadata: Metadata;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "previews-"));
  lastgood = await startLastgood();
  metadata = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
}, 90_000);
afterAll(async () => {
  await metadata.$disconnect();
  await lastgood.remove();
  rmSync(folder, { recursive: true, force: true });
});

type V1Restore = {
  id: string;
  status: string;
  target_kind: string;
  preview_id: string;
  error: { message: string } | null;
};

async function waitFor<T>(what: string, look: () => Promise<T | null>, patienceMs = 60_000): Promise<T> {
  for (const untilMs = performance.now() + patienceMs; performance.now() < untilMs; await sleep(50)) {
    const found = await look();
    if (found !== null) return found;
  }
  throw new Error(`${what} did not come about`);
}

async function callV1<T>(route: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${lastgood.url}/v1/projects/${route}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as T };
}

/** Starts a restore over /v1 and waits for its end. */
async function restore(projectId: string, body: object): Promise<V1Restore> {
  const started = await callV1<V1Restore>(`${projectId}/restores`, body);
  expect(started.status, JSON.stringify(started.body)).toBe(202);
  return waitForRestore(projectId, started.body.id);
}

function waitForRestore(projectId: string, restoreId: string): Promise<V1Restore> {
  return waitFor("the restore's end", async () => {
    const { body } = await callV1<V1Restore>(`${projectId}/restores/${restoreId}`);
    return body.status === "queued" || body.status === "running" ? null : body;
  });
}

async function query(name: string, sql: string): Promise<{ rows: unknown[]; bookmark: string }> {
  const { status, headers, body } = await callApi<{ results: unknown[] }[]>(lastgood, `/databases/${name}/query`, {
    body: { sql },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return { rows: body.at(-1)?.results ?? [], bookmark: headers.get("x-lastgood-bookmark") ?? "" };
}

/** A program of its own that has the file open, as an attached database's does. */
function write(file: string, sql: string): void {
  const connection = new DatabaseSync(file, { timeout: 10_000 });
  connection.exec(sql);
  connection.close();
}

/** A label for now, which names the state for /v1. */
async function label(database: string, text: string): Promise<string> {
  const { status, body } = await callApi<{ id: string }>(lastgood, `/databases/${database}/snapshots`, {
    body: { label: text },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

const SCHEMA = "create table t(id integer primary key, v text); insert into t values (1,'a'),(2,'b'),(3,'c');";
const ROWS = "select id, v from t order by id";

type Project = { id: string; name: string; run(sql: string): Promise<unknown>; rows(): Promise<unknown[]> };

async function hosted(): Promise<Project> {
  const name = `h-${randomUUID().slice(0, 8)}`;
  const made = await callApi<{ id: string }>(lastgood, "/databases", { body: { name, engine: "sqlite" } });
  const project = {
    id: made.body.id,
    name,
    run: (sql: string) => query(name, sql),
    rows: async () => (await query(name, ROWS)).rows,
  };
  await project.run(SCHEMA);
  return project;
}

async function attached(): Promise<Project> {
  const name = `a-${randomUUID().slice(0, 8)}`;
  const file = path.join(folder, `${name}.db`);
  write(file, `pragma journal_mode = wal; ${SCHEMA}`);
  const rows = async () => {
    const connection = new DatabaseSync(file, { timeout: 10_000 });
    const found = connection
      .prepare(ROWS)
      .all()
      .map((row) => ({ ...row }));
    connection.close();
    return found;
  };
  return { id: await attachFile(lastgood, name, file), name, run: async (sql) => write(file, sql), rows };
}

async function previewsOf({ name }: Project): Promise<PreviewsView> {
  return (await callApi<PreviewsView>(lastgood, `/databases/${name}/previews`)).body;
}

async function deletePreview(id: string): Promise<void> {
  expect((await callApi(lastgood, `/databases/${id}`, { method: "DELETE" })).status).toBe(204);
}

describe.each([
  ["a hosted", hosted],
  ["an attached", attached],
])("from %s project", (_, make) => {
  test("a preview is made, queried, overwritten, cut over to, and all of it undone", { timeout: 180_000 }, async () => {
    const project = await make();
    const first = await label(project.name, "first");
    const rowsFirst = await project.rows();
    await project.run("delete from t; insert into t values (9,'z')");
    const rowsNow = await project.rows();

    const made = await restore(project.id, { restore_point_id: first });
    expect(made).toMatchObject({ status: "completed", target_kind: "new_preview", error: null });
    const [preview] = (await previewsOf(project)).previews;
    if (!preview) throw new Error("a preview was made");
    expect(preview).toMatchObject({ id: made.preview_id, name: `${project.name}-preview-1`, state: "active" });
    expect((preview.expiresAtMs ?? 0) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    expect(await query(preview.id, ROWS)).toMatchObject({ rows: rowsFirst });
    expect(await project.rows()).toEqual(rowsNow);
    expect((await callV1(`${preview.id}/restores`)).status).toBe(404);

    // Overwritten with the project's state of now, and back.
    const second = await label(project.name, "second");
    const over = await restore(project.id, {
      restore_point_id: second,
      target_kind: "preview",
      preview_id: preview.id,
    });
    expect(over).toMatchObject({ status: "completed", preview_id: preview.id });
    expect((await query(preview.id, ROWS)).rows).toEqual(rowsNow);
    expect(await project.rows()).toEqual(rowsNow);
    const seen = await callApi<{ restores: RestoreView[] }>(lastgood, `/databases/${preview.id}/restores`);
    const bookmark = seen.body.restores.find(({ id }) => id === over.id)?.previous?.bookmark;
    await callApi(lastgood, `/databases/${preview.id}/restore`, { body: { bookmark } });
    expect((await query(preview.id, ROWS)).rows).toEqual(rowsFirst);

    // Rehearsed there, then made the project's state.
    await query(preview.id, "insert into t values (100,'rehearsed'); create table more(x)");
    const rehearsed = (await query(preview.id, ROWS)).rows;
    const planned = await callApi<CutoverPlanView>(lastgood, `/databases/${project.name}/cutover/plan`, {
      body: { previewId: preview.id },
    });
    expect(planned.body).toMatchObject({ plan: { target: "cutover" }, preview: { id: preview.id } });
    expect(planned.body.base).not.toBeNull();
    const unconfirmed = await callV1(`${project.id}/cutover`, { preview_id: preview.id });
    expect(unconfirmed).toMatchObject({ status: 400, body: { code: "confirmation_mismatch" } });
    const started = await callV1<V1Restore>(`${project.id}/cutover`, {
      preview_id: preview.id,
      confirm_project_overwrite: true,
    });
    expect(started.status, JSON.stringify(started.body)).toBe(202);
    const cutover = await waitForRestore(project.id, started.body.id);
    expect(cutover).toMatchObject({ status: "completed", target_kind: "cutover", preview_id: preview.id });
    expect(await project.rows()).toEqual(rehearsed);
    expect((await query(preview.id, ROWS)).rows).toEqual(rehearsed);

    const ledger = await callApi<{ restores: RestoreView[] }>(lastgood, `/databases/${project.name}/restores`);
    const before = ledger.body.restores.find(({ id }) => id === cutover.id)?.previous?.bookmark;
    await callApi(lastgood, `/databases/${project.name}/restore`, { body: { bookmark: before } });
    expect(await project.rows()).toEqual(rowsNow);
    await deletePreview(preview.id);
  });
});

describe("a policy that wants approvals", () => {
  test("refuses a cutover, naming the way, and leaves restores into previews alone", { timeout: 60_000 }, async () => {
    const project = await hosted();
    await metadata.policy.create({ data: { databaseId: project.id, approvals: 1, updatedAtMs: 1n } });
    const made = await restore(project.id, { restore_time: new Date().toISOString() });
    expect(made.status).toBe("completed");
    const cutover = { preview_id: made.preview_id, confirm_project_overwrite: true };
    expect(await callV1(`${project.id}/cutover`, cutover)).toMatchObject({
      status: 403,
      body: { code: "approval_required", approval: { kind: "restore.cutover", needed: 1 } },
    });
    expect(await metadata.restore.count({ where: { databaseId: project.id, targetKind: "cutover" } })).toBe(0);
  });

  test("lets an approved cutover bring exactly the approved state of the preview, once, and the next restore asks again", {
    timeout: 90_000,
  }, async () => {
    const project = await hosted();
    const before = await project.rows();
    await metadata.policy.create({ data: { databaseId: project.id, approvals: 1, updatedAtMs: 1n } });
    const made = await restore(project.id, { restore_time: new Date().toISOString() });
    const preview = await metadata.database.findUniqueOrThrow({ where: { id: made.preview_id } });
    await query(preview.name, "update t set v = 'approved'");
    const approved = (await query(preview.name, ROWS)).rows;

    const { cookie } = await signIn(lastgood.url, await addMember(lastgood.data, "acme", "admin"));
    const asked = await callApi<ApprovalView>(lastgood, `/databases/${project.name}/approvals`, {
      body: { kind: "restore.cutover", reason: "Tried on the preview", previewId: preview.id },
    });
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    await query(preview.name, "update t set v = 'written after it was asked for'");
    const { id, digest } = asked.body;
    const run = () => callApi<ApprovalView>(lastgood, `/approvals/${id}/run`, { body: { digest } });
    expect(await run()).toMatchObject({ status: 403, body: { code: "approval_required" } });

    const decided = await fetch(`${lastgood.url}/api/namespaces/acme/approvals/${id}/decision`, {
      method: "POST",
      headers: { cookie, origin: lastgood.url, "content-type": "application/json" },
      body: JSON.stringify({ verdict: "approve", digest }),
    });
    expect(decided.status, await decided.clone().text()).toBe(200);
    const started = await run();
    expect(started.status, JSON.stringify(started.body)).toBeLessThan(300);
    expect(await run()).toMatchObject({ status: 409 });
    const restoreId = started.body.restoreId ?? "";
    expect(await waitForRestore(project.id, restoreId)).toMatchObject({ status: "completed", target_kind: "cutover" });
    expect(await project.rows()).toEqual(approved);
    expect(approved).not.toEqual(before);
    const next = await callApi(lastgood, `/databases/${project.name}/restore`, {
      body: { timestamp: Date.now() - 60_000 },
    });
    expect(next).toMatchObject({ status: 403, body: { code: "approval_required" } });
  });
});

describe("a new database", () => {
  test("lasts, is a project of its own, and has no end", { timeout: 60_000 }, async () => {
    const project = await hosted();
    const { bookmark } = await query(project.name, "insert into t values (4,'d')");
    await query(project.name, "drop table t");
    const { body: plan } = await callApi<{ plan: { digest: string } }>(lastgood, `/databases/${project.name}/plan`, {
      body: { bookmark, target: "new_database" },
    });
    expect(plan).toMatchObject({ plan: { target: "new_database", way: "copy" }, around: null });
    const at = await label(project.name, "dropped");
    await query(project.name, SCHEMA);
    const name = `lasting-${randomUUID().slice(0, 6)}`;
    const body = { restore_point_id: at, target_kind: "new_database", target_database_name: name };
    expect(await restore(project.id, body)).toMatchObject({ status: "completed", target_database_name: name });
    const { body: made } = await callApi<DatabaseView>(lastgood, `/databases/${name}`);
    expect(made).toMatchObject({ kind: "project", state: "active", preview: null, windowDays: 30 });
    expect((await query(name, "select count(*) as n from sqlite_schema")).rows).toEqual([{ n: 0 }]);
    expect((await callV1(`${made.id}/restores`)).status).toBe(200);
  });
});

describe("previews", () => {
  test("have a limit, names that are theirs alone and an end that moves, and can be brought back for a day", {
    timeout: 120_000,
  }, async () => {
    const project = await hosted();
    await metadata.database.update({ where: { id: project.id }, data: { previewLimit: 1 } });
    const at = { restore_time: new Date().toISOString() };
    const taken = await callV1(`${project.id}/restores`, { ...at, preview_name: project.name });
    expect(taken).toMatchObject({ status: 409, body: { code: "conflict" } });
    const key = { "idempotency-key": randomUUID() };
    const body = { ...at, preview_name: `look-${randomUUID().slice(0, 6)}`, ttl_hours: 2 };
    const [one, two] = await Promise.all([0, 1].map(() => callV1<V1Restore>(`${project.id}/restores`, body, key)));
    expect(one?.body.id).toBe(two?.body.id);
    const { preview_id: id } = await waitForRestore(project.id, one?.body.id ?? "");
    expect(await callV1(`${project.id}/restores`, at)).toMatchObject({ status: 409, body: { code: "conflict" } });

    const view = async () => (await callApi<PreviewView>(lastgood, `/databases/${id}`)).body;
    const extended = await callApi<PreviewView>(lastgood, `/databases/${id}/extend`, { body: { ttlHours: 720 } });
    expect((extended.body.expiresAtMs ?? 0) - Date.now()).toBeGreaterThan(719 * 3_600_000);
    const refused = await Promise.all(
      [721, 0, 1].map((ttlHours) => callApi(lastgood, `/databases/${id}/extend`, { body: { ttlHours } })),
    );
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 409]);
    expect((await view()).state).toBe("active");
    await deletePreview(id);
    const { purgeAfterMs } = await metadata.database.findUniqueOrThrow({ where: { id } });
    expect(Number(purgeAfterMs) - Date.now()).toBeLessThanOrEqual(24 * 3_600_000);
    const back = await callApi<DatabaseView>(lastgood, `/deleted/${id}/undelete`, { body: {} });
    expect(back.body).toMatchObject({ kind: "preview", preview: { parentId: project.id } });
    await waitFor("its protection", async () => ((await view()).state === "active" ? true : null));
  });

  test("are downloaded whole or in parts, the same bytes for the same bookmark", { timeout: 60_000 }, async () => {
    const project = await hosted();
    const { preview_id: id } = await restore(project.id, { restore_time: new Date().toISOString() });
    const { bookmark } = await query(id, "insert into t values (50,'mine')");
    const get = (headers: Record<string, string> = {}, at = bookmark) =>
      fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}/databases/${id}/download?bookmark=${at}`, {
        headers: { authorization: `Bearer ${lastgood.token}`, ...headers },
      });
    const whole = await get();
    expect(whole.status).toBe(200);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect(whole.headers.get("x-lastgood-size")).toBe(`${bytes.length}`);
    const etag = whole.headers.get("etag") ?? "";
    await query(id, "insert into t values (51,'later')");
    const half = bytes.length / 2;
    const rest = await get({ range: `bytes=${half}-`, "if-range": etag });
    expect(rest.status).toBe(206);
    expect(rest.headers.get("content-range")).toBe(`bytes ${half}-${bytes.length - 1}/${bytes.length}`);
    expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(half))).toBe(true);
    expect((await get({ range: `bytes=${bytes.length}-` })).status).toBe(416);
    expect((await get({ "if-none-match": etag })).status).toBe(304);
    const file = path.join(folder, `${randomUUID()}.db`);
    writeFileSync(file, bytes);
    const connection = new DatabaseSync(file);
    expect(connection.prepare("select count(*) as n from t").get()).toEqual({ n: 4 });
    connection.close();
    const ofProject = await callApi(lastgood, `/databases/${project.name}/download`);
    expect(ofProject).toMatchObject({ status: 409, body: { code: "conflict" } });
  });

  test("sources and targets that do not fit are refused by name", async () => {
    const project = await hosted();
    const time = { restore_time: new Date().toISOString() };
    const code = async (body: object) =>
      (await callV1<{ code: string; field?: string }>(`${project.id}/restores`, body)).body;
    expect(await code({})).toMatchObject({ code: "invalid_input", field: "restore_time" });
    expect(await code({ ...time, restore_point_id: randomUUID() })).toMatchObject({ code: "invalid_input" });
    expect(await code({ backup_key: "b-1" })).toMatchObject({ code: "not_found", field: "backup_key" });
    expect(await code({ ...time, previewName: "x" })).toMatchObject({ code: "invalid_input", field: "previewName" });
    expect(await code({ ...time, target_kind: "preview" })).toMatchObject({ field: "preview_id" });
    expect(await code({ ...time, target_kind: "project" })).toMatchObject({ field: "confirm_project_overwrite" });
    expect(await code({ ...time, target_kind: "project", ttl_hours: 3 })).toMatchObject({ field: "ttl_hours" });
    expect(await code({ ...time, target_kind: "preview", preview_id: project.id })).toMatchObject({
      code: "not_found",
    });
  });
});
