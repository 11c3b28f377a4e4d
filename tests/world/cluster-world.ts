import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { type Logger, pino } from "pino";
import type { CaptureStatus } from "../../lib/domain/capture.ts";
import { type ClusterConnection, connectionString } from "../../lib/domain/cluster-connection.ts";
import { rulesThatAllow } from "../../lib/egress-rules.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";
import { type ClusterPlaces, clusterPlaces } from "../../lib/engines/postgres/cluster.ts";
import { PostgresEngine } from "../../lib/engines/postgres/postgres-engine.ts";
import { setServerRules } from "../../lib/engines/postgres/programs/checked-addresses.ts";
import { readAccess } from "../../lib/engines/postgres/receiver/access-file.ts";
import { Receiver } from "../../lib/engines/postgres/receiver/receiver.ts";
import { ReceiverClient } from "../../lib/engines/postgres/receiver/receiver-client.ts";
import { servingPid } from "../../lib/engines/postgres/receiver/serving-cluster.ts";
import { type RuntimePaths, runtimePaths } from "../../lib/runtime-paths.ts";
import { quietRun } from "./sqlite-world.ts";

const MAIN = path.resolve(import.meta.dirname, "../../lib/engines/postgres/receiver/main.ts");

/** A hosted cluster of a world, and how its applications reach it. */
export type HostedCluster = { db: ProtectedDatabase; connection: ClusterConnection; places: ClusterPlaces };

/**
 * PostgreSQL's engine with a receiver over a data directory of its own, without agent and console. The receiver runs in this
 * process, or as one of its own that can be killed.
 *
 *   const world = await ClusterWorld.start();
 *   const { db } = await world.host();
 *   await world.run(db, "CREATE TABLE t (a int)");
 *   await world.close();
 */
export class ClusterWorld {
  readonly data = mkdtempSync(path.join(tmpdir(), "clusters-"));
  /** Not below TMPDIR: a run's own folder is its user's alone, and servers may be another user's. */
  readonly #clusters: string;
  readonly paths: RuntimePaths;
  readonly engine: PostgresEngine;
  readonly log: Logger;
  receiver: Receiver | null = null;
  receiverProcess: ChildProcess | null = null;
  readonly #asking: ReceiverClient;
  readonly #connections = new Map<string, ClusterConnection>();
  readonly #sessions = new Set<pg.Client>();
  #said = "";

  private constructor(programs: string | null, log: Logger, place: string) {
    this.#clusters = mkdtempSync(path.join(place, "lg-clusters-"));
    this.paths = runtimePaths(this.data, path.join(this.#clusters, "all"));
    chmodSync(this.#clusters, 0o711);
    const { run, history, clusterAccess, temporary, uploads } = this.paths;
    for (const folder of [run, history, clusterAccess, temporary, uploads])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.log = log;
    // Attached servers of tests run on this machine.
    setServerRules(rulesThatAllow(["127.0.0.1"]));
    this.engine = new PostgresEngine({
      paths: this.paths,
      log: this.log,
      programs,
    });
    this.#asking = new ReceiverClient(this.paths);
  }

  /**
   * @param how `process`: the receiver is one of its own, as it is in a whole Lastgood
   * @param programs the folder that LASTGOOD_POSTGRES would name
   * @param log of the engine, and of a receiver inside
   * @param place where the folder of clusters is made
   */
  static async start(
    how: "inside" | "process" = "inside",
    programs: string | null = process.env.LASTGOOD_POSTGRES ?? null,
    log = pino({ level: process.env.CAPTURE_LOG ?? "silent" }),
    place = "/tmp",
  ): Promise<ClusterWorld> {
    const world = new ClusterWorld(programs, log, place);
    if (how === "inside") world.receiver = await Receiver.start({ paths: world.paths, log: world.log });
    else await world.startReceiver();
    return world;
  }

  /** Starts the receiver as a process; answers once it can be asked. */
  async startReceiver(env: Record<string, string> = {}): Promise<ChildProcess> {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN], {
      env: {
        ...process.env,
        LASTGOOD_DATA: this.data,
        LASTGOOD_CLUSTERS: this.paths.clusters,
        LASTGOOD_LOG_LEVEL: process.env.CAPTURE_LOG ?? "info",
        ...env,
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.receiverProcess = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (piece: Buffer) => {
        this.#said += piece.toString("utf8");
        if (process.env.CAPTURE_LOG) process.stderr.write(piece);
      });
    }
    await until(
      async () =>
        (await this.statusOf(randomUUID()).then(
          () => true,
          () => false,
        )) || child.exitCode !== null,
    );
    return child;
  }

  /** Kills the receiver's process as the kernel would; servers run on. */
  async killReceiver(): Promise<void> {
    const child = this.receiverProcess;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** Makes a hosted cluster and waits until it is protected. */
  async host(name = "hosted", more: Partial<ProtectedDatabase> = {}): Promise<HostedCluster> {
    const db = this.newDatabase(name, more);
    const { connection } = await this.engine.protect(db, { kind: "empty" }, quietRun());
    if (!connection) throw new Error("a hosted cluster without a connection");
    this.#connections.set(db.id, connection);
    return { db, connection, places: this.places(db) };
  }

  /** What the metadata would say of a hosted cluster that is still to be made. */
  newDatabase(name: string, more: Partial<ProtectedDatabase> = {}): ProtectedDatabase {
    const id = randomUUID();
    return {
      id,
      name,
      engine: "postgres",
      origin: "hosted",
      path: clusterPlaces(this.paths, id).live,
      windowDays: 30,
      ...more,
    };
  }

  places(db: { id: string }): ClusterPlaces {
    return clusterPlaces(this.paths, db.id);
  }

  /** A connection of an application, or of Lastgood's own superuser; closed with the world at the latest. */
  async connect(db: ProtectedDatabase, as: "app" | "superuser" = "app", database?: string): Promise<pg.Client> {
    const connection = as === "app" ? this.#connections.get(db.id) : readAccess(this.places(db).access);
    if (!connection) throw new Error(`nobody told how to connect to ${db.name}`);
    const client = new pg.Client({
      connectionString: connectionString({ ...connection, database: database ?? connection.database }),
    });
    client.on("error", () => undefined);
    await client.connect();
    this.#sessions.add(client);
    return client;
  }

  /** Tells how applications connect, of a cluster that was not made by `host`. */
  remember(db: { id: string }, connection: ClusterConnection): void {
    this.#connections.set(db.id, connection);
  }

  /** Runs statements as an application and answers the rows of the last one. */
  async run<Row extends pg.QueryResultRow>(db: ProtectedDatabase, sql: string, params?: unknown[]): Promise<Row[]> {
    const client = await this.connect(db);
    try {
      const answer = await client.query<Row>(sql, params);
      return (Array.isArray(answer) ? answer.at(-1) : answer).rows;
    } finally {
      this.#sessions.delete(client);
      await client.end();
    }
  }

  /** Has everything acknowledged so far received and indexed. */
  flush(db: ProtectedDatabase): Promise<{ lsn: string; capturedThroughMs: number }> {
    return this.#asking.ask("flush", { database: db.id }, 60_000);
  }

  /** Takes a base backup now. */
  base(db: ProtectedDatabase, label = "a test's own"): Promise<{ directory: string; stopLsn: string }> {
    return this.#asking.ask("base", { database: db.id, label }, 120_000);
  }

  async setPassword(db: ProtectedDatabase, role: string, password: string): Promise<void> {
    await this.#asking.ask("setPassword", { database: db.id, role, password }, 20_000);
  }

  /** What the receiver's process has printed so far. */
  said(): string {
    return this.#said;
  }

  status(db: ProtectedDatabase): Promise<CaptureStatus> {
    return this.engine.status(db);
  }

  /** Waits for a status; fails with the last one when it does not come. */
  async until(
    db: ProtectedDatabase,
    is: (status: CaptureStatus) => boolean,
    withinMs = 30_000,
  ): Promise<CaptureStatus> {
    let last: CaptureStatus | null = null;
    const isSo = await until(async () => {
      last = await this.status(db);
      return is(last);
    }, withinMs);
    if (isSo && last) return last;
    throw new Error(`the cluster did not come to that: ${JSON.stringify(last)}`);
  }

  /** Ends everything and removes it, however it stands. */
  async close(): Promise<void> {
    for (const client of this.#sessions) await client.end().catch(() => undefined);
    await this.engine.close().catch(() => undefined);
    this.#asking.close();
    await this.receiver?.stop().catch(() => undefined);
    await this.#endProcess();
    for (const id of readFolder(this.paths.clusters)) await killServer(path.join(this.paths.clusters, id, "live"));
    for (const folder of [this.data, this.#clusters]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #endProcess(): Promise<void> {
    const child = this.receiverProcess;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.stdin?.end();
    const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
    await exited;
    clearTimeout(late);
  }

  private statusOf(id: string): Promise<unknown> {
    return this.#asking.ask("status", { database: id }, 2000);
  }
}

/** Looks again and again until something is so; false where it does not come to that. */
export async function until(is: () => Promise<boolean>, withinMs = 30_000, everyMs = 25): Promise<boolean> {
  for (const untilMs = performance.now() + withinMs; performance.now() < untilMs; await sleep(everyMs)) {
    if (await is()) return true;
  }
  return is();
}

/** Ends a server that nobody looks after any more. */
async function killServer(directory: string): Promise<void> {
  const pid = servingPid(directory);
  if (pid === null) return;
  process.kill(pid, "SIGQUIT");
  await until(async () => servingPid(directory) === null, 10_000);
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
