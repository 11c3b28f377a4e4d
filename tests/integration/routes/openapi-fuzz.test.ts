import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { type FuzzAnswer, findFault } from "../../world/find-fault.ts";
import { type FuzzedCall, type FuzzPool, fuzzedCalls } from "../../world/fuzz-calls.ts";
import { FUZZ_EXCEPT } from "../../world/fuzz-lastgood.ts";
import { findRouteFiles, givenParams, ORIGIN, openRouteWorld, type RouteWorld } from "./open-route-world.ts";

/*
 * Calls made out of the OpenAPI document: none is answered 500, none tells what is not the caller's, and every answer is one that
 * the document describes. LASTGOOD_FUZZ_SECONDS has it go on for longer than it does here.
 */
const SECONDS = Number(process.env.LASTGOOD_FUZZ_SECONDS ?? "8");
const SECRET = "only-the-others-know";

const files = findRouteFiles();
const answered = new Map<number, number>();
let world: RouteWorld;
let pool: FuzzPool;

/** Calls a handler as Next.js would. */
async function send({ method, path, params, query, headers, body }: FuzzedCall): Promise<FuzzAnswer> {
  const pattern = path.replaceAll("{", "[").replaceAll("}", "]");
  const handlers = await files.find((file) => file.pattern === pattern)?.load();
  const handler = handlers?.[method];
  if (!handler) throw new Error(`nothing answers ${method} ${path}`);
  const address = path.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const request = new Request(`${ORIGIN}${address}${query}`, {
    method,
    // No agent is there whose end could be waited for.
    headers: { host: "127.0.0.1:3000", prefer: "respond-async", ...headers },
    ...(body !== null && { body, duplex: "half" }),
  } as RequestInit);
  const answer = await handler(request, givenParams(params));
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

beforeAll(async () => {
  world = await openRouteWorld();
  await metadata().database.update({ where: { id: world.theirs }, data: { name: SECRET, nameKey: SECRET } });
  const point = await world.addRestorePoint(world.shop, "label");
  const foreignPoint = await world.addRestorePoint(world.theirs, SECRET);
  const things = [point, foreignPoint, world.preview, randomUUID()];
  const databases = ["shop", "shop", world.shop, world.preview, world.theirs, SECRET];
  const { owner, admin, member, viewer, foreigner } = world.callers;
  const tokens = [owner, owner, owner, admin, member, viewer].map(([, token]) => token?.headers ?? {});
  const odd = [{}, { authorization: "Bearer lg_no" }, { authorization: "x" }, { cookie: "lastgood.session=x" }];
  pool = {
    params: {
      ns: ["acme", "acme", "acme", world.acme, "other", world.other],
      account: ["acme", "acme", world.acme, "other", world.other],
      db: databases,
      id: things,
      "/v1/projects/id": databases,
      "/v1/databases/id": databases,
      point: things,
      backup: things,
      delivery: things,
      restore: things,
      pitr: things,
    },
    callers: [...tokens, world.limited.headers, owner[0]?.headers ?? {}, ...odd],
  };
  expect(foreigner).toHaveLength(2);
});
afterAll(() => world.close());

test("no call made out of the document is answered 500, tells what is not the caller's, or is answered as it does not say", {
  timeout: (SECONDS + 90) * 1000,
}, async () => {
  const faults = new Map<string, FuzzedCall>();
  const property = fc.asyncProperty(await fuzzedCalls(pool, FUZZ_EXCEPT), async (call) => {
    const answer = await send(call);
    answered.set(answer.status, (answered.get(answer.status) ?? 0) + 1);
    // What a caller has sent may come back in words about that.
    const found = await findFault(call, answer, JSON.stringify(call).includes(SECRET) ? [] : [SECRET]);
    if (found !== null && faults.size < 30) faults.set(`${call.id}: ${found}`.slice(0, 300), call);
  });
  const endsAfter = { interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false };
  await fc.assert(property, { numRuns: 10_000_000, ...endsAfter });
  expect([...faults].map(([found, call]) => `${found}\n${JSON.stringify(call).slice(0, 500)}`)).toEqual([]);
  // Neither all refused at the door nor all let through.
  expect([...answered.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404]));
  expect([...answered.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(50);
});

test("an answer that fails, tells of its inside or is another one than the document says is found", async () => {
  const call = { id: "readNamespace", method: "GET", path: "/api/namespaces/acme" };
  const answer = (status: number, body: unknown, type = "application/json") =>
    findFault(call, { status, headers: new Headers({ "content-type": type }), text: JSON.stringify(body) }, [SECRET]);
  const good = { id: "1", slug: "acme", name: "Acme", role: "owner" };
  expect(await answer(200, good)).toBeNull();
  expect(await answer(500, {})).toContain("500");
  expect(await answer(200, { ...good, name: "at /lib/services/perform.ts" })).toContain("inside");
  expect(await answer(200, { ...good, name: SECRET })).toContain("what it must not");
  expect(await answer(200, { ...good, more: 1 })).toContain("readNamespace 200");
  expect(await answer(200, { ...good, role: "king" })).toContain("readNamespace 200");
  expect(await answer(418, good)).toContain("no such answer");
  expect(await answer(200, good, "text/html")).toContain("text/html");
});
