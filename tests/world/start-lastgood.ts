import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isServed } from "../../lib/engines/processes/line-socket.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { readSupervisorRecord } from "../../lib/supervisor/supervisor-record.ts";
import { findFreePort } from "./find-free-port.ts";

const PROJECT = path.resolve(import.meta.dirname, "../..");

export type Owner = { email: string; password: string };

/** A whole Lastgood of its own: every process, a data directory in the temporary folder, a free port. */
export type StartedLastgood = {
  url: string;
  data: string;
  owner: Owner;
  /** An owner's API token, and the namespace it belongs to. */
  token: string;
  namespace: string;
  /** The one-time link, when it was started without an owner. */
  setupUrl(): string | null;
  /** What it printed so far. */
  output(): string;
  /** Process id of `console`, `agent`, `reader`, `keeper-a` or `keeper-b` right now; null while it is down. */
  pidOf(process: string): number | null;
  /** Waits for 200 from /api/health. */
  ready(patienceMs?: number): Promise<void>;
  /** Ends the processes as Ctrl-C would; the data stays, so that it can be started again. */
  stop(): Promise<void>;
  /** The same with kill -9 of the supervisor alone. */
  kill(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
};

export type StartOptions = {
  /** A data directory of an earlier start. */
  data?: string;
  env?: Readonly<Record<string, string>>;
  /** False: no owner is made, and the set-up page waits. An agent without a console (`LASTGOOD_PROCESSES=agent`) never makes one. */
  initialised?: boolean;
};

/** Starts it and waits until it is healthy. The console must have been built. */
export async function startLastgood({
  data,
  env = {},
  initialised = true,
}: StartOptions = {}): Promise<StartedLastgood> {
  const directory = data ?? mkdtempSync(path.join(tmpdir(), "lastgood-"));
  // Its own place for clusters: as root the usual one lies outside of every temporary folder, and would stay.
  const clusters =
    env.LASTGOOD_CLUSTERS ?? `/tmp/lg-clusters-${createHash("sha256").update(directory).digest("hex").slice(0, 12)}`;
  const port = await findFreePort();
  const owner = { email: "owner@example.com", password: "correct horse battery staple" };
  const token = `lg_${randomBytes(24).toString("hex")}`;
  const namespace = "acme";
  const init = {
    LASTGOOD_INIT_OWNER_EMAIL: owner.email,
    LASTGOOD_INIT_OWNER_PASSWORD: owner.password,
    LASTGOOD_INIT_NAMESPACE: namespace,
    LASTGOOD_INIT_TOKEN: token,
  };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "lib/supervisor/main.ts"], {
    cwd: PROJECT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      // Playwright sets it, and it beats NO_COLOR: the printed link would end in an escape sequence.
      FORCE_COLOR: "0",
      HOST: "127.0.0.1",
      PORT: String(port),
      LASTGOOD_DATA: directory,
      LASTGOOD_CLUSTERS: clusters,
      LASTGOOD_ATTACH_ROOTS: tmpdir(),
      ...(initialised ? init : {}),
      ...env,
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (printed += bytes));
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const recordFile = path.join(runtimePaths(directory).run, "supervisor.json");
  const url = `http://127.0.0.1:${port}`;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  const lastgood: StartedLastgood = {
    url,
    data: directory,
    owner,
    token,
    namespace,
    setupUrl: () => /(https?:\/\/\S+\/set-up\S*)\s/.exec(printed)?.[1] ?? null,
    output: () => printed,
    pidOf: (process) => readSupervisorRecord(recordFile)?.children[process] ?? null,
    ready: async (patienceMs = 30_000) => {
      const untilMs = performance.now() + patienceMs;
      const isAgent = env.LASTGOOD_PROCESSES === "agent";
      const isReady = () => (isAgent ? isServed(runtimePaths(directory).agentSocket) : isHealthy(url));
      while (!(await isReady())) {
        if (child.exitCode !== null || performance.now() > untilMs) throw notReady(directory, printed, child.exitCode);
        await sleep(50);
      }
    },
    stop: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
    remove: async () => {
      await end("SIGINT");
      for (const folder of [directory, clusters]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await lastgood.ready(60_000);
    // The link, where there is one, is printed a moment after the first healthy answer.
    for (const untilMs = performance.now() + 5000; !/Ready in/.test(printed) && performance.now() < untilMs; )
      await sleep(20);
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
  return lastgood;
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(3000) })).ok;
  } catch {
    // Not listening yet: the same as not healthy.
    return false;
  }
}

function notReady(data: string, printed: string, exitCode: number | null): Error {
  const tails = ["console", "agent", "receiver", "reader", "keeper-a", "initialise"].map((name) => {
    try {
      return `--- ${name}\n${readFileSync(path.join(data, "logs", `${name}.log`), "utf8").slice(-1500)}`;
    } catch {
      return `--- ${name}: no log`;
    }
  });
  return new Error(`Lastgood did not get ready (exit code ${exitCode}).\n${printed}\n${tails.join("\n")}`);
}
