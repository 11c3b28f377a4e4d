import { chmodSync, statfsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { parseLsn } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { RestoreCheck } from "../../../domain/restore-check.ts";
import type { Run } from "../../engine.ts";
import { type CheckFound, runCheck } from "../../run-check.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { readControlData } from "../receiver/control-data.ts";
import { checkPages } from "./check-state.ts";
import { makeClusterFolder, makeSocketFolder } from "./cluster-folder.ts";
import { endStrayServer } from "./end-stray-server.ts";
import { extractBase, fullDisk } from "./extract-base.ts";
import { connectRestored, proveReached } from "./prove-reached.ts";
import { RecoveredProcess } from "./recovered-process.ts";
import type { RecoveredServer, RecoveryPlan, WalSource } from "./recovery-plan.ts";
import {
  copySettings,
  MOST_PREPARED,
  RESTORE_COMMAND,
  type ServerSettings,
  targetSettings,
} from "./recovery-settings.ts";
import { serveLog } from "./serve-log.ts";
import { pushToDisk, syncState } from "./sync-state.ts";
import { cleanSettings, writeSettings } from "./write-settings.ts";

export type RecoverOrder = {
  plan: RecoveryPlan;
  wal: WalSource;
  programs: PostgresPrograms;
  history: { systemIdentifier: string; segmentBytes: number; superuser: string };
  /** The cluster's root, and the folder of this recovery below it: its data directory is `data` in there. */
  root: string;
  folder: string;
  purpose: "throwaway" | "lasting";
  /**
   * A physical slot that holds back the log from the moment of promotion on, made before anything else can happen: without it the
   * segment of the fork could be gone before anybody receives it.
   */
  slot?: string | undefined;
  /** The stage that progress is told under. */
  stage?: string | undefined;
};

const PORT = 5432;
const WHOLE = { recursive: true, force: true, maxRetries: 5 } as const;

/** As `Recoveries.recover`, of a plan. */
export async function recoverState(order: RecoverOrder, run: Run): Promise<RecoveredServer> {
  const { plan, folder, root, history, purpose } = order;
  const target = targetSettings(plan);
  run.signal.throwIfAborted();
  await removeRecovery(folder);
  const directory = path.join(folder, "data");
  const socketDirectory = makeSocketFolder();
  let server: RecoveredProcess | null = null;
  const abort = () => void server?.end("QUIT");
  const remove = async () => {
    await server?.end("QUIT");
    for (const one of [socketDirectory, folder]) await rm(one, WHOLE);
  };
  try {
    makeClusterFolder(root, path.join(folder, "log"));
    makeClusterFolder(root, directory);
    requireSpace(root, plan);
    const startedMs = performance.now();
    const progress = tellProgress(order, run);
    const checks: RestoreCheck[] = [];
    const isLasting = purpose === "lasting";
    const check = async (kind: RestoreCheck["check"], look: () => Promise<CheckFound>) => {
      if (isLasting) checks.push(await runCheck(run, kind, look));
    };
    const extracting = { signal: run.signal, progress: progress.extracted, pagesAreChecked: arePagesChecked(order) };
    const extracted = extractBase(plan.base, directory, extracting);
    await check("manifest", () => extracted);
    await extracted;
    if (isLasting) pushToDisk(directory);
    cleanSettings(directory, purpose);
    writeSettings(folder, directory);
    lockTablespaces(directory, true);
    const extractedMs = performance.now();
    run.signal.throwIfAborted();
    server = new RecoveredProcess(order.programs, directory, [
      ...copySettings({ settings: folder, socket: socketDirectory }, purpose),
      ...(await roomOf(order.programs, directory)),
      ["restore_command", RESTORE_COMMAND],
      ...target,
    ]);
    const process = server;
    run.signal.addEventListener("abort", abort, { once: true });
    const untilLsn = parseLsn(plan.target === "immediate" ? plan.base.stopLsn : plan.target.lsn) ?? 0n;
    const log = { wal: order.wal, folder: path.join(folder, "log"), segmentBytes: history.segmentBytes, untilLsn };
    const serving = serveLog({ ...log, asks: process.asks, answers: process.answers, served: progress.served });
    await waitUntilReady(process, serving);
    const address = { directory, socketDirectory, port: PORT, superuser: history.superuser };
    if (order.slot !== undefined) await holdLog(address, order.slot);
    const proof = () => proveReached(address, plan, history.systemIdentifier);
    const reached = await (isLasting ? proveAndTell(proof, plan, run, checks) : proof());
    const timings: RecoveredServer["timings"] = {
      extract: extractedMs - startedMs,
      recover: performance.now() - extractedMs,
    };
    return {
      ...address,
      ...{ bookmark: plan.bookmark, timeMs: plan.timeMs, ...reached, checks, timings },
      isRunning: () => !process.isOver,
      stop: async () => {
        const stoppingMs = performance.now();
        await stopCleanly(process, socketDirectory);
        lockTablespaces(directory, false);
        const stoppedMs = performance.now();
        timings.stop = stoppedMs - stoppingMs;
        if (isLasting) checks.push(await settleState(order.programs, directory, run));
        timings.check = performance.now() - stoppedMs;
      },
      discard: remove,
    };
  } catch (error) {
    await remove();
    run.signal.throwIfAborted();
    throw error;
  } finally {
    run.signal.removeEventListener("abort", abort);
  }
}

/** Has the proof of the state that was reached written down as a check. */
async function proveAndTell<Reached>(
  prove: () => Promise<Reached>,
  { target, timeline, base }: RecoveryPlan,
  run: Run,
  checks: RestoreCheck[],
): Promise<Reached> {
  const proved: Reached[] = [];
  const done = await runCheck(run, "commit", async () => {
    proved.push(await prove());
    const where = target === "immediate" ? `the base backup's end at ${base.stopLsn}` : `the commit at ${target.lsn}`;
    return { read: null, text: `PostgreSQL's own record says that it ended at ${where}, timeline ${timeline}.` };
  });
  checks.push(done);
  return proved[0] as Reached;
}

/** Of what will serve every page is read once it is stopped. A throwaway's are read by whoever looks, and compared by its server then. */
function arePagesChecked({ programs, purpose }: RecoverOrder): boolean {
  return purpose === "throwaway" || programs.mode === "full";
}

/** Of a stopped state that is to serve: all of it is on the disk, and every page's checksum is right; both are looked after at once. */
export async function settleState(
  programs: PostgresPrograms,
  directory: string,
  run: Pick<Run, "signal" | "checks" | "note">,
): Promise<RestoreCheck> {
  const [pages] = await Promise.all([
    runCheck(run, "pages", () => checkPages(programs, directory, run.signal)),
    syncState(programs, directory, run.signal),
  ]);
  return pages;
}

/** Removes what a recovery left behind in its folder, and ends its server if that should run. */
export async function removeRecovery(folder: string): Promise<void> {
  await endStrayServer(path.join(folder, "data"));
  await rm(folder, WHOLE);
}

/** Waits for the promotion. Whatever ends the server before is told: first what kept its log from it, else its own last words. */
async function waitUntilReady(server: RecoveredProcess, serving: Promise<unknown>): Promise<void> {
  try {
    await server.ready;
  } catch (error) {
    const cause = await serving;
    if (cause instanceof LastgoodError) throw cause;
    const said = server.log.split("\n").filter((line) => /\b(FATAL|PANIC|ERROR):/.test(line));
    if (said.some((line) => line.includes("pg_tblspc/"))) throw hasTablespace(error);
    const last = said.find((line) => !/startup process|terminating/.test(line)) ?? server.log.trim().split("\n").at(-1);
    throw new LastgoodError(
      "restore_failed",
      `PostgreSQL could not restore this state: ${(last ?? "").replace(/^.*?(FATAL|PANIC|ERROR): */, "") || "it ended without a word"}`,
      { hint: "Nothing was changed. Choose a commit before it, or restore from a backup." },
      { cause: cause ?? error },
    );
  }
}

/**
 * Replaying the making of a tablespace would link to its place on this machine, which may be the one of a server that runs: then
 * the copy would write into its files. Where no link can be made, recovery ends instead.
 */
function lockTablespaces(directory: string, isLocked: boolean): void {
  chmodSync(path.join(directory, "pg_tblspc"), isLocked ? 0o500 : 0o700);
}

function hasTablespace(cause: unknown): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    "A tablespace outside of the data directory was made before this moment, and its files cannot be restored.",
    {
      hint: "Nothing was changed. Choose a moment before it was made; move its tables to pg_default to be able to go back to later ones.",
    },
    { cause },
  );
}

/** The room that its original had for prepared transactions and what they lock: those that were open are open in the copy. */
async function roomOf(programs: PostgresPrograms, directory: string): Promise<ServerSettings> {
  if (programs.mode === "limited") return [];
  const { maxPrepared, maxLocks } = await readControlData(programs, directory);
  return [
    ["max_prepared_transactions", String(Math.max(MOST_PREPARED, maxPrepared))],
    ["max_locks_per_transaction", String(Math.max(64, maxLocks))],
  ];
}

async function holdLog(address: Parameters<typeof connectRestored>[0], slot: string): Promise<void> {
  const client = await connectRestored(address);
  try {
    await client.query("SELECT pg_create_physical_replication_slot($1, true)", [slot]);
  } finally {
    await client.end();
  }
}

async function stopCleanly(server: RecoveredProcess, socketDirectory: string): Promise<void> {
  if (!server.isOver) await server.end("INT");
  await rm(socketDirectory, WHOLE);
  if (server.log.includes("database system is shut down")) return;
  throw new LastgoodError("restore_failed", "The restored state could not be stopped cleanly.", {
    hint: "Nothing was changed. Try again; the agent's log holds what PostgreSQL said.",
  });
}

const packedBytes = ({ base }: RecoveryPlan) => base.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** Bytes of what was unpacked and replayed, of all that is to be. */
function tellProgress({ plan, history, stage = "prepare" }: RecoverOrder, run: Run) {
  const total = packedBytes(plan) + plan.walBytes;
  let done = 0;
  const tell = () => run.progress(stage, Math.min(done, total), total);
  return {
    extracted: (bytes: number) => {
      done = bytes;
      tell();
    },
    served: () => {
      done += history.segmentBytes;
      tell();
    },
  };
}

/** Room for the state, the log that is replayed and as much as PostgreSQL keeps of its own log. */
function requireSpace(root: string, plan: RecoveryPlan): void {
  const { bavail, bsize } = statfsSync(root);
  const needed = plan.base.clusterBytes + Math.min(plan.walBytes, MOST_OWN_LOG_BYTES) + SPARE_BYTES;
  const free = bavail * bsize;
  if (free < needed) throw fullDisk(`it needs ${mebibytes(needed)} MiB, and ${mebibytes(free)} MiB are free`);
}

const MOST_OWN_LOG_BYTES = 2 * 1024 ** 3;
const SPARE_BYTES = 64 * 1024 ** 2;
const mebibytes = (bytes: number) => Math.ceil(bytes / 1024 ** 2);
