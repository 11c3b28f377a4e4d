/**
 * The agent: claims its jobs, owns the engines, answers the console. It may die at any time: capture goes on without it,
 * and jobs are resumed from their rows.
 */
import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { unreachable } from "../domain/assert.ts";
import { DISPLACED_EXIT_CODE, SetBack } from "../domain/displaced.ts";
import { LastgoodError } from "../domain/errors.ts";
import { rulesThatAllow } from "../egress-rules.ts";
import type { Run } from "../engines/engine.ts";
import { Engines } from "../engines/engines.ts";
import { PostgresEngine } from "../engines/postgres/postgres-engine.ts";
import { setServerRules } from "../engines/postgres/programs/checked-addresses.ts";
import { SqliteEngine } from "../engines/sqlite/sqlite-engine.ts";
import { readEnv } from "../env.ts";
import { createLogger } from "../log.ts";
import { registerAgent } from "../services/agents/register-agent.ts";
import { auditKeyOf } from "../services/audit/audit-key.ts";
import { applyBlock } from "../services/backup-block/apply-block.ts";
import { agentContext, type CallContext } from "../services/call-context.ts";
import { readPromises } from "../services/disk-budget/note-state.ts";
import { receiptKeyOf } from "../services/drills/sign-receipt.ts";
import type { ClaimedJob } from "../services/jobs/claim-job.ts";
import { expireLeases } from "../services/jobs/expire-leases.ts";
import { LIMITED_JOBS } from "../services/jobs/job-kinds.ts";
import { openJobStore } from "../services/jobs/job-store.ts";
import { loadSecret } from "../services/load-secret.ts";
import { answersFrom } from "./answer-console.ts";
import { BackupStores } from "./backup-stores.ts";
import { Downloads } from "./downloads.ts";
import { ExposureFigures } from "./exposure-figures.ts";
import { FetchedBackups } from "./fetched-backups.ts";
import { FetchedCopies } from "./fetched-copies.ts";
import { protectDatabase } from "./handlers/protect-database.ts";
import { purgeBackup } from "./handlers/purge-backups.ts";
import { purgeDatabase } from "./handlers/purge-database.ts";
import { releaseDatabase } from "./handlers/release-database.ts";
import { runBackup } from "./handlers/run-backup.ts";
import { runDrill } from "./handlers/run-drill.ts";
import { prepareErasure, runErasure } from "./handlers/run-erasure.ts";
import { runPruning } from "./handlers/run-pruning.ts";
import { runRestore } from "./handlers/run-restore.ts";
import { verifyBackup } from "./handlers/verify-backup.ts";
import { describeHooks } from "./hooks/find-hooks.ts";
import { JobLoop } from "./job-loop.ts";
import { openBudget } from "./open-budget.ts";
import { OpenCopies } from "./open-copies.ts";
import { openRounds } from "./open-rounds.ts";
import { OwnedDatabases } from "./owned-databases.ts";
import { agentKeyOf } from "./peer-proof.ts";
import { type SendFile, servePrivately } from "./private-server.ts";
import { QueryCounters } from "./query-counters.ts";
import { serveRemotely } from "./remote-server.ts";
import { removeStaleUploads } from "./remove-stale-uploads.ts";
import { RestoreEnds } from "./restore-ends.ts";
import { ScriptRuns } from "./script-runs.ts";
import { sendBackup } from "./send-backup.ts";
import { sendDownload } from "./send-download.ts";
import { StorageKeys } from "./storage-keys.ts";
import { Vitals } from "./vitals.ts";

const LEASE_MS = 10_000;
const RENEW_MS = 500;
/** Whoever queues a job wakes the agent; this is for when that did not reach it. */
const POLL_MS = 5000;
const STOP_WITHIN_MS = 8000;

const log = createLogger("agent");
const env = readEnv();
const { paths } = env;
for (const folder of [paths.run, paths.hosted, paths.history, paths.uploads, paths.backups, paths.temporary]) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}
removeStaleUploads(paths.uploads, Date.now());

const { agentId, epoch, machine } = await registerAgent({
  region: env.region,
  socketPath: paths.agentSocket,
}).catch((error: unknown) => {
  if (error instanceof LastgoodError && error.code === "conflict") return endForGood(error);
  throw error;
});
const holder = `${agentId}:${epoch}`;
const sqlite = new SqliteEngine({ paths, attachRoots: env.attachRoots, log });
setServerRules(rulesThatAllow(env.egressAllow));
const postgres = new PostgresEngine({
  ...{ paths, log, programs: env.postgresPrograms },
  attachedCopies: env.attachedCopies,
});
const engine = new Engines({ sqlite, postgres });
const databases = new OwnedDatabases(agentId);
const storageKeys = new StorageKeys(env.storageKeys);
const stores = new BackupStores(paths.backups, storageKeys);
const fetched = new FetchedBackups(path.join(paths.temporary, "fetched-backups"), stores);
const copies = new OpenCopies(env.copy);
const fetchedCopies = new FetchedCopies(path.join(paths.temporary, "fetched-copies"), copies, () => budget.spareBytes);
const shops = new Set<ChildProcess>();
const database = (id: string) => databases.get(id);

const budget = openBudget({
  ...{ agentId, env, engine, databases, log },
  downloads: () => downloads,
  wake: () => loop.wake(),
});
await budget.open();
engine.registerAll(await databases.toCapture());
await expireLeases(agentId, holder);
await fetched.removeLeftovers();
await fetchedCopies.removeLeftovers();

const restoreEnds = new RestoreEnds();
const counts = new QueryCounters(path.join(paths.data, "query-counts.json"), log);
const scripts = new ScriptRuns(paths.uploads, () => engine, counts);
const downloads = new Downloads(path.join(paths.temporary, "downloads"), () => engine.copies);
const loop = new JobLoop({
  store: openJobStore({ agentId, epoch, holder, leaseMs: LEASE_MS }),
  handle: (job, run) => handle(job as ClaimedJob, run),
  log,
  pollMs: POLL_MS,
  renewMs: RENEW_MS,
  maxConcurrent: 4,
  limited: LIMITED_JOBS,
  ended: (job) => restoreEnds.tellOf(job as ClaimedJob),
});

const vitals = new Vitals({
  databases: () => databases.toCapture(),
  engine,
  data: paths.data,
  steadyMs: () => performance.now(),
});

const exposure = new ExposureFigures({ database, engine, history: paths.history });

const answers = answersFrom({
  engine,
  database,
  hosted: paths.hosted,
  clusters: paths.clusters,
  preflight: (file) => sqlite.preflight(file),
  hooks: (db) => describeHooks(env.hooks, db),
  wake: () => loop.wake(),
  restoreEnds,
  counts,
  scripts,
  downloads,
  fetched,
  fetchedCopies,
  stores,
  exposure: ({ databases }) => exposure.read(databases),
  vitals: () => vitals.read(),
  health: async () => {
    const { keeper, spare, reader } = await sqlite.health();
    const ready = (is: boolean) => (is ? "ready" : "starting");
    const receiver = ready(await postgres.isReceiving());
    return { agent: "ready", keeper: ready(keeper), spare: ready(spare), reader: ready(reader), receiver };
  },
});
const key = agentKeyOf(loadSecret(env));
const send: SendFile = async (incoming, outgoing) =>
  (await sendDownload(incoming, outgoing, downloads)) || sendBackup(incoming, outgoing, stores);
const server = await servePrivately(paths.agentSocket, paths.uploads, answers, log, key, send, agentId);
const remote =
  env.agentLink &&
  serveRemotely({
    ...{ uploadsDirectory: paths.uploads, answers, log, key, send, agentId },
    ...{ linkKey: machine.key, listen: env.agentLink.listen },
  });
loop.start();
const { rounds, retention } = openRounds({
  agentId,
  epoch,
  holder,
  machineId: machine.machineId,
  displaced: endForGood,
  env,
  auditKey: auditKeyOf(loadSecret(env)),
  engine,
  databases,
  stores,
  copies,
  storageKeys,
  budget,
  fetchedCopies,
  wake: () => loop.wake(),
  log,
});
for (const one of rounds) one.start();
await makeBlockSo();
log.info({ agentId, epoch }, "the agent is ready");

let stopping = false;
process.once("SIGTERM", () => void stop("SIGTERM"));
process.once("SIGINT", () => void stop("SIGINT"));
process.stdin.on("error", () => undefined);
process.stdin.once("end", () => void stop("end of input"));
process.stdin.resume();

async function handle(job: ClaimedJob, run: Run): Promise<void> {
  const ctx: CallContext = {
    actor: { kind: "agent", agentId },
    origin: { requestId: `job-${job.id}-${randomUUID().slice(0, 8)}`, address: null },
  };
  switch (job.kind) {
    case "database.protect":
      await databases.refresh();
      await protectDatabase(
        await database(job.payload.databaseId),
        job.payload,
        { engine, agentId, uploads: paths.uploads, shops },
        run,
      );
      return makeBlockSo();
    case "restore.run":
    case "copy.bring-back":
      await runRestore(
        ctx,
        job.payload.restoreId,
        {
          engine,
          agentId,
          database,
          fetched,
          fetchedCopies,
          stores,
          jobId: job.id,
          holder,
          hooks: env.hooks,
          attempt: job.attempt,
        },
        run,
      );
      return restoreEnds.tellOf(job);
    case "database.prune":
      return runPruning(job.payload, { engine, database, budget, promises: () => readPromises(agentId) }, run);
    case "erasure.run":
      return runErasure(ctx, job.payload.erasureId, { engine, database, downloads }, run);
    case "erasure.prepare":
      return prepareErasure(job.payload.erasureId, { engine, database }, run);
    case "database.release":
      return releaseDatabase(job.payload.databaseId, { engine }, run);
    case "database.purge":
      return purgeDatabase(ctx, job.payload.databaseId, { engine, agentId, stores }, run);
    case "backup.run":
      await runBackup(
        ctx,
        job.payload.backupId,
        { engine, database, stores, jobId: job.id, holder, hasRoom: () => !budget.isFull },
        run,
      );
      return retention.soon();
    case "backup.verify":
      return verifyBackup(job.payload.backupId, { engine, stores }, run);
    case "backup.purge":
      return purgeBackup(ctx, job.payload.backupId, stores);
    case "drill.run": {
      const key = receiptKeyOf(loadSecret(env));
      // It would itself fill what is nearly full.
      const hasRoom = () => !budget.isShort;
      return runDrill(ctx, job.payload.drillId, { engine, database, key, jobId: job.id, holder, hasRoom }, run);
    }
    default:
      return unreachable(job);
  }
}

/** What the backup block's configuration asks for, as soon as its database is there. */
async function makeBlockSo(): Promise<void> {
  try {
    await applyBlock(agentContext(agentId, `backup-block-${randomUUID()}`), agentId);
  } catch (error) {
    log.error({ err: error }, "the backup block's configuration could not be applied");
  }
}

/** Leaves everything alone from this moment on: what is asked of this agent's databases is done elsewhere now. */
function endForGood(why: LastgoodError): never {
  log.error(`${why.message} ${why.details.hint ?? ""}`);
  // Ended like any that died, the agent alone is started again; all that captures goes on meanwhile.
  process.exit(why instanceof SetBack ? 1 : DISPLACED_EXIT_CODE);
}

/** Lets running jobs go, to be resumed at the next start; a restore that is past its last cancel ends by itself. */
async function stop(why: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ why }, "the agent ends");
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  const roundsEnded = Promise.all(rounds.map((one) => one.stop()));
  downloads.end();
  counts.end();
  server.close();
  remote?.close();
  await loop.stop();
  await roundsEnded;
  for (const shop of shops) shop.stdin?.end();
  await engine.close();
  stores.close();
  copies.close();
  process.exit(0);
}
