import path from "node:path";
import { DISPLACED_EXIT_CODE } from "../domain/displaced.ts";
import type { SupervisorSettings } from "./settings.ts";
import type { ProcessSpec } from "./supervised-process.ts";

/** The project's folder. */
export const PROJECT = path.resolve(import.meta.dirname, "../..");

const inProject = (...parts: string[]) => path.join(PROJECT, ...parts);
const QUIET = "--disable-warning=ExperimentalWarning";

/** What every process gets to see: the caller's environment with the settings made explicit. */
export function processEnvironment(settings: SupervisorSettings, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    // Halves the start of every process, the short-lived ones of a restore included.
    NODE_COMPILE_CACHE: inProject(".runtime/compile-cache"),
    ...env,
    NODE_ENV: "production",
    HOST: settings.host,
    PORT: String(settings.port),
    LASTGOOD_URL: settings.url,
    LASTGOOD_DATA: settings.data,
    CHECKPOINT_DISABLE: "1",
    NEXT_TELEMETRY_DISABLED: "1",
  };
}

/**
 * For what captures: two hundred idle databases are to fit into memory, so what is freed goes back to the system at once, and
 * V8's space for young objects stays small. https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
const FRUGAL_ENV = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "32768", MALLOC_TRIM_THRESHOLD_: "65536" };
const FRUGAL_ARGS = ["--max-semi-space-size=1"];

/** The init variables count on the first start alone, and no process but the one that initialises needs to hold them. */
function withoutInit(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([key]) => !key.startsWith("LASTGOOD_INIT_"));
  return { ...Object.fromEntries(kept), NODE_ENV: "production" };
}

/** What captures has no business with the metadata, nor with sessions. */
const SECRETS = new Set([
  "DATABASE_URL",
  "PGPASSWORD",
  "LASTGOOD_SECRET",
  "LASTGOOD_SMTP_URL",
  "LASTGOOD_HEARTBEAT_URL",
]);

function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(env).filter(([key]) => !SECRETS.has(key))), NODE_ENV: "production" };
}

/** The processes in the order in which they end; they start the other way round. */
export function processSpecs(settings: SupervisorSettings, callerEnv: NodeJS.ProcessEnv): ProcessSpec[] {
  const consoleEnv = withoutInit(processEnvironment(settings, callerEnv));
  // The console alone answers monitoring.
  const { LASTGOOD_METRICS_TOKEN: _, ...others } = consoleEnv;
  const env: NodeJS.ProcessEnv = { ...others, NODE_ENV: "production" };
  const ours = (name: string, entry: string, graceMs: number): ProcessSpec => ({
    name,
    args: [QUIET, inProject(entry)],
    env,
    cwd: PROJECT,
    graceMs,
  });
  const frugal = (name: string, entry: string, graceMs: number): ProcessSpec => ({
    ...ours(name, entry, graceMs),
    args: [QUIET, ...FRUGAL_ARGS, inProject(entry)],
    env: { ...FRUGAL_ENV, ...withoutSecrets(env) },
  });
  const console: ProcessSpec = {
    name: "console",
    args: [
      QUIET,
      "--import",
      inProject("lib/supervisor/end-with-supervisor.ts"),
      "--import",
      inProject("lib/web/guard-requests.ts"),
      inProject("node_modules/next/dist/bin/next"),
      "start",
      "--hostname",
      settings.host,
      "--port",
      String(settings.port),
      // Longer than clients and proxies keep an idle connection, or they would now and then use one just closed.
      "--keepAliveTimeout",
      "75000",
    ],
    env: consoleEnv,
    cwd: PROJECT,
    graceMs: 5000,
  };
  if (settings.processes === "console") return [console];
  return [
    ...(settings.processes === "agent" ? [] : [console]),
    { ...ours("agent", "lib/agent/main.ts", 10_000), finalExitCode: DISPLACED_EXIT_CODE },
    // Stopping clusters cleanly takes as long as their last checkpoint.
    frugal("receiver", "lib/engines/postgres/receiver/main.ts", 60_000),
    frugal("reader", "lib/engines/sqlite/reader/main.ts", 10_000),
    frugal("keeper-b", "lib/engines/sqlite/keeper/main.ts", 5000),
    frugal("keeper-a", "lib/engines/sqlite/keeper/main.ts", 5000),
  ];
}

/** The short-lived process that migrates the metadata and makes what a first start needs. */
export function initialiseSpec(
  settings: SupervisorSettings,
  callerEnv: NodeJS.ProcessEnv,
): Omit<ProcessSpec, "graceMs"> {
  return {
    name: "initialise",
    args: [QUIET, inProject("lib/supervisor/initialise-child.ts")],
    env: processEnvironment(settings, callerEnv),
    cwd: PROJECT,
  };
}
