import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { findFreePort } from "./find-free-port.ts";
import { findPostgres } from "./find-postgres.ts";

/** A PostgreSQL server of its own on a free port of this machine, with a password and nothing in it. */
export type StartedPostgres = {
  port: number;
  password: string;
  /** The address of one of its databases, the superuser's. */
  url(database?: string): string;
  /** Runs one statement as superuser. */
  run(sql: string, database?: string): Promise<void>;
  /** Stops it at once, as a crash would: connections break and nothing is written down any more. */
  crash(): Promise<void>;
  /** Starts it again on the same port, after `crash`. */
  restart(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
};

/** Nothing waits for the disk: what lies here outlives a crash of the server, and is thrown away. */
const SETTINGS = ["fsync=off", "full_page_writes=off", "max_connections=60", "jit=off"];

/** PostgreSQL refuses to run as root: then it runs as the user Debian made for it, else as nobody. */
function serverUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const line = users.find((user) => user.startsWith("postgres:")) ?? users.find((user) => user.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (!uid || !gid) throw new Error("there is no user to run PostgreSQL as");
  return { uid: Number(uid), gid: Number(gid) };
}

/**
 * Starts a server. It ends with this process, however that ends. Its default order of texts is a language's, as on most
 * servers, so that a column which relies on bytes has to say so.
 */
export async function startPostgres(): Promise<StartedPostgres> {
  const programs = findPostgres();
  if (programs === null) throw new Error("this machine has no PostgreSQL");
  const user = serverUser();
  // Not below TMPDIR: a run's own folder is its user's alone, and the server may be another user.
  const folder = mkdtempSync("/tmp/pg-lastgood-");
  const [data, passwordFile] = [path.join(folder, "data"), path.join(folder, "password")];
  const password = randomBytes(12).toString("hex");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user) for (const one of [folder, passwordFile]) chownSync(one, user.uid, user.gid);
  const locale = ["--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8", "--encoding=UTF8"];
  const account = ["--username=lastgood", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  await promisify(execFile)(path.join(programs, "initdb"), [...locale, ...account, "--no-sync", "-D", data], {
    cwd: folder,
    ...user,
  });
  const port = await findFreePort();
  const settings = [...SETTINGS, `unix_socket_directories=${folder}`, "listen_addresses=127.0.0.1", `port=${port}`];
  const url = (database = "postgres") => `postgres://lastgood:${password}@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | null = null;

  const start = async () => {
    const command = [path.join(programs, "postgres"), "-D", data, ...settings.flatMap((one) => ["-c", one])];
    // The shell waits for the end of its input, which is ours, and ends the server then.
    const script = '"$@" </dev/null & server=$!; cat >/dev/null; kill -QUIT $server; wait $server';
    server = spawn("sh", ["-c", script, "sh", ...command], { cwd: folder, stdio: ["pipe", "ignore", "pipe"], ...user });
    let printed = "";
    server.stderr?.on("data", (bytes: Buffer) => {
      printed += bytes.toString();
    });
    for (const untilMs = performance.now() + 20_000; ; await sleep(30)) {
      try {
        return await run("SELECT 1");
      } catch (error) {
        if (performance.now() > untilMs) throw new Error(`PostgreSQL did not start.\n${printed}`, { cause: error });
      }
    }
  };
  const crash = async () => {
    if (!server || server.exitCode !== null) return;
    const ended = once(server, "exit");
    server.stdin?.end();
    await ended;
  };
  const run = async (sql: string, database?: string) => {
    const client = new pg.Client({ connectionString: url(database) });
    client.on("error", () => undefined);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await start();
  return {
    port,
    password,
    url,
    run,
    crash,
    restart: start,
    remove: async () => {
      await crash();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
