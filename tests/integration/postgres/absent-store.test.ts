import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { findFreePort } from "../../world/find-free-port.ts";

const PASSWORD = "never-to-be-told";
const PROJECT = path.resolve(import.meta.dirname, "../../..");

let data = "";
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "absent-"));
});
afterEach(() => rmSync(data, { recursive: true, force: true, maxRetries: 5 }));

/** Starts Lastgood on a store that is not there. */
async function start(): Promise<{ child: ChildProcess; printed(): string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "lib/supervisor/main.ts"], {
    cwd: PROJECT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      PORT: String(await findFreePort()),
      LASTGOOD_DATA: data,
      DATABASE_URL: `postgres://somebody:${PASSWORD}@127.0.0.1:${await findFreePort()}/metadata`,
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (printed += bytes));
  return { child, printed: () => printed };
}

function logs(): string {
  const folder = path.join(data, "logs");
  return readdirSync(folder)
    .map((name) => readFileSync(path.join(folder, name), "utf8"))
    .join("\n");
}

describe("a start without its metadata store", () => {
  test("is refused with cause and next step, and without the password", async () => {
    const { child, printed } = await start();
    await once(child, "close");
    expect(child.exitCode).toBe(1);
    expect(printed()).toContain("The metadata store does not answer.");
    expect(printed()).toContain("ECONNREFUSED");
    expect(printed() + logs()).not.toContain(PASSWORD);
  });

  test("waits for it where databases are captured, and ends when it is told to", async () => {
    const id = randomUUID();
    const [file, historyDirectory] = [path.join(data, "databases", `${id}.db`), path.join(data, "history", id)];
    const entry = { id, path: file, historyDirectory, origin: "hosted", windowDays: 30 };
    writeFileSync(path.join(data, "capture.json"), JSON.stringify({ version: 1, databases: [entry] }));
    const { child, printed } = await start();
    const closed = once(child, "close");
    const { keeperSocket } = runtimePaths(data);
    for (const untilMs = performance.now() + 30_000; performance.now() < untilMs; await sleep(20)) {
      if ((printed().includes("does not answer") && existsSync(keeperSocket)) || child.exitCode !== null) break;
    }
    expect(printed()).toContain("ECONNREFUSED");
    expect(child.exitCode).toBeNull();
    expect(existsSync(keeperSocket), "keepers run").toBe(true);
    child.kill("SIGINT");
    await closed;
    expect(child.exitCode).toBe(0);
    expect(printed()).toMatch(/Stopped in/);
    expect(printed() + logs()).not.toContain(PASSWORD);
  });
});
