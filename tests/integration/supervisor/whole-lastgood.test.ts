import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { readSupervisorRecord } from "../../../lib/supervisor/supervisor-record.ts";
import { attachFile } from "../../world/call-api.ts";
import { findFreePort } from "../../world/find-free-port.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";

const PROCESSES = ["console", "agent", "receiver", "reader", "keeper-a", "keeper-b"];
const PROJECT = path.resolve(import.meta.dirname, "../../..");

let lastgood: StartedLastgood;
beforeAll(async () => {
  lastgood = await startLastgood();
}, 90_000);
afterAll(async () => lastgood.remove());

const pids = () => PROCESSES.map((name) => lastgood.pidOf(name) ?? 0);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function waitUntil(condition: () => boolean, patienceMs: number): Promise<boolean> {
  for (const untilMs = performance.now() + patienceMs; performance.now() < untilMs; await sleep(20)) {
    if (condition()) return true;
  }
  return condition();
}

/** Runs the supervisor to its end with the given environment. */
async function runSupervisor(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "lib/supervisor/main.ts"], {
    cwd: PROJECT,
    env: { ...process.env, NO_COLOR: "1", PORT: String(await findFreePort()), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { code: child.exitCode, output };
}

describe("a whole Lastgood", () => {
  it("keeps its data directory to its owner", () => {
    for (const folder of ["", "run", "logs"])
      expect(statSync(path.join(lastgood.data, folder)).mode & 0o777).toBe(0o700);
    for (const file of ["lastgood.db", "secret", "logs/agent.log"]) {
      expect(statSync(path.join(lastgood.data, file)).mode & 0o077).toBe(0);
    }
  });

  it("refuses a second start on its data directory, naming who runs there", async () => {
    const second = await runSupervisor({ LASTGOOD_DATA: lastgood.data });
    expect(second.code).toBe(1);
    expect(second.output).toContain(lastgood.url);
    expect(second.output).toContain("LASTGOOD_DATA");
    expect(await fetch(`${lastgood.url}/api/health`)).toMatchObject({ status: 200 });
  });

  it("refuses a data directory that cannot be made", async () => {
    const inTheWay = path.join(lastgood.data, "secret", "folder");
    const refused = await runSupervisor({ LASTGOOD_DATA: inTheWay });
    expect(refused.code).toBe(1);
    expect(refused.output).toContain(inTheWay);
  });

  it("refuses a start for an owner with an unusable password, and starts nothing", async () => {
    const data = mkdtempSync(path.join(tmpdir(), "lastgood-"));
    const refused = await runSupervisor({
      LASTGOOD_DATA: data,
      LASTGOOD_INIT_OWNER_EMAIL: "owner@example.com",
      LASTGOOD_INIT_OWNER_PASSWORD: "short",
    });
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("LASTGOOD_INIT_OWNER_PASSWORD");
  });

  it.each(PROCESSES)("is healthy again within seconds of kill -9 of its %s", async (name) => {
    const before = lastgood.pidOf(name) ?? 0;
    process.kill(before, "SIGKILL");
    expect(await waitUntil(() => ![null, before].includes(lastgood.pidOf(name)), 5000)).toBe(true);
    await lastgood.ready(10_000);
    expect(isAlive(before)).toBe(false);
  });

  it("leaves no process behind when the supervisor is killed, and starts again on the same data", async () => {
    const before = pids();
    expect(before.every(isAlive)).toBe(true);
    await lastgood.kill();
    expect(await waitUntil(() => !before.some(isAlive), 10_000)).toBe(true);
    const startedMs = performance.now();
    lastgood = await startLastgood({ data: lastgood.data });
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });

  it("ends by itself when whoever launched it is killed, and only then", async () => {
    const data = mkdtempSync(path.join(tmpdir(), "lastgood-"));
    const port = await findFreePort();
    // The shell stays between us and the supervisor, as npm does; the number it passes on is its own.
    const command = `LASTGOOD_LAUNCHER=$$ "${process.execPath}" --disable-warning=ExperimentalWarning lib/supervisor/main.ts; exit 0`;
    const env = { ...process.env, PORT: String(port), LASTGOOD_DATA: data };
    const shell = spawn("sh", ["-c", command], { cwd: PROJECT, env, stdio: "ignore" });
    const record = path.join(runtimePaths(data).run, "supervisor.json");
    const running = () => readSupervisorRecord(record);
    expect(await waitUntil(() => Object.keys(running()?.children ?? {}).length === PROCESSES.length, 30_000)).toBe(
      true,
    );
    await sleep(2500);
    const { pid = 0, children = {} } = running() ?? {};
    expect(isAlive(pid)).toBe(true);
    shell.kill("SIGKILL");
    const all = [pid, ...Object.values(children)];
    expect(await waitUntil(() => !all.some(isAlive), 15_000)).toBe(true);
  });

  it("takes no notice of a launcher that is not its own", async () => {
    const inner = await startLastgood({ env: { LASTGOOD_LAUNCHER: String(process.ppid) } });
    await sleep(2500);
    expect(await fetch(`${inner.url}/api/health`)).toMatchObject({ status: 200 });
    await inner.remove();
  });

  it("names the attached databases that are unprotected when it is stopped, and ends well", async () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "attached-")), "shop.db");
    const writer = new DatabaseSync(file);
    writer.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    const again = await startLastgood();
    await attachFile(again, "shop", file);
    const before = PROCESSES.map((name) => again.pidOf(name) ?? 0);
    await again.stop();
    writer.close();
    expect(again.output()).toContain("unprotected from now on");
    expect(again.output()).toContain(file);
    expect(again.output()).toMatch(/Stopped in/);
    expect(before.some(isAlive)).toBe(false);
  });

  it("starts with a set-up link until somebody used it", async () => {
    const fresh = await startLastgood({ initialised: false });
    try {
      // It is printed once all is ready, which others may have seen a moment before.
      await expect.poll(() => fresh.setupUrl() ?? "", { timeout: 20_000 }).toMatch(new RegExp(`^${fresh.url}/`));
    } finally {
      await fresh.remove();
    }
  });
});
