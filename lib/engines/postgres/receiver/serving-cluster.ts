import { closeSync, existsSync, openSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { LastgoodError } from "../../../domain/errors.ts";
import type { ClusterPlaces } from "../cluster.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { startProgram } from "../programs/run-program.ts";
import { readAccess } from "./access-file.ts";
import { openSession } from "./open-session.ts";
import {
  clearAlteredSettings,
  lastWords,
  serverLog,
  servingArguments,
  writeServingConfiguration,
} from "./serving-configuration.ts";

const START_WITHIN_MS = 10 * 60_000;
const STOP_WITHIN_MS = 50_000;
const LOOK_EVERY_MS = 5;

/**
 * The server of one hosted cluster. It outlives us: one that runs on the cluster's data directory is taken over, whoever started
 * it, and a crash of the receiver is none of the server.
 */
export class ServingCluster {
  readonly #places: ClusterPlaces;
  readonly #programs: PostgresPrograms;
  readonly #log: Logger;
  /** The application name that commits wait for. */
  #synchronous: string | null;
  readonly #logLimitBytes: number | null;

  constructor(order: {
    places: ClusterPlaces;
    programs: PostgresPrograms;
    log: Logger;
    synchronous: string | null;
    /** How much log it may keep that nobody receives; null: as much as always. */
    logLimitBytes?: number | null;
  }) {
    this.#logLimitBytes = order.logLimitBytes ?? null;
    this.#places = order.places;
    this.#programs = order.programs;
    this.#log = order.log;
    this.#synchronous = order.synchronous;
  }

  /** The process id of the server on the live directory; null while none runs. */
  pid(): number | null {
    return servingPid(this.#places.live);
  }

  /** Whether there is a data directory at all. */
  hasData(): boolean {
    return existsSync(path.join(this.#places.live, "PG_VERSION"));
  }

  /**
   * Starts it, or takes over the one that runs, and returns once it answers, which after a crash is when it has recovered. Throws
   * `internal` with the server's own words.
   */
  async start(): Promise<void> {
    const access = readAccess(this.#places.access);
    if (!access) throw new LastgoodError("internal", "It is not known how this cluster is reached.");
    const untilMs = performance.now() + START_WITHIN_MS;
    if (this.pid() === null) this.#spawn(access.port);
    const logFrom = sizeOf(serverLog(this.#places));
    for (let startedMs = performance.now(); ; await sleep(LOOK_EVERY_MS)) {
      try {
        const session = await openSession(access);
        await session.end();
        return;
      } catch (error) {
        // What a server says while it starts, recovers or stops: https://www.postgresql.org/docs/current/errcodes-appendix.html
        const isComing = isRefused(error) || codeOf(error) === "57P03";
        const isGone = this.pid() === null && performance.now() - startedMs > 500 && this.#ended;
        if (!isComing || isGone || performance.now() > untilMs) throw this.#explain(error, logFrom);
        if (this.pid() !== null) startedMs = performance.now();
      }
    }
  }

  /**
   * Stops it as a clean shutdown does, which waits until everything was received; returns when it is gone. False: there was none, or
   * it had to be ended at once.
   */
  async stop(): Promise<boolean> {
    const pid = this.pid();
    if (pid === null) return false;
    process.kill(pid, "SIGINT");
    if (await this.#endsWithin(STOP_WITHIN_MS)) return true;
    this.#log.warn({ pid }, "a server did not stop in time and is ended at once");
    process.kill(pid, "SIGQUIT");
    if (!(await this.#endsWithin(10_000))) process.kill(pid, "SIGKILL");
    await this.#endsWithin(10_000);
    return false;
  }

  /** Makes commits wait for a receiver, or for nobody; a running server takes that at once. */
  setSynchronous(name: string | null): void {
    this.#synchronous = name;
    this.reconfigure();
  }

  /** Writes its configuration anew; a running server takes that at once. */
  reconfigure(): void {
    writeServingConfiguration(this.#places, this.#synchronous, this.#logLimitBytes);
    const pid = this.pid();
    if (pid !== null) process.kill(pid, "SIGHUP");
  }

  #ended = false;

  #spawn(port: number): void {
    writeServingConfiguration(this.#places, this.#synchronous, this.#logLimitBytes);
    clearAlteredSettings(this.#places.live);
    const fd = openSync(serverLog(this.#places), "a", 0o600);
    this.#ended = false;
    const child = startProgram(
      {
        programs: this.#programs,
        name: "postgres",
        args: servingArguments(this.#places, port),
        asClusterUser: true,
        detached: true,
      },
      ["ignore", fd, fd],
    );
    closeSync(fd);
    const ended = () => {
      this.#ended = true;
    };
    child.once("exit", ended);
    child.once("error", ended);
    child.unref();
  }

  async #endsWithin(ms: number): Promise<boolean> {
    for (const untilMs = performance.now() + ms; performance.now() < untilMs; await sleep(LOOK_EVERY_MS)) {
      if (this.pid() === null) return true;
    }
    return false;
  }

  #explain(error: unknown, logFrom: number): LastgoodError {
    const words = lastWords(this.#places, logFrom);
    const cause = words || (error instanceof Error ? error.message : String(error));
    return new LastgoodError("internal", `The server does not start: ${cause}`, {
      hint: `Look at ${serverLog(this.#places)}; it is tried again by itself.`,
    });
  }
}

/**
 * The process id of the server that runs on a data directory; null while none does. A number that the system has given to another
 * process since is none.
 */
export function servingPid(directory: string): number | null {
  try {
    const [first = ""] = readFileSync(path.join(directory, "postmaster.pid"), "utf8").split("\n");
    const pid = Math.abs(Number(first));
    if (!Number.isSafeInteger(pid) || pid <= 1) return null;
    process.kill(pid, 0);
    // A server's working directory is its data directory, whatever that is called by now.
    if (process.platform === "linux" && readlinkSync(`/proc/${pid}/cwd`) !== realpathSync(directory)) return null;
    return pid;
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");

/** Nobody listens (yet), or whoever did has just gone. */
function isRefused(error: unknown): boolean {
  const text = error instanceof Error ? error.message : "";
  return ["ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(codeOf(error)) || /terminated unexpectedly/.test(text);
}

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
