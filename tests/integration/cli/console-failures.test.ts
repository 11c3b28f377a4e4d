import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { runInTerminal } from "../../world/in-terminal.ts";
import { runHere as callHere } from "../../world/run-here.ts";
import { runLastgood } from "../../world/run-lastgood.ts";
import { CONSOLE_CALLS, everyVerb, OTHER_VERBS } from "./console-calls.ts";

/* Consoles that are not there, slow, or no consoles at all: real servers on real sockets. */
const servers: Server[] = [];
const SOMEWHERE = { LASTGOOD_TOKEN: "a-token", LASTGOOD_NAMESPACE: "acme", LASTGOOD_CONFIG: "/nowhere/profiles.json" };
const DATABASE = "7adb0af3-4451-43df-b05e-bd0b949cf95d";
/** What a terminal would do something for, but a line feed; and a mark that turns text round. */
const COMMANDING = /(?!\n)\p{Cc}|\u202e/u;
const RESTORE = "0d3c6a3e-7f1b-4c7e-9f53-4d2bb1f0a001";

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json = (response: Parameters<RequestListener>[1], value: unknown, status = 200, type = "application/json") =>
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(value));

async function nobody(): Promise<string> {
  const url = await serve(() => undefined);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return url;
}

const run = (args: readonly string[], url: string) => runLastgood(args, { env: { ...SOMEWHERE, LASTGOOD_URL: url } });

const runHere = (args: readonly string[], url: string) => callHere(args, { ...SOMEWHERE, LASTGOOD_URL: url });

test("every verb that asks a console is called here", async () => {
  expect([...Object.keys(CONSOLE_CALLS), ...OTHER_VERBS].toSorted()).toEqual((await everyVerb()).toSorted());
});

describe.each(Object.entries(CONSOLE_CALLS))("%s", (verb, args) => {
  const called = [...verb.split(" "), ...args];

  test("says when what answers is no Lastgood, in words and as JSON", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<title>Welcome to nginx!</title>");
    });
    const read = await runHere(called, url);
    expect(read).toMatchObject({
      code: 10,
      out: "",
      err: expect.stringContaining("is not Lastgood: 200 with text/html"),
    });
    expect(read.err).toContain("Welcome to nginx!");
    const asked = await runHere([...called, "--json"], url);
    expect(asked).toMatchObject({ code: 10, err: "" });
    expect(JSON.parse(asked.out)).toMatchObject({ ok: false, error: { code: "bad_answer" } });
  });

  test("says when nobody answers in time, and what was asked", async () => {
    const url = await serve(() => undefined);
    // What waits longer by itself is watched, or counts rows.
    const isPatient = /^(view|databases (create|attach))$/.test(verb);
    const ran = await runHere([...called, "--json", "--timeout", "0.05"], isPatient ? await cutOff() : url);
    expect(ran).toMatchObject({ code: isPatient ? 10 : 8, err: "" });
  });

  test("takes JSON that is cut for no answer", async () => {
    const ran = await runHere([...called, "--json"], await cutShort());
    expect(ran).toMatchObject({ code: 10, err: "" });
    expect(JSON.parse(ran.out)).toMatchObject({ error: { code: "bad_answer" } });
  });
});

const cutShort = () =>
  serve((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end('{"databases":[{"id":');
  });
const cutOff = () => serve((request) => request.socket.destroy());

test("every verb names a console that is down, and what to check, after a few tries", async () => {
  const url = await nobody();
  const calls = Object.entries(CONSOLE_CALLS).map(([verb, args]) => [...verb.split(" "), ...args]);
  const all = await Promise.all(
    calls.map(async (args) => ({
      args,
      read: await runHere(args, url),
      asked: await runHere([...args, "--json"], url),
    })),
  );
  for (const { args, read, asked } of all) {
    expect(read, args.join(" ")).toMatchObject({ code: 10, out: "" });
    expect(read.err, args.join(" ")).toContain(`Nobody listens at ${url}.`);
    expect(read.err, args.join(" ")).toContain("/api/health");
    expect(asked, args.join(" ")).toMatchObject({ code: 10, err: "" });
    expect(JSON.parse(asked.out), args.join(" ")).toMatchObject({ ok: false, error: { code: "unreachable" } });
  }
});

test("a console that is down is named by the program itself", async () => {
  const url = await nobody();
  const ran = await run(["window"], url);
  expect(ran).toMatchObject({ code: 10, out: "", err: expect.stringContaining(`Nobody listens at ${url}.`) });
  expect(ran.err).toContain("/api/health");
});

test("proxies, sign-in pages and TLS are told apart", async () => {
  const proxy = await serve((_, response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad"));
  expect(await runHere(["window"], proxy)).toMatchObject({ code: 10, err: expect.stringContaining("answers 502") });
  const signIn = await serve((_, response) => response.writeHead(302, { location: "https://sso.example/login" }).end());
  const sent = await runHere(["window"], signIn);
  expect(sent).toMatchObject({ code: 10, err: expect.stringContaining("sends us on to https://sso.example/login") });
  const plain = (await serve((_, response) => json(response, {}))).replace("http:", "https:");
  expect(await runHere(["window"], plain)).toMatchObject({
    code: 10,
    err: expect.stringContaining("does not speak TLS"),
  });
});

test("a profile's token never goes to another address, and a redirect gets none", async () => {
  const heard: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    heard.push(request.headers.authorization);
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  await runHere(["window"], url);
  expect(heard).toEqual(["Bearer a-token"]);
});

test("what the console refuses is shown with its next step and its request", async () => {
  const url = await serve((_, response) => {
    const detail = "This API token is not valid.";
    const problem = { type: "about:blank", title: "", status: 401, detail, code: "unauthenticated", requestId: "r-1" };
    json(response, problem, 401, "application/problem+json");
  });
  const read = await runHere(["window"], url);
  expect(read).toMatchObject({ code: 5, out: "", err: expect.stringContaining("comes from LASTGOOD_TOKEN") });
  const { error } = JSON.parse((await runHere(["window", "--json"], url)).out) as { error: object };
  expect(error).toMatchObject({ code: "unauthenticated", requestId: "r-1" });
});

/** A console of one database, as far as a test needs one. */
function shop(name = "shop"): { answers: Record<string, () => unknown>; view: object } {
  const view = {
    id: DATABASE,
    name,
    kind: "project",
    engine: "sqlite",
    origin: "hosted",
    state: "active",
    capture: null,
  };
  return { view, answers: { "GET /api/namespaces/acme/databases": () => ({ databases: [view] }) } };
}

test("no name of anybody's reaches the terminal as a command to it", async () => {
  const evil = "\u001b]0;owned\u0007\u001b[2Jshop\u202egpj";
  const { answers } = shop(evil);
  const url = await serve((request, response) => json(response, answers[`${request.method} ${request.url}`]?.() ?? {}));
  const read = await runHere(["databases", "list"], url);
  expect(read.code).toBe(0);
  expect(read.out).toContain("\\x1b]0;owned\\x07\\x1b[2Jshop\\u202egpj");
  for (const text of [read.out, read.err]) expect(text).not.toMatch(COMMANDING);
  const asked = await runHere(["databases", "list", "--json"], url);
  expect(asked.out).not.toMatch(COMMANDING);
  expect(JSON.parse(asked.out)).toMatchObject({ databases: [{ name: evil }] });
});

test("a call whose answer got lost is repeated under the same key, and never without one", async () => {
  const { answers } = shop();
  const keys: (string | undefined)[] = [];
  let labels = 0;
  const url = await serve((request, response) => {
    const known = answers[`${request.method} ${request.url}`];
    if (known) return json(response, known());
    if (request.url?.endsWith("/restore-points")) {
      labels += 1;
      return request.socket.destroy();
    }
    keys.push(request.headers["idempotency-key"]?.toString());
    if (keys.length === 1) return request.socket.destroy();
    return json(
      response,
      {
        id: "b",
        kind: "physical",
        trigger: "manual",
        status: "queued",
        place: { kind: "disk" },
        pins: [],
        key: null,
        error: null,
        damage: null,
        deleted: null,
        timeMs: null,
        sizeBytes: null,
        tables: null,
        verifiedAtMs: null,
        expiresAtMs: null,
      },
      202,
    );
  });
  expect(await runHere(["backups", "create"], url)).toMatchObject({ code: 0 });
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(await runHere(["restore-points", "create", "--label", "x"], url)).toMatchObject({ code: 10 });
  expect(labels).toBe(1);
});

test("Ctrl-C during a watch ends the watching alone, with its own exit code and the way back to it", async () => {
  const { answers } = shop();
  const base = `/api/namespaces/acme/databases/${DATABASE}`;
  const running = {
    id: RESTORE,
    databaseId: DATABASE,
    databaseName: "shop",
    engine: "sqlite",
    target: "project",
    source: "timestamp",
    status: "running",
    stage: "apply",
    progress: { done: 3, total: 4 },
    timings: {},
    backup: null,
    fenceSeconds: null,
    runHooks: false,
  };
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const known = answers[`${request.method} ${request.url}`];
    json(response, known ? known() : request.url === `${base}/restores/${RESTORE}` ? running : {});
  });
  const env = { ...SOMEWHERE, LASTGOOD_URL: url };
  const ran = await runInTerminal(["restores", "watch", RESTORE], env, [
    { expect: "putting it in place", type: "\u0003" },
  ]);
  expect(ran.code, ran.output).toBe(130);
  expect(ran.output).toContain("the restore goes on");
  expect(ran.output).toContain(`lastgood restores watch ${RESTORE} --database shop`);
  expect(ran.output).toMatch(/█+░+ +\d+ % {2}putting it in place/);
  expect(asked.some((one) => one.startsWith("DELETE"))).toBe(false);
});
