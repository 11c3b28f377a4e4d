import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import nodeModule from "node:module";
import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readStamp } from "./content-stamp.mjs";
import { withLock } from "./exclusive-lock.mjs";
import { dim, StepFailed, showStep } from "./progress.mjs";
import { runLogged } from "./run-command.mjs";

/** The project's folder. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const RUNTIME = path.join(ROOT, ".runtime");
const LOGS = path.join(RUNTIME, "logs");
const LOCK = path.join(RUNTIME, "bootstrap.lock");
const FETCHED_NODE = path.join(RUNTIME, "node_modules", "node", "bin", "node");
const NODE_RANGE = "^24.21.0";

/** Node 24.21 is the first that was run with all of this; 25, short-lived, never was. @param {string} version */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 24 ? minor >= 21 : major >= 26;
}

/** Whether this user can write there, or could make it. @param {string} target */
function isWritable(target) {
  try {
    accessSync(target, constants.W_OK);
    return true;
  } catch (error) {
    if (error.code !== "ENOENT") return false;
    const parent = path.dirname(target);
    return parent !== target && isWritable(parent);
  }
}

/**
 * What children get to see: no telemetry, the given Node first on the path, a cache that can be written, and nothing of
 * the npm that started us but its settings.
 * @param {string} nodePath
 * @returns {NodeJS.ProcessEnv}
 */
export function childEnvironment(nodePath) {
  const inherited = Object.entries(process.env).filter(
    ([key]) =>
      !/^npm_(package|lifecycle|command|execpath|config_(local_prefix|npm_version|prefix|global_prefix))/.test(key),
  );
  const env = Object.fromEntries(inherited);
  const cache = env.npm_config_cache ?? path.join(homedir(), ".npm");
  if (!isWritable(cache)) env.npm_config_cache = path.join(RUNTIME, "npm-cache");
  env.PATH = [path.dirname(nodePath), env.PATH ?? "/usr/local/bin:/usr/bin:/bin"].join(path.delimiter);
  env.CHECKPOINT_DISABLE = "1";
  env.NEXT_TELEMETRY_DISABLED = "1";
  return env;
}

const NETWORK_HINT = "Check that this machine reaches its npm registry, then run the same command again.";

/** Fetches Node into the ignored folder, once. @returns {Promise<string>} its path */
async function fetchNode() {
  if (!existsSync(path.join(RUNTIME, "package.json"))) {
    writeFileSync(path.join(RUNTIME, "package.json"), `${JSON.stringify({ private: true })}\n`);
  }
  await showStep("runtime", { doing: "fetching Node 24", done: "Node 24 fetched" }, () =>
    runLogged(
      "npm",
      ["install", `node@${NODE_RANGE}`, "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=http"],
      {
        cwd: RUNTIME,
        env: childEnvironment(process.execPath),
        logPath: path.join(LOGS, "node.log"),
        failure: `Node ${process.versions.node} is too old for Lastgood, and Node 24 could not be fetched.`,
        hint: `${NETWORK_HINT} Or install Node 24 yourself.`,
      },
    ),
  );
  if (!existsSync(FETCHED_NODE)) {
    throw new StepFailed("npm fetched Node 24, but its program is missing.", {
      hint: "npm may be set to ignore scripts: install Node 24 yourself, then run the same command again.",
      logPath: path.join(LOGS, "node.log"),
    });
  }
  return FETCHED_NODE;
}

/** The version of the Node that was fetched earlier, or null. */
function fetchedVersion() {
  const described = readStamp(path.join(RUNTIME, "node_modules", "node", "package.json"));
  return described !== null && existsSync(FETCHED_NODE) ? String(JSON.parse(described).version) : null;
}

function requireOwnFolder() {
  if (isWritable(ROOT) && isWritable(RUNTIME)) return;
  throw new StepFailed(`This user may not write to ${ROOT}.`, {
    hint: "Clone the repository as the user who runs it, or give the folder to that user with chown.",
  });
}

const sayWhoWorks = (pid) =>
  process.stdout.write(`  ${dim(`· waiting for process ${pid}, which is preparing the same folder`)}\n`);

/** Runs the same command under another Node and ends as it ends. Signals sent to us alone are passed on. */
function continueUnder(nodePath) {
  const child = spawn(nodePath, process.argv.slice(1), {
    stdio: "inherit",
    env: { ...process.env, LASTGOOD_LAUNCHER: String(process.pid) },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // npm that is killed takes nobody along; without it there is nobody left to end us.
  const launcher = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) {
    setInterval(() => process.ppid !== launcher && child.kill("SIGTERM"), 1000).unref();
  }
  return new Promise((_, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

/**
 * Makes sure that the calling command runs under Node 24: returns when it does, otherwise runs the command again under
 * one that was fetched, and never returns.
 */
export async function enterRuntime() {
  if (isNewEnough(process.versions.node)) return;
  const version = fetchedVersion();
  if (version !== null && isNewEnough(version)) return continueUnder(FETCHED_NODE);
  requireOwnFolder();
  mkdirSync(RUNTIME, { recursive: true });
  const nodePath = await withLock(
    LOCK,
    async () => {
      const now = fetchedVersion();
      return now !== null && isNewEnough(now) ? FETCHED_NODE : fetchNode();
    },
    sayWhoWorks,
  );
  return continueUnder(nodePath);
}

/** Has this process find what Node compiled at an earlier start: most of what a short command costs. Does nothing where it cannot. */
export function keepCompiled() {
  if (process.env.NODE_COMPILE_CACHE === undefined)
    nodeModule.enableCompileCache?.(path.join(RUNTIME, "compile-cache"));
}

/** Whether node_modules holds what package-lock.json asks for. Packages of other platforms may be absent. */
export function packagesAreInstalled(root = ROOT) {
  const installed = readStamp(path.join(root, "node_modules", ".package-lock.json"));
  if (installed === null || existsSync(path.join(root, ".runtime", "installing"))) return false;
  const have = JSON.parse(installed).packages;
  const want = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(want).every(
    ([place, entry]) => place === "" || entry.optional === true || have[place]?.version === entry.version,
  );
}

async function installPackages() {
  if (packagesAreInstalled()) return;
  const installing = path.join(RUNTIME, "installing");
  writeFileSync(installing, "");
  // Not `npm ci`, which insists on other platforms' packages. No package needs its install script: what is native comes
  // prebuilt, and npm would otherwise compile better-sqlite3 anew, with headers from the network.
  await showStep("packages", { doing: "installing, about a minute", done: "installed" }, () =>
    runLogged(
      "npm",
      ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=http"],
      {
        cwd: ROOT,
        env: childEnvironment(process.execPath),
        logPath: path.join(LOGS, "packages.log"),
        failure: "The packages could not be installed.",
        hint: NETWORK_HINT,
      },
    ),
  );
  rmSync(installing, { force: true });
}

/** The generator leaves alone what is up to date. */
async function generateClient() {
  const generate = () =>
    runLogged(process.execPath, ["scripts/generate-client.mjs"], {
      cwd: ROOT,
      env: childEnvironment(process.execPath),
      logPath: path.join(LOGS, "client.log"),
      failure: "The metadata client could not be generated from prisma/.",
    });
  if (existsSync(path.join(ROOT, "lib", "db", "generated"))) return generate();
  return showStep("client", { doing: "generating the metadata client", done: "generated" }, generate);
}

/**
 * Brings the project's folder to where everything can run: packages and generated client. Does nothing, in well below a
 * second, when all is there; two calls at once wait for each other. Call `enterRuntime` first.
 */
export async function prepareProject() {
  requireOwnFolder();
  mkdirSync(RUNTIME, { recursive: true });
  await withLock(
    LOCK,
    async () => {
      await installPackages();
      await generateClient();
    },
    sayWhoWorks,
  );
}
