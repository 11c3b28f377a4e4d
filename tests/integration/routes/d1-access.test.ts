import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { ROLES, type Role } from "../../../lib/domain/actions.ts";
import { signLink } from "../../../lib/services/d1/signed-link.ts";
import { D1_DELETE, D1_LINKED, D1_METRICS, D1_NOWHERE, D1_ROWS, type D1Row } from "./d1-rows.ts";
import { type Caller, callRoute, findRouteFiles, openRouteWorld, type RouteWorld } from "./open-route-world.ts";

/*
 * The D1 API by every route × role × foreign account: a bad token is 403/9109, an account that is not one's own 403/7403,
 * a database of another account 404/7404. A session counts for nothing here.
 */
type Envelope = { success: boolean; errors: { code: number; message: string }[]; result: unknown };

const files = findRouteFiles().filter(({ pattern }) => pattern.startsWith("/client/v4/"));
let world: RouteWorld;

beforeAll(async () => {
  world = await openRouteWorld();
});
afterAll(() => world.close());

type Over = { account?: string; db?: string; body?: unknown };

async function call(key: string, headers: Record<string, string>, { body, ...over }: Over = {}) {
  const [method = "", pattern = ""] = key.split(" ");
  const route = files.find((file) => file.pattern === pattern);
  if (!route) throw new Error(`no route for ${key}`);
  const row = D1_ROWS[key];
  const params = { account: "acme", db: "shop", ...over };
  const answer = await callRoute(await route.load(), method, pattern, params, {
    body: body ?? row?.body?.(world),
    query: row?.query ?? "",
    headers,
  });
  return { status: answer.status, body: (await answer.json()) as Envelope };
}

const byToken = (callers: Caller[]) => callers.find(({ name }) => name.endsWith("token"))?.headers ?? {};
const refusal = (status: number, code: number) => ({
  status,
  body: { success: false, errors: [{ code, message: expect.any(String) }], messages: [], result: null },
});
const may = (role: Role, weakest: Role) => ROLES.indexOf(role) <= ROLES.indexOf(weakest);

test("each method of each route has a row", async () => {
  const keys: string[] = [];
  for (const { pattern, load } of files) {
    const answer = await callRoute(await load(), "OPTIONS", pattern, {});
    const allowed = (answer.headers.get("allow") ?? "").split(", ").filter((method) => method !== "");
    expect(allowed.length > 0, pattern).toBe(pattern !== D1_NOWHERE);
    for (const method of allowed) keys.push(`${method} ${pattern}`);
  }
  expect(keys.sort()).toEqual([...Object.keys(D1_ROWS), D1_DELETE, D1_METRICS, ...D1_LINKED].sort());
});

describe.each(Object.keys(D1_ROWS))("%s", (key) => {
  const row = D1_ROWS[key] as D1Row;

  test.each(ROLES)("answers the token of a %s according to the role", async (role) => {
    const answer = await call(key, byToken(world.callers[role]));
    if (!may(role, row.weakest)) return expect(answer).toEqual(refusal(403, 7403));
    expect(answer.status, JSON.stringify(answer.body)).toBe(row.status);
    return expect(JSON.stringify(answer.body)).toMatch(row.says ?? /"success"/);
  });

  test("does not answer a stranger, nor a session", async () => {
    const [session] = world.callers.owner;
    for (const headers of [
      {},
      { authorization: "Bearer lg_wrong" },
      { authorization: "Basic YTpi" },
      { "x-middleware-subrequest": "middleware:middleware:middleware" },
      session?.headers ?? {},
    ]) {
      const answer = await call(key, headers);
      expect(answer, JSON.stringify(headers)).toEqual(refusal(403, 9109));
      expect(answer.body.errors[0]?.message).toBe("Invalid access token");
    }
  });

  if (row.isOwn) return;

  test("is not authorised for another account", async () => {
    expect(await call(key, byToken(world.callers.foreigner))).toEqual(refusal(403, 7403));
    expect(await call(key, byToken(world.callers.owner), { account: world.other })).toEqual(refusal(403, 7403));
  });

  test("takes the account's id as well as its slug", async () => {
    const answer = await call(key, byToken(world.callers.owner), { account: world.acme });
    expect(answer.status, JSON.stringify(answer.body)).toBe(row.status);
  });

  if (!key.includes("[db]")) return;

  test("reads as absent where the database is another account's, a cluster, or beyond a limited token", async () => {
    const owner = byToken(world.callers.owner);
    for (const db of [world.theirs, "theirs", randomUUID()]) {
      expect(await call(key, owner, { db }), db).toEqual(refusal(404, 7404));
    }
    expect(await call(key, world.limited.headers)).toEqual(refusal(404, 7404));
    const cluster = await world.addDatabase(world.acme, `pg-${randomUUID().slice(0, 8)}`);
    await metadata().database.update({ where: { id: cluster }, data: { engine: "postgres" } });
    expect(await call(key, owner, { db: cluster })).toEqual(refusal(404, 7404));
  });
});

describe(D1_DELETE, () => {
  test("is for admins and owners, and ends one's own database alone", async () => {
    for (const role of ROLES) {
      const db = await world.addDatabase(world.acme, `gone-${randomUUID().slice(0, 8)}`);
      const answer = await call(D1_DELETE, byToken(world.callers[role]), { db });
      if (may(role, "admin")) {
        expect(answer.body).toEqual({ success: true, result: null, errors: [], messages: [] });
      } else {
        expect(answer).toEqual(refusal(403, 7403));
      }
    }
    expect(await call(D1_DELETE, byToken(world.callers.owner), { db: world.theirs })).toEqual(refusal(404, 7404));
    expect(await call(D1_DELETE, byToken(world.callers.foreigner))).toEqual(refusal(403, 7403));
    expect(await call(D1_DELETE, { authorization: "Bearer lg_wrong" })).toEqual(refusal(403, 9109));
  });
});

describe(D1_METRICS, () => {
  const ask = (accountTag: string, databaseId: string) => ({
    query: "query { viewer { accounts { d1AnalyticsAdaptiveGroups { sum { rowsRead } } } } }",
    variables: { accountTag, filter: { AND: [{ databaseId }] } },
  });

  test("answers nobody about a database of another account", async () => {
    const owner = byToken(world.callers.owner);
    const own = await call(D1_METRICS, owner, { body: ask("acme", world.shop) });
    expect(own.body.errors[0]?.message).toMatch(/agent|another MD5/);
    expect(await call(D1_METRICS, owner, { body: ask("acme", world.theirs) })).toEqual(refusal(404, 7404));
    expect((await call(D1_METRICS, owner, { body: ask(world.other, world.theirs) })).status).toBe(404);
    expect(await call(D1_METRICS, {}, { body: ask("acme", world.shop) })).toEqual(refusal(403, 9109));
  });
});

describe.each(D1_LINKED)("%s", (key) => {
  const use = key.startsWith("PUT") ? ("upload" as const) : ("download" as const);

  /** An address as the service signs it, in the name of a member's token. */
  async function sign(
    over: { account?: string; databaseId?: string; for?: "upload" | "download" } = {},
    nowMs?: number,
  ) {
    const [, member] = world.callers.member;
    const token = await metadata().apiToken.findFirstOrThrow({ where: { userId: member?.userId ?? "" } });
    const shared = { tokenId: token.id, account: "acme", databaseId: world.shop, ...over };
    const upload = { ...shared, for: "upload" as const, uploadId: randomUUID(), md5: "ab".repeat(16) };
    const options = { schema: true, data: true, tables: [] };
    const download = { ...shared, for: "download" as const, at: "b", name: "shop.sql", options };
    return { link: signLink((over.for ?? use) === "upload" ? upload : download, nowMs), tokenId: token.id };
  }
  const follow = async (link: string, headers: Record<string, string> = {}) => {
    const [method = "", pattern = ""] = key.split(" ");
    const route = files.find((file) => file.pattern === pattern);
    const body = method === "PUT" ? new Uint8Array([1]) : undefined;
    const answer = await callRoute((await route?.load()) ?? {}, method, pattern, { link }, { body, headers });
    return { status: answer.status, body: (await answer.json()) as Envelope };
  };
  const refusedAs = (status: number) =>
    expect.objectContaining({ status, body: expect.objectContaining({ success: false }) });

  test("takes no address but one that was signed, for this, within the hour", async () => {
    const { link } = await sign();
    const owner = byToken(world.callers.owner);
    expect((await follow(link)).body.errors[0]?.message).toMatch(/agent|another MD5/);
    const other = await sign({ for: use === "upload" ? "download" : "upload" });
    const old = await sign({}, Date.now() - 3_600_001);
    const [claims = "", mac = ""] = link.split(".");
    const altered = Buffer.from(Buffer.from(claims, "base64url").toString().replace("acme", "ecma")).toString(
      "base64url",
    );
    for (const bad of ["", "x", claims, `${claims}.`, `${altered}.${mac}`, other.link, old.link, "x".repeat(20_000)]) {
      expect(await follow(bad, owner)).toEqual(refusedAs(403));
    }
  });

  test("goes by the rights that its token has now", async () => {
    expect(await follow((await sign({ databaseId: world.theirs })).link)).toEqual(refusedAs(404));
    const { link, tokenId } = await sign();
    await metadata().apiToken.update({ where: { id: tokenId }, data: { revokedAtMs: 1n } });
    expect(await follow(link)).toEqual(refusedAs(403));
    await metadata().apiToken.update({ where: { id: tokenId }, data: { revokedAtMs: null } });
    const [, member] = world.callers.member;
    await metadata().membership.updateMany({ where: { userId: member?.userId ?? "" }, data: { role: "viewer" } });
    expect(await follow(link)).toEqual(refusedAs(403));
    await metadata().membership.updateMany({ where: { userId: member?.userId ?? "" }, data: { role: "member" } });
  });
});
