import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { answersFrom } from "../../../lib/agent/answer-console.ts";
import { BackupStores } from "../../../lib/agent/backup-stores.ts";
import { Downloads } from "../../../lib/agent/downloads.ts";
import { FetchedBackups } from "../../../lib/agent/fetched-backups.ts";
import { FetchedCopies } from "../../../lib/agent/fetched-copies.ts";
import type { JobLoop } from "../../../lib/agent/job-loop.ts";
import { OpenCopies } from "../../../lib/agent/open-copies.ts";
import { agentKeyOf } from "../../../lib/agent/peer-proof.ts";
import { servePrivately } from "../../../lib/agent/private-server.ts";
import { QueryCounters } from "../../../lib/agent/query-counters.ts";
import { RestoreEnds } from "../../../lib/agent/restore-ends.ts";
import { ScriptRuns } from "../../../lib/agent/script-runs.ts";
import { sendBackup } from "../../../lib/agent/send-backup.ts";
import { StorageKeys } from "../../../lib/agent/storage-keys.ts";
import type { BackupView } from "../../../lib/client/backup-types.ts";
import { metadata } from "../../../lib/db/client.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { readEnv } from "../../../lib/env.ts";
import { createBackup, readBackup } from "../../../lib/services/backups/create-backup.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { loadSecret } from "../../../lib/services/load-secret.ts";
import { SqliteWorld } from "../../world/sqlite-world.ts";
import { callRoute, findRouteFiles, openRouteWorld } from "../routes/open-route-world.ts";
import { startBackupAgent } from "./backup-agent.ts";

const DB = "/api/namespaces/[ns]/databases/[db]";
const files = findRouteFiles();

/** The routes of a console, an engine with its capture, and between them what of an agent carries backups out: nothing is made up. */
export async function openBackupWorld() {
  const routes = await openRouteWorld();
  const sqlite = new SqliteWorld();
  const known = new Map<string, ProtectedDatabase>();
  const database = async (id: string) => known.get(id) ?? Promise.reject(new Error(`no database ${id}`));
  const { paths } = readEnv();
  const agentId = await routes.agentId();
  let agent: { loop: JobLoop; stores: BackupStores } | null = null;
  let runs = 0;
  const counts = new QueryCounters(path.join(paths.data, "query-counts.json"), pino({ level: "silent" }));
  const answers = answersFrom({
    engine: sqlite.engine,
    database,
    health: async () => ({ agent: "ready", keeper: "ready", spare: "ready", reader: "ready", receiver: "ready" }),
    exposure: async () => [],
    vitals: async () => Promise.reject(new Error("nobody asks here")),
    hosted: "/nowhere",
    clusters: "/nowhere",
    preflight: async () => Promise.reject(new Error("nobody asks here")),
    hooks: () => ({ before: false, after: false, problem: null }),
    wake: () => agent?.loop.wake(),
    downloads: new Downloads(path.join(paths.temporary, "downloads"), () => sqlite.engine.copies),
    restoreEnds: new RestoreEnds(),
    scripts: new ScriptRuns(paths.uploads, () => sqlite.engine, counts),
    counts,
    stores: { describeSealing: () => ({ isOn: false, problem: null }) },
    fetchedCopies: new FetchedCopies(
      path.join(paths.temporary, "fetched-copies"),
      new OpenCopies(null),
      () => Number.MAX_SAFE_INTEGER,
    ),
    fetched: new FetchedBackups(
      path.join(paths.temporary, "fetched"),
      new BackupStores(path.join(paths.data, "backups"), new StorageKeys(null)),
    ),
  });
  mkdirSync(paths.run, { recursive: true, mode: 0o700 });
  mkdirSync(paths.temporary, { recursive: true });
  const key = agentKeyOf(loadSecret(readEnv()));
  const log = pino({ level: "silent" });
  const server = await servePrivately(
    paths.agentSocket,
    paths.uploads,
    answers,
    log,
    key,
    async (incoming, outgoing) => (agent ? sendBackup(incoming, outgoing, agent.stores) : false),
  );
  const user = await metadata().membership.findFirstOrThrow({ where: { namespaceId: routes.acme, role: "owner" } });
  const owner: CallContext = await routes.contextOf(user.userId);

  const world = {
    ...routes,
    sqlite,
    owner,
    agentId,
    backups: path.join(paths.data, "backups"),
    stores: () => agent?.stores,
    /** A hosted database of the namespace acme, with a table t. */
    async host(name: string): Promise<ProtectedDatabase> {
      const id = await routes.addDatabase(routes.acme, name);
      const db = await sqlite.host(name);
      await metadata().database.update({ where: { id }, data: { id: db.id, path: db.path } });
      known.set(db.id, db);
      return db;
    },
    async start(keysFile: string | null = null): Promise<void> {
      agent = await startBackupAgent(sqlite.engine, database, { agentId, holder: `run-${++runs}`, keysFile });
    },
    async stop(): Promise<void> {
      await agent?.loop.stop();
      agent?.stores.close();
      agent = null;
    },
    create: (name: string, label?: string) =>
      createBackup(owner, { namespace: "acme", database: name, kind: "physical", label }),
    /** Waits until a backup has ended. */
    async ended(backupId: string): Promise<BackupView> {
      for (;;) {
        const view = await readBackup(backupId);
        if (view.status !== "queued" && view.status !== "running") return view;
        await sleep(10);
      }
    },
    /** Waits until a job has ended; answers how. */
    async jobEnded(jobId: string) {
      for (;;) {
        const job = await metadata().job.findUniqueOrThrow({ where: { id: jobId } });
        if (job.status !== "queued" && job.status !== "running") return job;
        await sleep(10);
      }
    },
    /** Calls a route of a database as an owner's token. */
    async call(
      method: string,
      place: string,
      params: Record<string, string>,
      headers: Record<string, string> = {},
      body?: unknown,
      query = "",
    ) {
      const route = files.find(({ pattern }) => pattern === `${DB}/${place}`);
      if (!route) throw new Error(`no route ${place}`);
      const token = routes.callers.owner[1]?.headers ?? {};
      const handlers = await route.load();
      // Next.js answers HEAD with the handler of GET.
      const all = { ...handlers, ...(handlers.GET && { HEAD: handlers.GET }) };
      return callRoute(
        all,
        method,
        route.pattern,
        { ns: "acme", ...params },
        { query, headers: { ...token, ...headers }, ...(body === undefined ? {} : { body }) },
      );
    },
    async close(): Promise<void> {
      await world.stop();
      server.close();
      server.closeAllConnections();
      await sqlite.close();
      await routes.close();
    },
  };
  await world.start();
  return world;
}

export type BackupWorld = Awaited<ReturnType<typeof openBackupWorld>>;
