import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { checkedAddresses } from "./checked-addresses.ts";
import { clusterUser } from "./cluster-user.ts";
import type { PostgresPrograms } from "./find-programs.ts";

export type ProgramOrder = {
  programs: PostgresPrograms;
  /** `pg_waldump`, `initdb`, … */
  name: string;
  /** Never anything secret: arguments are everybody's to read. */
  args: readonly string[];
  env?: Record<string, string>;
  /** Runs as the cluster's user rather than Lastgood's; the directory must be one that this user can enter. */
  asClusterUser?: boolean;
  cwd?: string;
  /** In a session of its own, so that it outlives whoever started it. */
  detached?: boolean;
};

/**
 * What libpq's programs take from the environment, which only the same user can read, to reach a server.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 * @param addresses where the server's name leads, and it alone is gone to; TLS is still for the name. Null: there is no name in it
 */
export function accessEnvironment(
  access: ClusterConnection,
  addresses: readonly string[] | null = null,
): Record<string, string> {
  const where = addresses
    ? { PGHOST: addresses.map(() => access.host).join(","), PGHOSTADDR: addresses.join(",") }
    : { PGHOST: access.host };
  return {
    ...where,
    PGPORT: String(access.port),
    PGUSER: access.user,
    PGPASSWORD: access.password,
    PGDATABASE: access.database,
    PGSSLMODE: access.sslMode,
    PGCONNECT_TIMEOUT: "10",
  };
}

/** The same for one connection, at the addresses that the name was found to have just now. Throws `address_refused`. */
export async function checkedEnvironment(access: ClusterConnection): Promise<Record<string, string>> {
  return accessEnvironment(access, await checkedAddresses(access));
}

/** Starts one of PostgreSQL's programs with an environment of its own: nothing of ours reaches it but what is named here. */
export function startProgram(order: ProgramOrder, stdio: ("pipe" | "ignore" | number)[]): ChildProcess {
  const { programs, name, args, env = {}, asClusterUser = false, cwd = "/", detached = false } = order;
  return spawn(path.join(programs.folder, name), args, {
    cwd,
    detached,
    stdio,
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LC_ALL: "C.UTF-8",
      TZ: "UTC",
      ...env,
      NODE_ENV: "production",
    },
    ...(asClusterUser ? clusterUser() : null),
  });
}

const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * Runs one of PostgreSQL's programs to its end and answers what it printed. Throws the signal's reason once aborted, and otherwise
 * `internal` with the last line of what it complained of; no complaint of these programs holds a password.
 */
export async function runProgram(
  order: ProgramOrder & {
    /** The server it talks to. */
    access?: ClusterConnection | undefined;
    signal?: AbortSignal;
    okCodes?: readonly number[];
  },
): Promise<{
  output: string;
  complaints: string;
  code: number;
}> {
  order.signal?.throwIfAborted();
  const env = { ...(order.access && (await checkedEnvironment(order.access))), ...order.env };
  // pg_basebackup has a second process that receives log, and goes on for as long as the server does when the first one is ended: it would
  // hold our pipes open, and whoever cancels would wait for ever. So all of the program is ended, as one group.
  const child = startProgram({ ...order, env, detached: order.signal !== undefined }, ["ignore", "pipe", "pipe"]);
  const kill = () => endGroup(child);
  order.signal?.addEventListener("abort", kill, { once: true });
  const output = collect(child.stdout);
  const complaints = collect(child.stderr);
  try {
    const [code] = (await once(child, "close").catch((error: unknown) => {
      throw isMissing(error) ? notThere(order) : error;
    })) as [number | null];
    order.signal?.throwIfAborted();
    const said = { output: output(), complaints: complaints(), code: code ?? -1 };
    if ((order.okCodes ?? [0]).includes(said.code)) return said;
    const last = said.complaints.trim().split("\n").at(-1) ?? "";
    throw new LastgoodError("internal", `${order.name} failed: ${last || `it ended with code ${said.code}`}`, {
      hint: "The agent's log holds all of what it said.",
    });
  } finally {
    order.signal?.removeEventListener("abort", kill);
  }
}

const isMissing = (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT";

function notThere({ name, programs: { major } }: ProgramOrder): LastgoodError {
  return new LastgoodError("not_supported", `This machine has no ${name} of PostgreSQL ${major}.`, {
    hint: `Install the distribution's server and client packages of PostgreSQL ${major}, and try again.`,
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGTERM");
  } catch (error) {
    // It has just ended by itself.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const pieces: Buffer[] = [];
  let bytes = 0;
  stream?.on("data", (piece: Buffer) => {
    if (bytes < MOST_OUTPUT_BYTES) pieces.push(piece);
    bytes += piece.length;
  });
  return () => Buffer.concat(pieces).toString("utf8");
}
