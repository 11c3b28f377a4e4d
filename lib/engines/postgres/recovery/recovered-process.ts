import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { clusterUser } from "../programs/cluster-user.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import type { ServerSettings } from "./recovery-settings.ts";

/**
 * A server that ends with this process, however that ends: a shell waits beside it for a line with the signal that it is to get, and
 * the end of that input is "at once", said until it is gone: what a shell starts in the background is deaf to it until it has set up
 * how it takes signals. An order that is started so reads nothing by itself either, hence descriptor 5.
 */
const BESIDE = `exec 5<&0
"$@" </dev/null 5<&- &
server=$!
{ read how && { kill -"$how" $server; cat >/dev/null; }; while kill -QUIT $server; do sleep 1; done; } <&5 3>&- 4<&- 2>/dev/null &
beside=$!
exec 3>&- 4<&- 5<&-
wait $server
code=$?
kill $beside 2>/dev/null
exit $code`;

const READY = "database system is ready to accept connections";
const MOST_LOG_CHARACTERS = 64 * 1024;

/** A running `postgres` on a data directory, with the pipes over which it asks for log. */
export class RecoveredProcess {
  readonly asks: Readable;
  readonly answers: Writable;
  /** Resolves when it accepts connections, which it does once it was promoted; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #shell: ChildProcess;
  #log = "";
  #over = false;

  constructor(programs: PostgresPrograms, directory: string, settings: ServerSettings) {
    const args = settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const command = [path.join(programs.folder, "postgres"), "-D", directory, ...args];
    this.#shell = spawn("/bin/sh", ["-c", BESIDE, "sh", ...command], {
      cwd: "/",
      stdio: ["pipe", "ignore", "pipe", "pipe", "pipe"],
      env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC", NODE_ENV: "production" },
      ...clusterUser(),
    });
    this.asks = this.#shell.stdio[3] as Readable;
    this.answers = this.#shell.stdio[4] as Writable;
    for (const pipe of [this.#shell.stdin, this.asks, this.answers]) pipe?.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#over = true;
        // What it has asked for is read to its end, which comes now that nobody is left to ask.
        for (const pipe of [this.#shell.stdin, this.answers]) pipe?.destroy();
        resolve();
      };
      this.#shell.once("exit", end);
      this.#shell.once("error", end);
    });
    this.ready = new Promise((resolve, reject) => {
      this.#shell.stderr?.on("data", (bytes: Buffer) => {
        this.#log = (this.#log + bytes.toString()).slice(-MOST_LOG_CHARACTERS);
        if (this.#log.includes(READY)) resolve();
      });
      this.#shell.once("close", () => reject(new Error("the server ended")));
      this.#shell.once("error", reject);
    });
    this.ready.catch(() => undefined);
  }

  /** What it said last, at most 64 KiB. */
  get log(): string {
    return this.#log;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** `INT`: cleanly, every connection is ended; `QUIT`: at once. Resolves when it has ended. */
  async end(how: "INT" | "QUIT"): Promise<void> {
    if (this.#over) return;
    if (how === "INT") this.#shell.stdin?.write("INT\n");
    else this.#shell.stdin?.destroy();
    await this.ended;
  }
}
