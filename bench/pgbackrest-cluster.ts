import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import type { ClusterConnection } from "../lib/domain/cluster-connection.ts";
import { clusterUser } from "../lib/engines/postgres/programs/cluster-user.ts";
import { requirePrograms } from "../lib/engines/postgres/programs/find-programs.ts";
import { readAccess } from "../lib/engines/postgres/receiver/access-file.ts";
import { choosePort } from "../lib/engines/postgres/receiver/make-cluster.ts";
import type { HostedCluster } from "../tests/world/cluster-world.ts";
import { copyAll, folderBytes, timed } from "./copy-folder.ts";

const run = promisify(execFile);
const PROGRAM = "/usr/bin/pgbackrest";
const LOOK_EVERY_MS = 5;
const WITHIN_MS = 120_000;
/** As a hosted cluster serves, see `serving-configuration.ts`; and its log goes to pgBackRest. */
const SETTINGS = [
  "shared_buffers=64MB",
  "max_wal_size=1GB",
  "min_wal_size=80MB",
  "wal_level=replica",
  "max_wal_senders=10",
  "archive_mode=on",
  "listen_addresses=127.0.0.1",
  "log_min_messages=error",
];

/**
 * A copy of a cluster that pgBackRest looks after, with what its guide recommends for speed: two processes, zstd, log pushed and
 * fetched ahead of need, restores that keep what is right already. Its repository is on the disk that the cluster is on.
 */
export class PgBackRestCluster {
  readonly connection: ClusterConnection;
  readonly #root: string;
  readonly #superuser: string;
  #server: ChildProcess | null = null;

  private constructor(root: string, superuser: string, connection: ClusterConnection) {
    this.#root = root;
    this.#superuser = superuser;
    this.connection = connection;
  }

  /** Null where pgBackRest is not installed. */
  static async start({ places, connection }: HostedCluster): Promise<PgBackRestCluster | null> {
    if (!existsSync(PROGRAM)) return null;
    const own = readAccess(places.access);
    if (!own) throw new Error("nobody knows how to reach the cluster");
    const port = await choosePort(new Set([own.port]));
    const root = path.join(path.dirname(places.root), "pgbackrest");
    const cluster = new PgBackRestCluster(root, own.user, { ...connection, port });
    try {
      await cluster.#make(places.live);
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  async #make(live: string): Promise<void> {
    for (const folder of [this.#root, ...["repository", "socket", "spool"].map((name) => this.#at(name))]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      giveAway(folder);
    }
    const config = `[global]
repo1-path=${this.#at("repository")}
log-path=${this.#root}
lock-path=${this.#root}
spool-path=${this.#at("spool")}
compress-type=zst
compress-level=1
process-max=2
start-fast=y
archive-async=y
log-level-console=off
log-level-stderr=error
[bench]
pg1-path=${this.#at("data")}
pg1-socket-path=${this.#at("socket")}
pg1-port=${this.connection.port}
pg1-user=${this.#superuser}
`;
    const hba = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    const files = { "pgbackrest.conf": config, "postgresql.conf": "", "pg_hba.conf": hba, "pg_ident.conf": "" };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(this.#at(name), text, { mode: 0o600 });
      giveAway(this.#at(name));
    }
    await copyAll(live, this.#at("data"));
    rmSync(path.join(this.#at("data"), "postmaster.pid"), { force: true });
    await this.#order("--no-online", "stanza-create");
    await this.#start();
  }

  /** A whole backup of the running cluster. */
  async backUp(): Promise<{ tookMs: number; sizeBytes: number }> {
    const [tookMs] = await timed(() => this.#order("--type=full", "backup"));
    return { tookMs, sizeBytes: folderBytes(path.join(this.#at("repository"), "backup", "bench", "latest")) };
  }

  /** Where its log ends now; everything up to there is archived once `archived` returns. */
  async position(): Promise<string> {
    const [row] = await this.#ask<{ lsn: string }>("SELECT pg_current_wal_insert_lsn()::text AS lsn");
    return row?.lsn ?? "";
  }

  /** Has all of its log archived. */
  async archived(): Promise<void> {
    const [row] = await this.#ask<{ name: string }>("SELECT pg_walfile_name(pg_switch_wal()) AS name");
    for (const untilMs = performance.now() + WITHIN_MS; performance.now() < untilMs; await sleep(50)) {
      const [last] = await this.#ask<{ name: string | null }>("SELECT last_archived_wal AS name FROM pg_stat_archiver");
      if ((last?.name ?? "") >= (row?.name ?? "")) return;
    }
    throw new Error("pgBackRest did not archive the log");
  }

  /** Takes the cluster, which is stopped for it, back to a position: milliseconds until its files are there, and until it takes writes. */
  async restore(lsn: string): Promise<{ filesMs: number; writableMs: number }> {
    await this.#stop();
    const startedMs = performance.now();
    await this.#order("--delta", "--type=lsn", `--target=${lsn}`, "--target-action=promote", "restore");
    const filesMs = performance.now() - startedMs;
    await this.#start();
    return { filesMs, writableMs: performance.now() - startedMs };
  }

  async remove(): Promise<void> {
    await this.#stop();
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Starts it, and returns once it has taken a write. */
  async #start(): Promise<void> {
    const archive = `archive_command=${this.#command("archive-push")} %p`;
    const places = ["config_file=postgresql.conf", "hba_file=pg_hba.conf", "ident_file=pg_ident.conf"].map((one) =>
      one.replace("=", `=${this.#root}/`),
    );
    const own = [`port=${this.connection.port}`, `unix_socket_directories=${this.#at("socket")}`, archive, ...places];
    const args = [...SETTINGS, ...own].flatMap((one) => ["-c", one]);
    const program = path.join(requirePrograms(process.env.LASTGOOD_POSTGRES ?? null).folder, "postgres");
    const server = spawn(program, ["-D", this.#at("data"), ...args], {
      cwd: "/",
      stdio: ["ignore", "ignore", "pipe"],
      ...clusterUser(),
    });
    this.#server = server;
    let said = "";
    server.stderr.on("data", (piece: Buffer) => {
      said = (said + piece.toString()).slice(-4_000);
    });
    for (const untilMs = performance.now() + WITHIN_MS; performance.now() < untilMs; await sleep(LOOK_EVERY_MS)) {
      if (server.exitCode !== null) throw new Error(`pgBackRest's cluster did not start: ${said}`);
      try {
        await this.#ask("CREATE TABLE IF NOT EXISTS written (at timestamptz); INSERT INTO written VALUES (now())");
        return;
      } catch {
        // It is not up yet, or still recovers.
      }
    }
    throw new Error(`pgBackRest's cluster takes no writes: ${said}`);
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  }

  async #ask<Row extends pg.QueryResultRow>(statement: string): Promise<Row[]> {
    const { database, port } = this.connection;
    const client = new pg.Client({ host: this.#at("socket"), port, user: this.#superuser, database });
    client.on("error", () => undefined);
    await client.connect();
    try {
      const answer = await client.query<Row>(statement);
      return (Array.isArray(answer) ? (answer as pg.QueryResult<Row>[]).at(-1) : answer)?.rows ?? [];
    } finally {
      await client.end();
    }
  }

  async #order(...args: string[]): Promise<void> {
    await run(PROGRAM, [`--config=${this.#at("pgbackrest.conf")}`, "--stanza=bench", ...args], {
      cwd: "/",
      ...clusterUser(),
    });
  }

  #command(name: string): string {
    return `${PROGRAM} --config=${this.#at("pgbackrest.conf")} --stanza=bench ${name}`;
  }

  #at(name: string): string {
    return path.join(this.#root, name);
  }
}

function giveAway(file: string): void {
  const user = clusterUser();
  if (user) chownSync(file, user.uid, user.gid);
}
