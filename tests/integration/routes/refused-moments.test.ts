import { mkdirSync } from "node:fs";
import type { Server } from "node:http";
import path from "node:path";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answersFrom } from "../../../lib/agent/answer-console.ts";
import { BackupStores } from "../../../lib/agent/backup-stores.ts";
import { Downloads } from "../../../lib/agent/downloads.ts";
import { FetchedBackups } from "../../../lib/agent/fetched-backups.ts";
import { FetchedCopies } from "../../../lib/agent/fetched-copies.ts";
import { OpenCopies } from "../../../lib/agent/open-copies.ts";
import { agentKeyOf } from "../../../lib/agent/peer-proof.ts";
import { servePrivately } from "../../../lib/agent/private-server.ts";
import { QueryCounters } from "../../../lib/agent/query-counters.ts";
import { RestoreEnds } from "../../../lib/agent/restore-ends.ts";
import { ScriptRuns } from "../../../lib/agent/script-runs.ts";
import { StorageKeys } from "../../../lib/agent/storage-keys.ts";
import { metadata } from "../../../lib/db/client.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { readEnv } from "../../../lib/env.ts";
import { localRuntimePaths } from "../../../lib/runtime-paths.ts";
import { loadSecret } from "../../../lib/services/load-secret.ts";
import { SqliteWorld } from "../../world/sqlite-world.ts";
import { callRoute, findRouteFiles, openRouteWorld, type RouteWorld } from "./open-route-world.ts";

const DB = "/api/namespaces/[ns]/databases/[db]";
const HOUR_MS = 3_600_000;
const files = findRouteFiles();
let world: RouteWorld;
let sqlite: SqliteWorld;
let agent: Server;
let mine = "";
let foreign = "";

type Nearest = { beforeMs?: number; afterMs?: number };
type Answer = [{ results: unknown[]; meta: object }];
type Refused = { status: number; code: string; nearest?: Nearest };

beforeAll(async () => {
  world = await openRouteWorld();
  sqlite = new SqliteWorld();
  const [shop, other] = [await sqlite.host("shop"), await sqlite.host("other")];
  for (const db of [shop, other]) {
    const { bookmark } = await sqlite.engine.query(db, { sql: "CREATE TABLE t(a)" });
    if (db === shop) mine = bookmark;
    else foreign = bookmark;
  }
  await metadata().database.update({ where: { id: world.shop }, data: { id: shop.id, path: shop.path } });
  const known = new Map<string, ProtectedDatabase>([[shop.id, shop]]);
  const counts = new QueryCounters(path.join(world.data, "query-counts.json"), pino({ level: "silent" }));
  const answers = answersFrom({
    engine: sqlite.engine,
    database: async (id) => known.get(id) ?? Promise.reject(new Error(`no database ${id}`)),
    health: async () => ({ agent: "ready", keeper: "ready", spare: "ready", reader: "ready", receiver: "ready" }),
    exposure: async () => [],
    vitals: async () => Promise.reject(new Error("nobody asks here")),
    hosted: "/nowhere",
    clusters: "/nowhere",
    preflight: async () => Promise.reject(new Error("nobody asks here")),
    hooks: () => ({ before: false, after: false, problem: null }),
    wake: () => undefined,
    fetchedCopies: new FetchedCopies(
      path.join(world.data, "fetched-copies"),
      new OpenCopies(null),
      () => Number.MAX_SAFE_INTEGER,
    ),
    fetched: new FetchedBackups(
      path.join(world.data, "fetched"),
      new BackupStores(path.join(world.data, "backups"), new StorageKeys(null)),
    ),
    stores: new BackupStores(path.join(world.data, "backups"), new StorageKeys(null)),
    downloads: new Downloads(path.join(world.data, "downloads"), () => sqlite.engine.copies),
    restoreEnds: new RestoreEnds(),
    scripts: new ScriptRuns(world.data, () => sqlite.engine, counts),
    counts,
  });
  const { run, agentSocket, uploads } = localRuntimePaths();
  mkdirSync(run, { recursive: true, mode: 0o700 });
  const key = agentKeyOf(loadSecret(readEnv()));
  agent = await servePrivately(agentSocket, uploads, answers, pino({ level: "silent" }), key);
}, 60_000);
afterAll(async () => {
  agent.close();
  agent.closeAllConnections();
  await sqlite.close();
  await world.close();
});

async function call(method: string, place: string, body: unknown, caller = world.callers.owner[1], query = "") {
  const route = files.find(({ pattern }) => pattern === `${DB}/${place}`);
  if (!route || !caller) throw new Error(`no route ${place}`);
  const options = { query, headers: caller.headers, ...(body === undefined ? {} : { body }) };
  return callRoute(await route.load(), method, route.pattern, { ns: "acme", db: "shop" }, options);
}

const madeUp = () => `${mine.slice(0, -16)}${"de".repeat(8)}`;
const CASES: [string, () => unknown, code: string][] = [
  ["no moment", () => ({}), "invalid_input"],
  ["two moments", () => ({ timestamp: Date.now(), bookmark: mine }), "invalid_input"],
  ["a future time", () => ({ timestamp: Date.now() + HOUR_MS }), "moment_in_future"],
  ["a time before the window", () => ({ timestamp: Date.now() - 40 * 24 * HOUR_MS }), "moment_outside_window"],
  ["a malformed time", () => ({ timestamp: "yesterday" }), "invalid_moment"],
  ["a time of the wrong type", () => ({ timestamp: [1] }), "invalid_moment"],
  ["a negative time", () => ({ timestamp: -5 }), "invalid_moment"],
  ["a malformed bookmark", () => ({ bookmark: "nope" }), "invalid_moment"],
  ["a bookmark of the wrong type", () => ({ bookmark: { a: 1 } }), "invalid_moment"],
  ["a bookmark that was made up", () => ({ bookmark: madeUp() }), "invalid_moment"],
  ["another database's bookmark", () => ({ bookmark: foreign }), "foreign_bookmark"],
];

describe.each(["restore", "plan", "view"])("the refusal by %s", (place) => {
  test.each(CASES)("of %s names the nearest moments, and those can be restored", async (_, body, code) => {
    const answer = await call("POST", place, place === "view" ? { at: body(), sql: "SELECT 1" } : body());
    const refused = (await answer.json()) as Refused;
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(refused.code).toBe(code);
    const moments = [refused.nearest?.beforeMs, refused.nearest?.afterMs].filter((ms) => ms !== undefined);
    expect(moments.length).toBeGreaterThan(0);
    for (const timestamp of moments) expect((await call("POST", "plan", { timestamp })).status).toBe(200);
  });
});

test("a view answers as a query does, with the bookmark of its moment", async () => {
  const [seen, queried] = [
    await call("POST", "view", { at: { bookmark: mine }, sql: "SELECT count(*) AS n, ?1 AS big FROM t", params: [1] }),
    await call("POST", "query", { sql: "SELECT count(*) AS n, ?1 AS big FROM t", params: [1] }),
  ];
  expect(seen.status).toBe(200);
  expect(seen.headers.get("x-lastgood-bookmark")).toBe(mine);
  const [view, query] = [await seen.json(), await queried.json()] as [Answer, Answer];
  expect(view[0].results).toEqual(query[0].results);
  expect(Object.keys(view[0].meta)).toEqual(Object.keys(query[0].meta));
  const now = await call("POST", "view", { at: { timestamp: Date.now() }, sql: "SELECT 9007199254740993 AS big" });
  expect(await now.text()).toContain('"big":9007199254740993');
});

test("a malformed moment in an address is refused with both ends of the window", async () => {
  for (const query of ["?timestamp=yesterday", "?bookmark=nope", `?bookmark=${foreign}`, "?timestamp=1&bookmark=x"]) {
    const answer = await call("GET", "bookmark", undefined, world.callers.viewer[1], query);
    expect(answer.status).toBe(400);
    const { nearest } = (await answer.json()) as Refused;
    expect(nearest?.afterMs).toBeLessThan(nearest?.beforeMs ?? 0);
  }
});

test("the window's ends are told to nobody who may not read them", async () => {
  for (const foreigner of world.callers.foreigner) {
    const answer = await call("POST", "restore", {}, foreigner);
    expect((await answer.json()) as Refused).not.toHaveProperty("nearest");
  }
  expect(await metadata().restore.count()).toBe(0);
});
