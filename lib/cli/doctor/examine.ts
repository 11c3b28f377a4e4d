import { accessSync, constants, lstatSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../domain/errors.ts";
import { type Env, readEnv } from "../../env.ts";
import { type MetadataPlace, metadataPlace } from "../../metadata-place.ts";
import { localRuntimePaths } from "../../runtime-paths.ts";
import { readSupervisorRecord } from "../../supervisor/supervisor-record.ts";
import { type Diagnosis, type Finding, problem } from "./finding.ts";
import { openQuestions } from "./open-questions.ts";
import type { Check, Patient } from "./patient.ts";

/** Every check in its order. Each is loaded when its turn comes: one whose packages are missing must not keep the others away. */
export const CHECKS: Readonly<Record<string, () => Promise<Check>>> = {
  environment: async () => (await import("./environment-check.ts")).checkEnvironment,
  node: async () => {
    const { checkNode } = await import("./node-check.ts");
    return () => checkNode(process.versions.node);
  },
  "data directory": async () => {
    const { checkDataDirectory } = await import("./data-directory-check.ts");
    return (patient) => checkDataDirectory(patient);
  },
  disk: async () => {
    const { checkDisk } = await import("./disk-check.ts");
    return (patient) => checkDisk(patient);
  },
  metadata: async () => (await import("./metadata-check.ts")).checkMetadata,
  clock: async () => (await import("./clock-check.ts")).checkClock,
  secret: async () => (await import("./secret-check.ts")).checkSecret,
  processes: async () => (await import("./processes-check.ts")).checkProcesses,
  postgresql: async () => (await import("./postgres-check.ts")).checkPostgres,
  capture: async () => (await import("./capture-check.ts")).checkCapture,
  history: async () => (await import("./history-check.ts")).checkHistories,
  stores: async () => (await import("./stores-check.ts")).checkStores,
  "second copy": async () => (await import("./second-copy-check.ts")).checkSecondCopy,
  keys: async () => (await import("./keys-check.ts")).checkKeys,
  alarms: async () => (await import("./alarms-check.ts")).checkAlarms,
  schedules: async () => (await import("./schedules-check.ts")).checkSchedules,
};

/**
 * Looks at an installation, without its console and without changing anything (but a small object in each bucket, which is removed again).
 * @param given the environment that Lastgood is started with
 */
export async function examine(given: NodeJS.ProcessEnv, nowMs = Date.now()): Promise<Diagnosis[]> {
  // An empty variable means the same as none, as in compose files.
  const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  const { patient, close } = await admit({ ...kept, NODE_ENV: given.NODE_ENV }, nowMs);
  try {
    const diagnoses: Diagnosis[] = [];
    for (const [check, load] of Object.entries(CHECKS)) {
      for (const finding of await look(load, patient)) diagnoses.push({ check, ...finding });
    }
    return diagnoses;
  } finally {
    await close();
  }
}

async function look(load: () => Promise<Check>, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await (await load())(patient);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = error instanceof LastgoodError ? error.details.hint : undefined;
    const isMissing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (isMissing)
      return [
        problem(
          "This could not be looked at: packages are missing.",
          "Run node scripts/build.mjs in the project's folder.",
        ),
      ];
    return [problem(`This could not be looked at: ${why}`, hint ?? "Run it as the user of Lastgood.")];
  }
}

/** Gathers what checks are given. Throws EACCES for whoever may not look into the data directory: who may is decided by its mode. */
export async function admit(
  source: NodeJS.ProcessEnv,
  nowMs: number,
): Promise<{ patient: Patient; close(): Promise<void> }> {
  const env = orNull<Env>(() => readEnv(source));
  const place = env?.metadata ?? orNull<MetadataPlace>(() => metadataPlace(source));
  const paths = env?.paths ?? localRuntimePaths(source);
  const isThere = lstatSync(paths.data, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isThere) accessSync(paths.data, constants.R_OK | constants.X_OK);
  const record = isThere ? readSupervisorRecord(path.join(paths.run, "supervisor.json")) : null;
  const { isAlive } = await import("./processes-check.ts");
  let opened: ReturnType<Patient["metadata"]> | null = null;
  const metadata = () => {
    opened ??= place ? openQuestions(place).catch(() => null) : Promise.resolve(null);
    return opened;
  };
  const isRunning = record !== null && isAlive(record.pid);
  return {
    patient: { source, env, paths, place, record, isRunning, nowMs, metadata },
    close: async () => (await opened)?.close(),
  };
}

/** What cannot be told of an environment that is not usable; why, its own check says. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}
