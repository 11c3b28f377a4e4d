import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { formatClusterBookmark, parseLsn } from "../../lib/domain/cluster-bookmark.ts";
import type { ClusterConnection } from "../../lib/domain/cluster-connection.ts";
import type { KeptBase } from "../../lib/engines/postgres/bases/base-record.ts";
import { takeBase } from "../../lib/engines/postgres/bases/take-base.ts";
import { clusterUser } from "../../lib/engines/postgres/programs/cluster-user.ts";
import { type PostgresPrograms, requirePrograms } from "../../lib/engines/postgres/programs/find-programs.ts";
import { accessEnvironment, runProgram, startProgram } from "../../lib/engines/postgres/programs/run-program.ts";
import { type RecoverOrder, recoverState } from "../../lib/engines/postgres/recovery/recover-state.ts";
import type { RecoveredServer, RecoveryPlan, WalSource } from "../../lib/engines/postgres/recovery/recovery-plan.ts";
import { findFreePort } from "./find-free-port.ts";

const SETTINGS = [
  "fsync=off",
  "jit=off",
  "autovacuum=off",
  "wal_level=replica",
  "shared_buffers=16MB",
  "checkpoint_timeout=1h",
];
export const SEGMENT_BYTES = 1024 * 1024;
const SLOT = "receiver";

/** One commit of the received log: where its record begins, and when it was. */
export type RawCommit = { lsn: string; timeMs: number };

/**
 * A cluster that nothing of Lastgood runs, with pg_receivewal beside it: what recovery is made from, in plain sight. Segments of 1 MiB.
 * It ends with this process, however that ends.
 */
export class RawCluster {
  readonly folder: string;
  readonly programs: PostgresPrograms = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null);
  readonly access: ClusterConnection;
  /** What pg_receivewal writes. */
  wal: string;
  /** The data directory that runs. */
  data: string;
  systemIdentifier = "";
  #server: ChildProcess | null = null;
  #receiver: ChildProcess | null = null;
  #settings: readonly string[];

  private constructor(folder: string, port: number, settings: readonly string[]) {
    this.folder = folder;
    this.data = path.join(folder, "data");
    this.wal = path.join(folder, "wal");
    this.#settings = settings;
    const password = randomBytes(12).toString("hex");
    this.access = { host: "127.0.0.1", port, user: "lastgood", password, database: "postgres", sslMode: "disable" };
  }

  /** Makes, starts and receives a cluster. */
  static async start(settings: readonly string[] = []): Promise<RawCluster> {
    // Not below TMPDIR: a run's own folder is its user's alone, and the server may be another user.
    const cluster = new RawCluster(mkdtempSync("/tmp/pg-lastgood-"), await findFreePort(), settings);
    try {
      await cluster.#make();
      await cluster.startServer();
      await cluster.receive(cluster.wal);
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  async #make(): Promise<void> {
    chmodSync(this.folder, 0o711);
    const passwordFile = path.join(this.folder, "password");
    writeFileSync(passwordFile, this.access.password, { mode: 0o600 });
    mkdirSync(this.data, { mode: 0o700 });
    for (const one of [this.data, passwordFile]) give(one);
    const account = [`--username=${this.access.user}`, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    const form = ["--locale=C.UTF-8", "--encoding=UTF8", "--data-checksums", "--wal-segsize=1", "--no-sync"];
    await promisify(execFile)(path.join(this.programs.folder, "initdb"), [...form, ...account, "-D", this.data], {
      cwd: "/",
      ...clusterUser(),
    });
  }

  /** Starts the server on `data`. */
  async startServer(): Promise<void> {
    const settings = [...SETTINGS, "unix_socket_directories=", `port=${this.access.port}`, ...this.#settings];
    const command = [
      path.join(this.programs.folder, "postgres"),
      "-D",
      this.data,
      ...settings.flatMap((one) => ["-c", one]),
    ];
    const script = `exec 5<&0; "$@" </dev/null & s=$!; { read how; kill -"\${how:-QUIT}" $s; } <&5 & wait $s`;
    const server = spawn("sh", ["-c", script, "sh", ...command], {
      cwd: "/",
      stdio: ["pipe", "ignore", "pipe"],
      ...clusterUser(),
    });
    this.#server = server;
    let said = "";
    await new Promise<void>((resolve, reject) => {
      server.stderr.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        if (said.includes("ready to accept connections")) resolve();
      });
      server.once("exit", () => reject(new Error(`the server ended: ${said}`)));
    });
    const [row] = await this.sql<{ id: string }>("SELECT system_identifier::text AS id FROM pg_control_system()");
    this.systemIdentifier = row?.id ?? "";
  }

  /** `INT`: cleanly, `QUIT`: as a crash. */
  async stopServer(how: "INT" | "QUIT"): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null) return;
    const ended = once(server, "exit");
    server.stdin?.end(`${how}\n`);
    await ended;
  }

  /** Receives into a folder from now on, through a slot that is made when it is not there. */
  async receive(wal: string, slot = SLOT): Promise<void> {
    this.wal = wal;
    mkdirSync(wal, { recursive: true, mode: 0o700 });
    await this.sql(
      `SELECT pg_create_physical_replication_slot('${slot}', true)
       WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${slot}')`,
    );
    this.startReceiver(slot);
  }

  startReceiver(slot = SLOT): ChildProcess {
    const args = ["-D", this.wal, "-S", slot, "--synchronous", "--no-password"];
    const env = accessEnvironment(this.access);
    const order = { programs: this.programs, name: "pg_receivewal", args, env };
    const receiver = startProgram(order, ["ignore", "ignore", "pipe"]);
    this.#receiver = receiver;
    return receiver;
  }

  /** Tries once to receive into a folder through a slot, as pg_receivewal would again and again; its complaints. */
  async receiveOnce(wal: string, slot: string): Promise<string> {
    mkdirSync(wal, { recursive: true, mode: 0o700 });
    const args = ["-D", wal, "-S", slot, "--no-loop", "--no-password"];
    const order = { programs: this.programs, name: "pg_receivewal", args, access: this.access };
    return (await runProgram({ ...order, okCodes: [1], signal: AbortSignal.timeout(10_000) })).complaints;
  }

  async stopReceiver(): Promise<void> {
    const receiver = this.#receiver;
    if (!receiver || receiver.exitCode !== null || receiver.signalCode !== null) return;
    const ended = once(receiver, "exit");
    receiver.kill("SIGTERM");
    await ended;
  }

  /** A session as superuser. */
  async client(): Promise<pg.Client> {
    const { host, port, user, password, database } = this.access;
    const client = new pg.Client({ host, port, user, password, database });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  /** Runs SQL as superuser in a session of its own; rows of its last statement. */
  async sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    const client = await this.client();
    try {
      const result = await client.query<Row>(text);
      return (Array.isArray(result) ? (result as pg.QueryResult<Row>[]).at(-1) : result)?.rows ?? [];
    } finally {
      await client.end();
    }
  }

  /** Runs one statement and answers where its commit's record begins: the last commit that the received log has then. */
  async commit(statement: string): Promise<RawCommit> {
    await this.sql(statement);
    await this.received();
    const last = (await this.commits()).at(-1);
    if (!last) throw new Error("nothing was received");
    return last;
  }

  /** Waits until the receiver has everything that was written so far. */
  async received(slot = SLOT): Promise<void> {
    const [here] = await this.sql<{ lsn: string }>("SELECT pg_current_wal_flush_lsn()::text AS lsn");
    const lsn = here?.lsn ?? "0/0";
    for (;;) {
      const [row] = await this.sql<{ there: boolean }>(
        `SELECT coalesce(bool_or(flush_lsn >= '${lsn}'::pg_lsn), false) AS there FROM pg_stat_replication
         WHERE pid IN (SELECT active_pid FROM pg_replication_slots WHERE slot_name = '${slot}')`,
      );
      if (row?.there) return;
    }
  }

  /** Every commit of the received log in its order, from pg_waldump. */
  async commits(wal = this.wal): Promise<RawCommit[]> {
    const names = readdirSync(wal)
      .filter((name) => /^[0-9A-F]{24}(\.partial)?$/.test(name))
      .sort();
    const found: RawCommit[] = [];
    for (const name of names) {
      const plain = path.join(this.folder, name.slice(0, 24));
      copyFileSync(path.join(wal, name), plain);
      try {
        found.push(...(await this.#commitsOf(plain)));
      } finally {
        rmSync(plain);
      }
    }
    return found;
  }

  async #commitsOf(segment: string): Promise<RawCommit[]> {
    const order = ["--rmgr=Transaction", segment];
    // It complains of where the log ends, in the middle of a segment.
    const text = await new Promise<string>((resolve) => {
      execFile(
        path.join(this.programs.folder, "pg_waldump"),
        order,
        { env: { TZ: "UTC", NODE_ENV: "test" } },
        (_error, output) => resolve(output),
      );
    });
    return text.split("\n").flatMap((line) => {
      const match =
        /lsn: ([0-9A-F]+\/[0-9A-F]+), .*desc: COMMIT(?:_PREPARED)? .*?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC/.exec(
          line,
        );
      const [, lsn, time] = match ?? [];
      return lsn && time ? [{ lsn: shortLsn(lsn), timeMs: Date.parse(`${time.replace(" ", "T")}Z`) }] : [];
    });
  }

  /** Takes a base backup into `bases`. */
  base(signal?: AbortSignal): Promise<KeptBase> {
    const folders = { bases: path.join(this.folder, "bases") };
    return takeBase({ access: this.access, programs: this.programs, folders, incarnation: 1, label: "a test" }, signal);
  }

  /** The plan of a commit upon a base; the tests' own, with nothing checked. */
  planOf(base: KeptBase, target: RawCommit | "immediate", timeline = 1): RecoveryPlan {
    const lsn = parseLsn(target === "immediate" ? base.stopLsn : target.lsn) ?? 1n;
    return {
      bookmark: formatClusterBookmark({
        activation: 1,
        lsn: lsn || 1n,
        historyTag: "0123456789abcdef",
        timeline: 1,
        incarnation: 1,
      }),
      timeMs: target === "immediate" ? base.stoppedAtMs : target.timeMs,
      base,
      target: target === "immediate" ? target : { lsn: target.lsn },
      timeline,
      incarnation: 1,
      walBytes: SEGMENT_BYTES,
    };
  }

  /** Recovers a plan below this cluster's folder. */
  recover(
    plan: RecoveryPlan,
    also: Partial<RecoverOrder> = {},
    signal = AbortSignal.timeout(60_000),
  ): Promise<RecoveredServer> {
    const root = path.join(this.folder, "clusters");
    const history = {
      systemIdentifier: this.systemIdentifier,
      segmentBytes: SEGMENT_BYTES,
      superuser: this.access.user,
    };
    const order = {
      plan,
      wal: walOf(this.wal),
      programs: this.programs,
      history,
      root,
      folder: path.join(root, "work", `r${randomBytes(4).toString("hex")}`),
      purpose: "throwaway" as const,
    };
    return recoverState({ ...order, ...also }, { signal, progress: () => undefined });
  }

  async remove(): Promise<void> {
    await this.stopReceiver();
    await this.stopServer("QUIT");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The received log of a folder as it lies: segments, an unfinished one, timelines' histories. */
export function walOf(...folders: string[]): WalSource {
  return {
    fetch: async (name, target) => {
      const files = folders.flatMap((folder) => [name, `${name}.partial`].map((one) => path.join(folder, one)));
      const file = files.find((one) => existsSync(one));
      if (file) copyFileSync(file, target);
      return file !== undefined;
    },
  };
}

/** Rows of a statement on a restored server. */
export async function askRestored<Row extends pg.QueryResultRow>(
  server: RecoveredServer,
  text: string,
  database = "postgres",
): Promise<Row[]> {
  const client = new pg.Client({ host: server.socketDirectory, port: server.port, user: server.superuser, database });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** PostgreSQL's programs write positions with leading zeroes in the second half. */
const shortLsn = (lsn: string) => lsn.replace(/\/0+(?=[0-9A-F])/, "/");

function give(file: string): void {
  const user = clusterUser();
  if (user) chownSync(file, user.uid, user.gid);
}
