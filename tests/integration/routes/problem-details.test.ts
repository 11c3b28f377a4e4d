import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { type CallOptions, callRoute, findRouteFiles, openRouteWorld, type RouteWorld } from "./open-route-world.ts";

const NS = "/api/namespaces/[ns]";
const DB = `${NS}/databases/[db]`;
const files = findRouteFiles();
let world: RouteWorld;
let token: Record<string, string>;

beforeAll(async () => {
  world = await openRouteWorld();
  token = world.callers.owner[1]?.headers ?? {};
});
afterAll(() => world.close());

async function call(method: string, pattern: string, options: CallOptions = {}, params: Record<string, string> = {}) {
  const route = files.find((file) => file.pattern === pattern);
  if (!route) throw new Error(`no route ${pattern}`);
  const all = { ns: "acme", db: "shop", ...params };
  return callRoute(await route.load(), method, pattern, all, { ...options, headers: { ...token, ...options.headers } });
}

async function problem(answer: Response): Promise<Record<string, unknown>> {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  return (await answer.json()) as Record<string, unknown>;
}

test("a refusal is problem details with code, hint and the request's id", async () => {
  const answer = await call("GET", DB, {}, { db: "nowhere" });
  expect(answer.status).toBe(404);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const body = await problem(answer);
  expect(body).toMatchObject({ status: 404, code: "not_found", type: "urn:lastgood:problem:not_found" });
  expect(body.hint).toBeTypeOf("string");
  expect(body.requestId).toBe(answer.headers.get("x-request-id"));
});

test("what is worth repeating later says when", async () => {
  const answer = await call("GET", `${DB}/window`);
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("2");
  expect(await problem(answer)).toMatchObject({ code: "agent_unavailable" });
});

test("a failure of our own is internal with a request id, and tells nothing else", async () => {
  await metadata().restore.create({
    data: {
      id: "7adb0af3-4451-43df-b05e-bd0b949cf95d",
      databaseId: world.shop,
      targetKind: "project",
      sourceKind: "bookmark",
      toBookmark: "b",
      toTimeMs: 1n,
      planDigest: "d",
      status: "completed",
      timings: "{broken",
      createdAtMs: 1n,
    },
  });
  const answer = await call("GET", `${DB}/restores`);
  expect(answer.status).toBe(500);
  const body = await problem(answer);
  expect(body).toMatchObject({ code: "internal", requestId: answer.headers.get("x-request-id") });
  expect(JSON.stringify(body)).not.toContain("JSON");
  await metadata().restore.deleteMany();
});

describe("a body", () => {
  test.each([
    ["text/plain", 415],
    ["application/x-www-form-urlencoded", 415],
    ["application/json-seq", 415],
    ["application/json; charset=utf-8", 503],
  ])("of type %s is answered %i", async (type, status) => {
    const headers = { "content-type": type };
    const answer = await call("POST", `${DB}/plan`, { body: '{"timestamp":1795244288123}', headers });
    expect(answer.status).toBe(status);
  });

  test("that is compressed is refused: it could unpack to anything", async () => {
    const headers = { "content-encoding": "gzip" };
    expect((await call("POST", `${DB}/plan`, { body: "x", headers })).status).toBe(415);
  });

  test("that is too large is refused before it is read whole", async () => {
    const body = JSON.stringify({ label: "x".repeat(2 * 1024 * 1024) });
    const answer = await call("POST", `${DB}/snapshots`, { body });
    expect(answer.status).toBe(413);
    expect(await problem(answer)).toMatchObject({ code: "payload_too_large" });
  });

  test.each(["", "{", "[1,2", "\u0000", "[".repeat(100_000)])("that is no JSON is refused (%#)", async (body) => {
    const answer = await call("POST", `${DB}/plan`, { body });
    expect(answer.status).toBe(400);
    expect(await problem(answer)).toMatchObject({ code: "invalid_input" });
  });

  test.each(["null", "[]", '"text"', "7", "true"])("that is %s and no object is refused", async (body) => {
    expect((await call("POST", `${DB}/snapshots`, { body })).status).toBe(400);
  });

  test("with a field that nobody knows is refused, naming it", async () => {
    const answer = await call("POST", `${DB}/restore`, { body: { timestmap: 1_795_244_288_123 } });
    expect(answer.status).toBe(400);
    expect(await problem(answer)).toMatchObject({ code: "invalid_input", field: "timestmap" });
  });

  test("with __proto__ in it changes nothing", async () => {
    const answer = await call("POST", `${DB}/snapshots`, { body: '{"label":"x","__proto__":{"polluted":true}}' });
    expect([400, 503]).toContain(answer.status);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("with a query operator in the place of a text is refused", async () => {
    for (const label of [{ startsWith: "" }, ["a"], 7, null]) {
      expect((await call("POST", `${DB}/snapshots`, { body: { label } })).status).toBe(400);
    }
    const snapshotId = { startsWith: "" };
    expect((await call("POST", `${DB}/restore`, { body: { snapshotId } })).status).toBe(400);
  });
});

test("a parameter that is nested or no SQL value is refused before it travels on", async () => {
  for (const value of ["[".repeat(100_000) + "]".repeat(100_000), '{"a":1}', "[256]", "[1.5]", '["x"]']) {
    const answer = await call("POST", `${DB}/query`, { body: `{"sql":"select ?","params":[${value}]}` });
    expect(answer.status).toBe(400);
    expect(await problem(answer)).toMatchObject({ code: "invalid_input", field: expect.stringMatching(/^params\.0/) });
  }
});

describe("a moment", () => {
  const bookmark = `00000001-00000000-00000001-${"ab".repeat(16)}`;

  test.each([
    ["none", {}, "timestamp"],
    ["two", { timestamp: 1_795_244_288_123, bookmark }, "timestamp"],
    ["three", { timestamp: 1_795_244_288_123, bookmark, snapshotId: "x" }, "bookmark"],
  ])("is refused when there are %s", async (_, body, field) => {
    const answer = await call("POST", `${DB}/restore`, { body });
    expect(answer.status).toBe(400);
    expect(await problem(answer)).toMatchObject({ code: "invalid_input", field });
  });

  test.each(["2026-11-20T14:03:22", "yesterday", 1.5, -5, 1e300])("%j is refused as a timestamp", async (timestamp) => {
    const answer = await call("POST", `${DB}/restore`, { body: { timestamp } });
    expect(answer.status).toBe(400);
    expect(await problem(answer)).toMatchObject({ code: "invalid_moment", field: "timestamp" });
  });

  test("given twice in an address is refused", async () => {
    const answer = await call("GET", `${DB}/bookmark`, { query: "?timestamp=1795244288123&timestamp=1795244288124" });
    expect(answer.status).toBe(400);
  });

  test("of both kinds in an address is refused", async () => {
    const answer = await call("GET", `${DB}/bookmark`, { query: `?timestamp=1795244288123&bookmark=${bookmark}` });
    expect(await problem(answer)).toMatchObject({ code: "invalid_input", field: "bookmark" });
  });

  test("of a snapshot of another database is absent", async () => {
    const snapshotId = await world.addRestorePoint(world.theirs, "theirs");
    for (const id of [snapshotId, "not-an-id", ""]) {
      const answer = await call("POST", `${DB}/restore`, { body: { snapshotId: id } });
      expect(answer.status).toBe(404);
    }
  });
});

describe("a new database", () => {
  const create = (body: unknown) => call("POST", `${NS}/databases`, { body, headers: { prefer: "respond-async" } });

  test("answers its id, where it is, and the job that prepares it", async () => {
    const answer = await create({ name: "ledger", engine: "sqlite", windowDays: 7 });
    expect(answer.status).toBe(202);
    const body = (await answer.json()) as { id: string };
    expect(body).toMatchObject({ name: "ledger", namespace: "acme", state: "preparing", windowDays: 7, capture: null });
    expect(answer.headers.get("location")).toBe(`/api/namespaces/acme/databases/${body.id}`);
    expect(body).toMatchObject({ job: { kind: "database.protect", status: "queued" } });
  });

  test("of a name in use, in whatever case, is a conflict", async () => {
    const answer = await create({ name: "SHOP", engine: "sqlite" });
    expect(answer.status).toBe(409);
    expect(await problem(answer)).toMatchObject({ code: "conflict", field: "name" });
  });

  test.each([
    [{ name: "7adb0af3-4451-43df-b05e-bd0b949cf95d", engine: "sqlite" }, "name"],
    [{ name: "../x", engine: "sqlite" }, "name"],
    [{ name: "x", engine: "oracle" }, "engine"],
    [{ name: "x", engine: "mysql" }, "engine"],
    [{ name: "x", engine: "sqlite", windowDays: 0 }, "windowDays"],
    [{ name: "x", engine: "sqlite", windowDays: 366 }, "windowDays"],
    [{ name: "x", engine: "sqlite", windowDays: 1.5 }, "windowDays"],
    [{ name: "x", engine: "sqlite", uploadId: "../../etc/passwd" }, "uploadId"],
    [{ name: "x", engine: "sqlite", sample: true, attach: { path: "/srv/x.db" } }, "sample"],
    [{ name: "x", engine: "sqlite", attach: { path: "" } }, "attach.path"],
  ])("%j is refused, naming the field", async (body, field) => {
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(await problem(answer)).toMatchObject({ code: "invalid_input", field });
  });
});

test("the path of a database is shown to those who may change it", async () => {
  const read = async (headers: Record<string, string>) =>
    (await (await call("GET", DB, { headers })).json()) as { path: string | null };
  expect((await read(world.callers.admin[1]?.headers ?? {})).path).toContain(world.shop);
  expect((await read(world.callers.member[1]?.headers ?? {})).path).toBeNull();
  expect((await read(world.callers.viewer[1]?.headers ?? {})).path).toBeNull();
});

test("health answers anybody, and is 503 with its parts while the agent is down", async () => {
  const route = files.find(({ pattern }) => pattern === "/api/health");
  const answer = await callRoute((await route?.load()) ?? {}, "GET", "/api/health", {});
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ ready: false, parts: { console: "ready", agent: "down" } });
});

test("a missing field and one of the wrong type are named in words", async () => {
  const missing = await problem(await call("POST", `${DB}/query`, { body: {} }));
  expect(missing).toMatchObject({ field: "sql", detail: "sql is missing." });
  const wrong = await problem(await call("POST", `${DB}/query`, { body: { sql: "select 1", params: { a: 1 } } }));
  expect(wrong).toMatchObject({ field: "params", detail: "params must be of type array." });
});
