import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../domain/assert.ts";
import type { ProcessLog } from "./process-log.ts";
import { type ReadableLine, readLine, toLogLine } from "./readable-line.ts";
import { restartDelayMs, SHORT_LIFE_MS } from "./restart-delay.ts";

export type ProcessSpec = {
  name: string;
  /** Arguments for Node. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** How long it may take to end by itself once its input has ended, milliseconds. */
  graceMs: number;
  /** An end with this exit code is meant: it is not started again. */
  finalExitCode?: number;
};

/** What happens to a process, told as it happens. */
export type ProcessEvents = {
  started(name: string, pid: number): void;
  /** `delayMs` until it is started again. */
  died(name: string, how: string, delayMs: number): void;
  line(name: string, line: ReadableLine): void;
  /** It ended with its final exit code. */
  endedForGood?(name: string): void;
};

/**
 * One process that is kept running. Its standard input is a pipe that ends when we end, which is its sign to end too; it
 * is in a session of its own, so that Ctrl-C reaches us alone and the order of ending is ours.
 *
 *   idle → running → (died → waiting → running)* → stopping → stopped
 */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #log: ProcessLog;
  readonly #events: ProcessEvents;
  #child: ChildProcessByStdio<Writable, Readable, Readable> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #shortLives = 0;
  #stopping = false;

  constructor(spec: ProcessSpec, log: ProcessLog, events: ProcessEvents) {
    this.spec = spec;
    this.#log = log;
    this.#events = events;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  start(): void {
    assert(this.#child === null && !this.#stopping, "a process is started once at a time");
    const startedMs = performance.now();
    const child = spawn(process.execPath, this.spec.args, {
      cwd: this.spec.cwd,
      env: this.spec.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    // A write to a dead child's input would be an unhandled error; its exit tells all there is to know.
    child.stdin.on("error", () => undefined);
    for (const stream of ["stdout", "stderr"] as const) {
      createInterface({ input: child[stream] }).on("line", (text) => this.#readOutput(text, stream));
    }
    child.once("error", (error) => this.#ended(error.message, startedMs));
    child.once("exit", (code, signal) => {
      if (code === null || code !== this.spec.finalExitCode) this.#ended(signal ?? `exit code ${code}`, startedMs);
      else this.#endedForGood();
    });
    if (child.pid !== undefined) this.#events.started(this.spec.name, child.pid);
  }

  #readOutput(text: string, stream: "stdout" | "stderr"): void {
    if (text.trim() !== "") this.#log.write(toLogLine(text, stream, this.spec.name));
    this.#events.line(this.spec.name, readLine(text, stream));
  }

  #ended(how: string, startedMs: number): void {
    if (this.#child === null) return;
    this.#child = null;
    if (this.#stopping) return;
    const shortLife = performance.now() - startedMs < SHORT_LIFE_MS;
    this.#shortLives = shortLife ? this.#shortLives + 1 : 0;
    const delayMs = restartDelayMs(this.#shortLives);
    this.#events.died(this.spec.name, how, delayMs);
    this.#timer = setTimeout(() => this.start(), delayMs);
  }

  #endedForGood(): void {
    this.#child = null;
    if (!this.#stopping) this.#events.endedForGood?.(this.spec.name);
  }

  /** Ends it: first by the end of its input, after its grace by SIGTERM, at last by SIGKILL. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    const child = this.#child;
    if (!child) return;
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const endsWithin = (ms: number) => {
      const given = new AbortController();
      const late = sleep(ms, false, { signal: given.signal }).catch(() => true);
      return Promise.race([exited.then(() => true), late]).finally(() => given.abort());
    };
    child.stdin.end();
    if (await endsWithin(this.spec.graceMs)) return;
    child.kill("SIGTERM");
    if (await endsWithin(1000)) return;
    child.kill("SIGKILL");
    await exited;
  }

  /** Ends it at once, without the chance to finish anything. */
  kill(): void {
    this.#stopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#child?.kill("SIGKILL");
  }
}
