import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callApi } from "../../world/call-api.ts";
import { type Figure, figureOf, readFigures } from "../../world/read-figures.ts";
import { runLastgood } from "../../world/run-lastgood.ts";
import { runPromtool } from "../../world/run-promtool.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";

const METRICS_TOKEN = randomBytes(24).toString("hex");
const OLD_TEXT = "text/plain; version=0.0.4";

let lastgood: StartedLastgood;
let databaseId: string;
beforeAll(async () => {
  lastgood = await startLastgood({
    env: { LASTGOOD_METRICS_TOKEN: METRICS_TOKEN, LASTGOOD_TRUSTED_PROXIES: "127.0.0.1" },
  });
  const made = await callApi<{ id: string }>(lastgood, "/databases", { body: { name: "shop", engine: "sqlite" } });
  databaseId = made.body.id;
  await callApi(lastgood, "/databases/shop/query", { body: { sql: "CREATE TABLE t(a)" } });
}, 90_000);
afterAll(() => lastgood.remove());

async function scrape(headers: Record<string, string> = {}): Promise<{ answer: Response; body: string }> {
  const answer = await fetch(`${lastgood.url}/metrics`, {
    headers: { authorization: `Bearer ${METRICS_TOKEN}`, ...headers },
    signal: AbortSignal.timeout(6000),
  });
  return { answer, body: await answer.text() };
}

async function figures(): Promise<Figure[]> {
  const { answer, body } = await scrape();
  expect(answer.status, body).toBe(200);
  return readFigures(body);
}

async function untilFigure(isSo: (all: Figure[]) => boolean): Promise<Figure[]> {
  for (const untilMs = performance.now() + 20_000; performance.now() < untilMs; await sleep(100)) {
    const all = await figures();
    if (isSo(all)) return all;
  }
  return figures();
}

/** The lines of a process's log that name a request, taken apart. */
function linesOf(log: string, requestId: string): Record<string, unknown>[] {
  return readFileSync(path.join(lastgood.data, "logs", `${log}.log`), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{") && line.includes(requestId))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function untilLogged(log: string, requestId: string, msg: string): Promise<Record<string, unknown>> {
  for (const untilMs = performance.now() + 10_000; performance.now() < untilMs; await sleep(20)) {
    const line = linesOf(log, requestId).find((one) => one.msg === msg);
    if (line) return line;
  }
  throw new Error(`no line "${msg}" of ${requestId} in ${log}.log`);
}

describe("/metrics", () => {
  it("is not there for anybody but the bearer of the operator's token", async () => {
    const refused = [
      {},
      { authorization: `Bearer ${lastgood.token}` },
      { authorization: `Bearer ${METRICS_TOKEN.slice(0, -1)}` },
      { authorization: `Bearer ${METRICS_TOKEN}x` },
      { authorization: `Basic ${METRICS_TOKEN}` },
      { "x-forwarded-for": "127.0.0.1" },
    ];
    for (const headers of refused) {
      const answer = await fetch(`${lastgood.url}/metrics`, { headers: headers as Record<string, string> });
      const body = await answer.text();
      expect(answer.status, JSON.stringify(headers)).toBe(404);
      expect(JSON.parse(body)).toMatchObject({ code: "not_found" });
      expect(body).not.toMatch(/metric|token|lastgood_/i);
    }
    expect((await scrape()).answer.status).toBe(200);
  });

  it("passes promtool's check, names and help texts included", async () => {
    const { answer, body } = await scrape({ accept: OLD_TEXT });
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await runPromtool(["check", "metrics"], body)).toEqual({ code: 0, said: "" });
    const control = await runPromtool(["check", "metrics"], `${body}forged{a="b} 1\n`);
    expect(control.code).not.toBe(0);
  });

  it("is OpenMetrics as Prometheus itself reads it", async () => {
    const { answer, body } = await scrape();
    expect(answer.headers.get("content-type")).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(body.endsWith("\n# EOF\n")).toBe(true);
    const folder = mkdtempSync(path.join(tmpdir(), "openmetrics-"));
    try {
      // What is imported needs times; a scrape has none of its own.
      const dated = (all: string) => all.replaceAll(/^([^#\n].*)$/gm, "$1 1700000000");
      const readAs = (name: string, all: string) => {
        const file = path.join(folder, name);
        writeFileSync(file, all);
        return runPromtool(["tsdb", "create-blocks-from", "openmetrics", file, path.join(folder, `${name}-blocks`)]);
      };
      expect(await readAs("whole", dated(body))).toMatchObject({ code: 0 });
      expect(await readAs("cut", dated(body).replace("# EOF\n", ""))).not.toMatchObject({ code: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("tells of processes, the database's capture, requests and the build", async () => {
    const shop = { namespace: "acme", database: "shop", engine: "sqlite", kind: "project" };
    const all = await untilFigure(
      (now) => figureOf(now, "lastgood_database_capture_state", { ...shop, state: "protected" }) === 1,
    );
    expect(figureOf(all, "lastgood_ready")).toBe(1);
    for (const process of ["console", "agent", "receiver", "reader", "keeper-a", "keeper-b"]) {
      expect(figureOf(all, "lastgood_process_up", { process }), process).toBe(1);
      expect(figureOf(all, "lastgood_process_restarts_total", { process }), process).toBe(0);
    }
    const nowSeconds = Date.now() / 1000;
    const committed = figureOf(all, "lastgood_database_last_commit_timestamp_seconds", shop) ?? 0;
    expect(Math.abs(nowSeconds - committed)).toBeLessThan(120);
    expect(figureOf(all, "lastgood_database_window_start_timestamp_seconds", shop)).toBeLessThanOrEqual(committed);
    expect(figureOf(all, "lastgood_database_gaps", shop)).toBe(0);
    expect(figureOf(all, "lastgood_database_lag_seconds", shop)).toBeLessThan(60);
    expect(figureOf(all, "lastgood_database_history_bytes", shop)).toBeGreaterThan(0);
    expect(figureOf(all, "lastgood_disk_free_bytes")).toBeGreaterThan(0);
    const route = "/api/namespaces/[ns]/databases/[db]/query";
    expect(figureOf(all, "lastgood_http_requests_total", { method: "POST", route, status: "200" })).toBe(1);
    expect(figureOf(all, "lastgood_http_request_duration_seconds_count", { route })).toBe(1);
    expect(figureOf(all, "lastgood_build_info", { node: process.versions.node })).toBe(1);
  });

  it("has as many figures after many addresses that nobody knows as after one, and none holds an address", async () => {
    const visit = (name: string) => fetch(`${lastgood.url}/api/namespaces/acme/databases/${name}?x=${name}`);
    await (await visit("first")).arrayBuffer();
    await (await fetch(`${lastgood.url}/api/nothing/first`)).arrayBuffer();
    const before = (await figures()).length;
    for (let i = 0; i < 10; i++) {
      await (await visit(`canary-${i}`)).arrayBuffer();
      await (await fetch(`${lastgood.url}/api/nothing/canary-${i}`)).arrayBuffer();
    }
    const { body } = await scrape();
    expect(readFigures(body)).toHaveLength(before);
    expect(body).not.toContain("canary");
    for (const secret of [METRICS_TOKEN, lastgood.token, lastgood.owner.password]) expect(body).not.toContain(secret);
  });

  it("tells that the agent does not answer, in time, and that it was started again", async () => {
    const pid = lastgood.pidOf("agent") ?? 0;
    process.kill(pid, "SIGSTOP");
    try {
      const startedMs = performance.now();
      const all = await figures();
      expect(performance.now() - startedMs).toBeLessThan(5000);
      expect(figureOf(all, "lastgood_agent_up")).toBe(0);
      expect(figureOf(all, "lastgood_ready")).toBe(0);
      expect(figureOf(all, "lastgood_database_capture_state", { database: "shop", state: "unknown" })).toBe(1);
      expect(figureOf(all, "lastgood_database_capture_state", { database: "shop", state: "protected" })).toBe(0);
      expect(figureOf(all, "lastgood_database_lag_seconds", { database: "shop" })).toBeNull();
    } finally {
      process.kill(pid, "SIGKILL");
    }
    const again = await untilFigure((now) => figureOf(now, "lastgood_agent_up") === 1);
    expect(figureOf(again, "lastgood_process_restarts_total", { process: "agent" })).toBe(1);
    await lastgood.ready();
  });
});

describe("lastgood doctor beside a running Lastgood", () => {
  type Report = { isWell: boolean; findings: { check: string; status: string; says: string }[] };
  async function consult(): Promise<{ code: number | null; out: string; report: Report }> {
    const env = { PORT: new URL(lastgood.url).port, LASTGOOD_METRICS_TOKEN: METRICS_TOKEN };
    const { code, out, err } = await runLastgood(["doctor", "--data", lastgood.data, "--json"], { env });
    expect(err).toBe("");
    return { code, out, report: JSON.parse(out) as Report };
  }

  it("finds it well, and says no secret", async () => {
    const { code, out, report } = await consult();
    expect(report.findings.filter(({ status }) => status === "problem")).toEqual([]);
    expect({ code, isWell: report.isWell }).toEqual({ code: 0, isWell: true });
    expect(report.findings.find(({ check }) => check === "capture")?.says).toBe(
      "1 databases of this machine are protected.",
    );
    const secret = readFileSync(path.join(lastgood.data, "secret"), "utf8").trim();
    for (const one of [secret, METRICS_TOKEN, lastgood.token]) expect(out).not.toContain(one);
  });

  it("works while the console does not answer, and says so alone", async () => {
    const pid = lastgood.pidOf("console") ?? 0;
    process.kill(pid, "SIGSTOP");
    try {
      const { code, report } = await consult();
      const problems = report.findings.filter(({ status }) => status === "problem");
      expect(problems).toMatchObject([
        { check: "processes", says: expect.stringContaining("console does not answer") },
      ]);
      expect(code).toBe(4);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await lastgood.ready();
  });
});

/** A call over plain HTTP from an address of this machine: 127.0.0.1 is the trusted proxy, 127.0.0.2 is not. */
async function callFrom(
  localAddress: string,
  route: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<{ status: number; requestId: string; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; requestId: string; text: string }>();
  const call = request(`${lastgood.url}${route}`, {
    localAddress,
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json", ...headers },
  });
  call.on("error", reject);
  call.on("response", (answer) => {
    const id = answer.headers["x-request-id"];
    text(answer).then((all) => resolve({ status: answer.statusCode ?? 0, requestId: String(id), text: all }), reject);
  });
  call.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

describe("a request's id", () => {
  const given = `proxy-${randomBytes(8).toString("hex")}`;

  it("of a trusted proxy is kept, and one search for it shows the way through console, agent and job", async () => {
    const restore = await callFrom(
      "127.0.0.1",
      "/api/namespaces/acme/databases/shop/restore",
      { "x-request-id": given, "x-forwarded-for": "203.0.113.9" },
      { timestamp: Date.now() - 10 },
    );
    expect(restore).toMatchObject({ status: 200, requestId: given });
    expect(await untilLogged("console", given, "request")).toMatchObject({
      process: "console",
      method: "POST",
      route: "/api/namespaces/[ns]/databases/[db]/restore",
      status: 200,
      address: "203.0.113.9",
      durationMs: expect.any(Number),
    });
    expect(await untilLogged("agent", given, "call")).toMatchObject({ call: expect.stringContaining("/rpc/") });
    expect(await untilLogged("agent", given, "the job ended")).toMatchObject({
      kind: "restore.run",
      databaseId,
      outcome: "completed",
    });
  });

  it.each([
    ["of somebody who is no trusted proxy", "127.0.0.2", "stranger-0123456789"],
    ["that is too short", "127.0.0.1", "short"],
    ["with other characters", "127.0.0.1", 'x"} 1 {"level":60'],
    ["that is too long", "127.0.0.1", "x".repeat(65)],
  ])("%s is not taken: a new one is made", async (_, address, id) => {
    const answer = await callFrom(address, "/api/namespaces/acme/databases/shop", { "x-request-id": id });
    expect(answer.status).toBe(200);
    expect(answer.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    await untilLogged("console", answer.requestId, "request");
    expect(linesOf("console", JSON.stringify(id).slice(1, -1))).toEqual([]);
  });

  it("is the one that a refusal names to whoever reports it", async () => {
    const answer = await callFrom("127.0.0.1", "/api/namespaces/acme/databases/none", { "x-request-id": `${given}-2` });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ requestId: `${given}-2` });
  });

  it("and the lines of requests hold no address, no query and no body", async () => {
    const canary = `canary-${randomBytes(8).toString("hex")}`;
    const answer = await callFrom(
      "127.0.0.1",
      `/api/namespaces/${canary}/databases/${canary}/query?${canary}`,
      { cookie: canary, "x-extra": canary },
      { sql: canary },
    );
    await untilLogged("console", answer.requestId, "request");
    for (const log of ["console", "agent"]) expect(linesOf(log, canary)).toEqual([]);
  });
});
