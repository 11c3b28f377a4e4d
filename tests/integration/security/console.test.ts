import { existsSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openMetadata } from "../../../lib/db/client.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { callApi } from "../../world/call-api.ts";
import { type BuiltAction, builtActions, callAction } from "../../world/server-actions.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";
import { fuzzScenario } from "./fuzz-scenario.ts";

// What anybody on the network can send to a running console, byte for byte.
let lastgood: StartedLastgood;
let cookie = "";
type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };

const named = (name: string): BuiltAction => builtActions().find((one) => one.name === name) as BuiltAction;

function send(
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body?: string,
  localAddress = "127.0.0.1",
): Promise<Answer> {
  const { hostname: host, port } = new URL(lastgood.url);
  return new Promise((resolve, reject) => {
    const call = request({ host, port, method, path: target, headers, agent: false, localAddress }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    call.setTimeout(20_000, () => call.destroy(new Error(`${method} ${target} hangs`)));
    call.on("error", reject);
    call.end(body);
  });
}

beforeAll(async () => {
  lastgood = await startLastgood({ env: { LASTGOOD_URL: "https://lastgood.example" } });
  const { email, password } = lastgood.owner;
  const answer = await callAction(lastgood.url, named("signIn"), {
    input: { email, password },
    headers: { origin: lastgood.url },
  });
  cookie = answer.cookies.map((one) => one.split(";")[0]).join("; ");
}, 120_000);
afterAll(() => lastgood.remove());

test("what is not there and methods that an address does not have are problem details, and 405 names those that it has", async () => {
  const problem = { "content-type": "application/problem+json", "x-request-id": expect.any(String) };
  for (const target of ["/api", "/api/nothing", "/api/namespaces", "/api/namespaces/acme/nothing/x", "/v1/nothing/x"]) {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      const { status, headers, text } = await send(method, target);
      expect([target, method, status]).toEqual([target, method, 404]);
      expect(headers).toMatchObject(problem);
      expect(JSON.parse(text)).toMatchObject({ code: "not_found", hint: expect.stringContaining("/api/openapi.json") });
    }
  }
  for (const [method, target, allow] of [
    ["POST", "/api/health", "GET"],
    ["DELETE", "/api/openapi.json", "GET"],
    ["GET", "/api/enrolments", "POST"],
    ["PUT", "/api/namespaces/acme/databases", "GET, POST"],
    ["POST", "/api/namespaces/acme/members", "GET"],
    ["GET", "/api/namespaces/acme/databases/shop/restore", "POST"],
    ["PATCH", "/v1/regions", "GET"],
    ["DELETE", "/api/auth/csrf", "GET"],
  ] as const) {
    const { status, headers, text } = await send(method, target);
    expect([target, status, headers.allow]).toEqual([target, 405, allow]);
    expect(headers).toMatchObject(problem);
    expect(JSON.parse(text)).toMatchObject({ code: "method_not_allowed", status: 405 });
  }
  for (const method of ["TRACE", "PROPFIND"]) {
    const { status, headers } = await send(method, "/api/health");
    expect([status, headers["content-type"]]).toEqual([405, "application/problem+json"]);
    expect(headers.allow).toContain("PATCH");
  }
  expect((await send("HEAD", "/api/nothing")).status).toBe(404);
});

test("an answer that a caller has already is 304, also of what the agent is asked for", async () => {
  const made = await callApi(lastgood, "/databases", { body: { name: "named", engine: "sqlite" } });
  expect(made.status).toBe(201);
  const { headers } = await callApi(lastgood, "/databases/named/query", { body: { sql: "CREATE TABLE t (a)" } });
  const bookmark = headers.get("x-lastgood-bookmark") ?? "";
  const range = `from=${Date.now() - 60_000}&to=${Date.now()}`;
  const of = `/api/namespaces/${lastgood.namespace}/databases/named`;
  const authorization = `Bearer ${lastgood.token}`;
  const ask = async (target: string) => {
    const first = await send("GET", target, { authorization });
    const again = await send("GET", target, { authorization, "if-none-match": String(first.headers.etag) });
    expect([target, first.status, first.text === again.text]).toEqual([target, 200, false]);
    expect(again.headers.etag === first.headers.etag).toBe(again.status === 304);
    if (again.status === 304) expect(again.text).toBe("");
    return again.status;
  };
  for (const target of [
    "/api/health",
    `${of}/bookmark?bookmark=${bookmark}`,
    `${of}/commits?at=${Date.now()}`,
    `${of}/density?${range}&buckets=10`,
    `${of}/marks?${range}`,
  ]) {
    expect([target, await ask(target)]).toEqual([target, 304]);
  }
  // These say how far the history reaches, which moves on all the time.
  for (const target of [`${of}/window`, of]) expect([200, 304]).toContain(await ask(target));
});

test("methods and addresses that mean nothing get 4xx, and the log no error", async () => {
  for (const method of ["TRACE", "PROPFIND"]) expect((await send(method, "/")).status, method).toBe(405);
  for (const target of [
    "/%ff",
    "/api/namespaces/%ff/databases",
    "/databases/%c0%ae",
    "/%00",
    "//evil/",
    "http://evil/",
  ]) {
    const { status, text } = await send("GET", target);
    expect(status, target).toBe(400);
    expect(JSON.parse(text), target).toMatchObject({ code: "invalid_input" });
  }
});

test("over https browsers are told never to come back without, and the cookie is bound to this host", async () => {
  for (const target of ["/sign-in", "/api/health", "/theme.js", "/%ff"]) {
    expect((await send("GET", target)).headers["strict-transport-security"], target).toBe("max-age=31536000");
  }
  expect(cookie).toContain("__Host-lastgood.session=");
});

describe("case 13: ways around what stands before a page:", () => {
  test.each([
    ["x-middleware-subrequest", "proxy:proxy:proxy:proxy:proxy"],
    ["x-middleware-subrequest", "src/middleware:src/middleware:src/middleware:src/middleware:src/middleware"],
    ["x-middleware-rewrite", "/databases"],
    ["x-nextjs-data", "1"],
    ["rsc", "1"],
    ["next-router-prefetch", "1"],
    ["x-invoke-path", "/databases"],
    ["x-lastgood-peer", "127.0.0.1"],
  ])("%s: %s lets no stranger see a page or a route", async (name, value) => {
    // Next.js wants a mark of some requests in their address as well, and sends them there first.
    const ask = async (target: string) => {
      const first = await send("GET", target, { [name]: value });
      const to = String(first.headers.location ?? "");
      return to.startsWith(`${target}?_rsc`) ? send("GET", to, { [name]: value }) : first;
    };
    const page = await ask("/databases");
    if (page.status === 200) {
      // A page's script is told where to go, and no more.
      expect(page.text).toContain("NEXT_REDIRECT;replace;/sign-in");
      expect(page.text).not.toMatch(/acme|owner@/);
    } else expect([page.status, page.headers.location]).toEqual([307, "/sign-in?next=%2Fdatabases"]);
    expect((await ask("/api/namespaces/acme/databases")).status).toBe(401);
  });

  test("pages under other names, and injected parameters, show strangers nothing", async () => {
    for (const target of [
      "/databases.rsc",
      "/databases.txt",
      "/databases?nxtPdb=shop&_rsc=1",
      "/_next/data/x/databases.json",
    ]) {
      const { status, text } = await send("GET", target);
      expect([307, 404], target).toContain(status);
      expect(text, target).not.toContain("owner@example.com");
    }
  });
});

describe("case 14: a body that is no call of a server action", () => {
  const marker = path.join("/tmp", `lastgood-ran-${process.pid}`);
  const shaped = `{"then":"$1:__proto__:then","status":"resolved_model","reason":-1,"value":"{\\"then\\":\\"$B1337\\"}","_response":{"_prefix":"process.mainModule.require('child_process').execSync('touch ${marker}');","_chunks":"$Q2","_formData":{"get":"$1:constructor:constructor"}}}`;
  const part = (name: string, text: string) =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
  const bodies: [what: string, type: string, body: string][] = [
    [
      "React2Shell-shaped",
      "multipart/form-data; boundary=x",
      `${part("0", shaped)}${part("1", '"$@0"')}${part("2", "[]")}--x--\r\n`,
    ],
    ["a walk to a constructor", "text/plain;charset=UTF-8", '["$1:constructor:constructor"]'],
    ["a thenable", "text/plain;charset=UTF-8", '{"then":"$1:__proto__:then"}'],
    ["a function", "text/plain;charset=UTF-8", '["$F1"]'],
    ["a blob", "text/plain;charset=UTF-8", '["$B1337"]'],
    ["no JSON", "text/plain;charset=UTF-8", "not json"],
    ["depth of 100,000", "text/plain;charset=UTF-8", "[".repeat(100_000)],
    ["a torn form", "multipart/form-data; boundary=x", "--x\r\ngarbage"],
    ["an ordinary form", "application/x-www-form-urlencoded", "a=b"],
    ["more than a megabyte", "text/plain;charset=UTF-8", JSON.stringify(["x".repeat(1_300_000)])],
  ];

  test.each(bodies)("(%s) is 4xx, and nothing runs", async (_, type, body) => {
    const { id, page } = named("removeDatabase");
    for (const session of [{}, { cookie }]) {
      const headers = { "next-action": id, origin: lastgood.url, "content-type": type, ...session };
      const { status } = await send("POST", page, headers, body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect(existsSync(marker)).toBe(false);
  });

  test("without an action's id, or with an unknown one, is 4xx", async () => {
    const headers = { origin: lastgood.url, cookie, "content-type": "multipart/form-data; boundary=x" };
    expect((await send("POST", "/", headers, `${part("$ACTION_ID_x", "")}--x--\r\n`)).status).toBe(405);
    expect((await send("POST", "/", { ...headers, "next-action": "x" }, "")).status).toBe(400);
    expect((await send("POST", "/", { ...headers, "next-action": "00".repeat(21) }, "")).status).toBe(409);
    expect((await send("GET", "/api/health")).status).toBe(200);
  });
});

test("case 16: a form of another site, or JSON that is sent as text, changes nothing", async () => {
  const route = "/api/namespaces/acme/databases";
  const body = '{"name":"theirs","engine":"sqlite"}';
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    const theirs = await send("POST", route, { cookie, origin: "https://evil.example", "content-type": type }, body);
    expect(theirs.status, type).toBe(403);
    const ours = await send("POST", route, { cookie, origin: lastgood.url, "content-type": type }, body);
    expect(ours.status, type).toBe(415);
  }
  const nowhere = await send("POST", route, { cookie, "content-type": "application/json" }, body);
  expect(nowhere.status).toBe(403);
});

test("case 40: whatever a link asks for, signing in leads nowhere but home", async () => {
  for (const to of [
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "%0d%0aset-cookie:x",
    "javascript:alert(1)",
    "%ff",
  ]) {
    const target = `/api/auth/signin?callbackUrl=${to}`;
    const { status, headers } = await send("GET", target);
    const { location } = headers;
    expect([302, 307, 400], `${to} ${status}`).toContain(status);
    if (typeof location === "string") {
      const led = new URL(location, "https://lastgood.example");
      expect(led.origin, to).toBe("https://lastgood.example");
    }
    expect((await send("GET", `/sign-in?callbackUrl=${to}&next=${to}`)).status, to).toBe(200);
  }
});

test("a server action that Next.js sends on to itself keeps its caller's address, and nobody else can name one", async () => {
  const { id } = named("signIn");
  const body = JSON.stringify([{ email: "forwarded@example.com", password: "x" }]);
  const headers = {
    "next-action": id,
    origin: lastgood.url,
    "content-type": "text/plain;charset=UTF-8",
    "x-forwarded-for": "203.0.113.9",
    "x-action-forwarded": "1",
    "x-lastgood-peer": "203.0.113.10",
    "x-lastgood-mark": "203.0.113.11",
  };
  // Lastgood itself calls from 127.0.0.1.
  await send("POST", "/databases", headers, body, "127.0.0.2");
  const { "x-action-forwarded": _given, ...plain } = headers;
  await send("POST", "/databases", plain, body, "127.0.0.2");
  const db = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
  try {
    const rows = await db.auditEntry.findMany({ where: { actorName: "forwarded@example.com" } });
    expect(rows.length).toBeGreaterThan(0);
    for (const { address } of rows) expect(address).toBe("127.0.0.2");
  } finally {
    await db.$disconnect();
  }
});

fuzzScenario(
  () => lastgood,
  () => ({ cookie, origin: lastgood.url }),
);
