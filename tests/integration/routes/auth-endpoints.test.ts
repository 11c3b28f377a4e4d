import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findRouteFiles, ORIGIN, openRouteWorld, type RouteWorld } from "./open-route-world.ts";

type Answer = (request: Request, context: { params: Promise<{ nextauth: string[] }> }) => Promise<Response>;

let world: RouteWorld;
let handlers: Record<string, Answer>;
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const SIGN_IN = "callback/credentials";

beforeAll(async () => {
  world = await openRouteWorld();
  const file = findRouteFiles().find(({ pattern }) => pattern === "/api/auth/[...nextauth]");
  handlers = ((await file?.load()) ?? {}) as unknown as Record<string, Answer>;
});
afterAll(() => world.close());

function call(method: string, place: string, headers: Record<string, string> = {}, body?: string): Promise<Response> {
  const all = { host: new URL(ORIGIN).host, ...headers };
  const request = new Request(`${ORIGIN}/api/auth/${place}`, { method, headers: all, ...(body && { body }) });
  const answer = handlers[method];
  if (!answer) throw new Error(`no ${method}`);
  return answer(request, { params: Promise.resolve({ nextauth: place.split("/") }) });
}

describe("of next-auth's addresses", () => {
  test.each([
    ["GET", "providers"],
    ["GET", "verify-request"],
    ["GET", "callback/google"],
    ["GET", "signin/credentials"],
    ["POST", "_log"],
    ["POST", "signin/google"],
    ["POST", "callback/google"],
  ])("%s %s is absent: nothing here uses it", async (method, place) => {
    const answer = await call(method, place, FORM, method === "POST" ? "a=b" : undefined);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test.each([
    ["GET", SIGN_IN, "POST"],
    ["GET", "signout", "POST"],
    ["POST", "session", "GET"],
    ["DELETE", "csrf", "GET"],
  ])("%s %s is refused, and told what is allowed", async (method, place, allowed) => {
    const answer = await call(method, place, FORM, method === "POST" ? "a=b" : undefined);
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, allowed]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test("the sign-in takes no form of another site, none that is large, and nothing but a form", async () => {
    const ask = async (headers: Record<string, string>, body: string) =>
      (await call("POST", SIGN_IN, { ...FORM, ...headers }, body)).status;
    expect(await ask({ origin: "https://evil.example" }, "email=a&password=b")).toBe(403);
    expect(await ask({ origin: "null" }, "email=a&password=b")).toBe(403);
    expect(await ask({}, `email=${"a".repeat(20_000)}`)).toBe(413);
    expect(await ask({ "content-type": "application/json" }, '{"email":{"contains":"@"}}')).toBe(415);
    expect(await ask({ "content-encoding": "gzip" }, "x")).toBe(415);
  });
});

test("an answer to a body that was not read whole ends the connection: its rest would be taken for a request", async () => {
  const answer = await call("POST", SIGN_IN, FORM, `email=${"a".repeat(20_000)}`);
  expect(answer.headers.get("connection")).toBe("close");
});
