import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROLES, type Role } from "../../../lib/domain/actions.ts";
import { AccessTally } from "../../world/access-tally.ts";
import { ROWS, type Row } from "./access-rows.ts";
import { type Caller, callRoute, findRouteFiles, openRouteWorld, type RouteWorld } from "./open-route-world.ts";

/** Routes that answer strangers on purpose, or nobody but the monitoring of the operator. */
const PUBLIC = [
  "/api/enrolments",
  "/api/health",
  "/api/openapi.json",
  "/api/auth/[...nextauth]",
  "/metrics",
  "/api/[[...nothing]]",
  "/v1/[[...nothing]]",
];

/** A file; and what is made or measured anew, with the time of now, for each who asks. */
const UNNAMED = [
  "GET /api/namespaces/[ns]/audit/export",
  "GET /api/namespaces/[ns]/audit/anchor",
  "GET /api/namespaces/[ns]/exposure",
  "GET /api/namespaces/[ns]/databases/[db]/exposure",
];

const files = findRouteFiles();
/** Those of the D1 API answer in its words: `d1-access.test.ts`. */
const guarded = files.filter(({ pattern }) => !PUBLIC.includes(pattern) && !pattern.startsWith("/client/v4/"));
const tally = new AccessTally("routes");
let world: RouteWorld;

beforeAll(async () => {
  world = await openRouteWorld();
});
afterAll(async () => {
  tally.count(Object.keys(ROWS).length);
  tally.write();
  await world.close();
});

async function call(
  key: string,
  headers: Record<string, string>,
  over: Record<string, string> = {},
  caller: Caller | undefined = world.callers.owner[0],
) {
  const [method = "", pattern = ""] = key.split(" ");
  const row = ROWS[key];
  const route = files.find((file) => file.pattern === pattern);
  if (!row || !route) throw new Error(`no route for ${key}`);
  const params = { ns: "acme", db: "shop", ...(await row.params?.(world, world.shop, caller?.userId ?? "")), ...over };
  return callRoute(await route.load(), method, pattern, params, {
    body: row.body?.(world),
    query: row.query ?? "",
    headers: { ...row.headers, ...headers },
  });
}

/** Calls as somebody who may not, and counts whether that was refused. */
async function tryCall(
  key: string,
  caller: string,
  headers: Record<string, string>,
  over: Record<string, string> = {},
) {
  const answer = await call(key, headers, over);
  tally.refused(key, caller, answer.status);
  return answer;
}

test("there are routes, and each allowed method of each has a row", async () => {
  expect(guarded.length).toBeGreaterThan(10);
  const keys: string[] = [];
  for (const { pattern, load } of guarded) {
    const handlers = await load();
    const answer = await callRoute(handlers, "OPTIONS", pattern, {});
    const allowed = (answer.headers.get("allow") ?? "").split(", ");
    expect(allowed.length, pattern).toBeGreaterThan(0);
    for (const method of allowed) keys.push(`${method} ${pattern}`);
    const exported = Object.keys(handlers).filter((name) => /^[A-Z]+$/.test(name));
    for (const method of exported.filter((name) => name !== "OPTIONS" && !allowed.includes(name))) {
      const refused = await callRoute(handlers, method, pattern, { ns: "acme" });
      expect(refused.status, `${method} ${pattern}`).toBe(405);
      expect(refused.headers.get("allow")).toBe(allowed.join(", "));
    }
  }
  expect(keys.sort()).toEqual(Object.keys(ROWS).sort());
});

describe.each(Object.keys(ROWS))("%s", (key) => {
  const row = ROWS[key] as Row;
  const may = (role: Role) => ROLES.indexOf(role) <= ROLES.indexOf(row.weakest);

  test.each(ROLES)("answers a %s by session and by token according to the role", async (role) => {
    for (const caller of world.callers[role]) {
      const answer = await call(key, caller.headers, {}, caller);
      if (may(role)) tally.called(caller.name);
      else tally.refused(key, caller.name, answer.status);
      const status = caller.name.endsWith("token") ? (row.byToken ?? row.status) : row.status;
      expect(answer.status, `${caller.name}: ${await answer.clone().text()}`).toBe(may(role) ? status : 403);
    }
  });

  test("does not answer a stranger", async () => {
    const hostile = [
      {},
      { authorization: "Bearer lg_wrong" },
      { authorization: "Basic YTpi" },
      { cookie: "lastgood.session=forged", origin: "http://127.0.0.1:3000" },
      { "x-middleware-subrequest": "middleware:middleware:middleware" },
    ];
    for (const headers of hostile) {
      const answer = await tryCall(key, "stranger", headers);
      expect(answer.status, JSON.stringify(headers)).toBe(401);
      expect(await answer.json()).toMatchObject({ code: "unauthenticated" });
    }
  });

  test("reads as absent to another namespace's owner", async () => {
    for (const caller of world.callers.foreigner) {
      expect((await tryCall(key, "foreign owner", caller.headers)).status, caller.name).toBe(404);
    }
  });

  if (key.includes("[db]")) {
    test("does not reach another namespace's database through one's own", async () => {
      for (const caller of world.callers.owner) {
        for (const db of [world.theirs, "theirs"]) {
          const answer = await tryCall(key, "owner with a foreign id", caller.headers, { db });
          expect(answer.status, caller.name).toBe(404);
        }
      }
    });
  }

  test("knows nothing of this database for a token that is limited to another", async () => {
    const answer = await call(key, world.limited.headers);
    if (key.includes("[db]")) tally.refused(key, "limited token", answer.status);
    const text = await answer.text();
    expect(answer.status, text).toBe(key.includes("[db]") ? 404 : (row.limited ?? 403));
    expect(text).not.toContain(world.shop);
  });

  if (row.foreign) {
    test("does not reach another database's things through one's own", async () => {
      for (const caller of world.callers.owner) {
        const foreign = (await row.foreign?.(world)) ?? {};
        const answer = await tryCall(key, "owner with a foreign id", caller.headers, foreign);
        expect(answer.status, caller.name).toBe(404);
      }
    });
  }

  if (key.startsWith("GET ") && row.status === 200 && !UNNAMED.includes(key)) {
    test("has a name that 304 answers to as long as nothing has changed", async () => {
      const [caller] = world.callers.owner;
      const over = (await row.params?.(world, world.shop, caller?.userId ?? "")) ?? {};
      // Whoever looks first may write down what has come to its end by itself.
      await call(key, caller?.headers ?? {}, over);
      const first = await call(key, caller?.headers ?? {}, over);
      const etag = first.headers.get("etag") ?? "";
      expect(etag).toMatch(/^"[\w-]{22}"$/);
      for (const known of [etag, `W/${etag}, "other"`]) {
        const again = await call(key, { ...caller?.headers, "if-none-match": known }, over);
        expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
      }
      const other = await call(key, { ...caller?.headers, "if-none-match": '"other"' }, over);
      expect([other.status, await other.text()]).toEqual([200, await first.text()]);
      const stranger = await call(key, { "if-none-match": etag }, over);
      expect(stranger.status).toBe(401);
    });
  }

  if (!key.startsWith("GET ")) {
    test("refuses a session's call that does not come from our own pages", async () => {
      const [session] = world.callers.owner;
      for (const origin of ["https://evil.example", "null", "http://127.0.0.1:3001", ""]) {
        const answer = await tryCall(key, "another site", { ...session?.headers, origin });
        expect(answer.status, origin).toBe(403);
      }
    });
  }
});
