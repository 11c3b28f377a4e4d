import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { checkedEnvironment, startProgram } from "../programs/run-program.ts";

export type LogReceiverOrder = {
  programs: PostgresPrograms;
  access: ClusterConnection;
  /** Where segments are written. */
  wal: string;
  slot: string;
  /** What the server knows it as, which commits may be made to wait for. */
  name: string;
  /** Asked before each start: why the server does not go on from what is there; null: it does. Then nothing is streamed any more. */
  findSetBack?: (() => Promise<string | null>) | undefined;
  log: Logger;
};

const SHORT_LIFE_MS = 5000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
const STOP_WITHIN_MS = 10_000;
const MOST_WORDS = 4096;

/**
 * Keeps pg_receivewal running on one slot: it is started again, with longer and longer pauses, for as long as nobody stops it. Each
 * position it reports is on our disk (`--synchronous`).
 */
export class LogReceiver {
  readonly #order: LogReceiverOrder;
  readonly #ending = new AbortController();
  #child: ChildProcess | null = null;
  #startedMs = 0;
  #problem: string | null = null;
  #setBack: string | null = null;
  #running: Promise<void> | null = null;
  #wake: (() => void) | null = null;

  constructor(order: LogReceiverOrder) {
    this.#order = order;
  }

  get slot(): string {
    return this.#order.slot;
  }

  /** Where segments are written. */
  get folder(): string {
    return this.#order.wal;
  }

  /** What it last complained of; null while it runs without complaint. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Why the server does not go on from what was received, so that nothing of it is streamed; null: nothing speaks against it. */
  get setBack(): string | null {
    return this.#setBack;
  }

  /** Since when it runs without an interruption, of the clock of `performance`; null while it does not. */
  get runningSinceMs(): number | null {
    return this.#child && this.#startedMs;
  }

  start(): void {
    mkdirSync(this.#order.wal, { recursive: true, mode: 0o700 });
    this.#running ??= this.#keepRunning();
  }

  /** Tries again now, where it waits for its next try. */
  hurry(): void {
    this.#wake?.();
  }

  /** Nothing is known to be wrong any more: what was complained of is over. */
  forgive(): void {
    this.#problem = null;
  }

  /** Ends it; what it has received is on the disk then. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#wake?.();
    const child = this.#child;
    if (child) {
      child.kill("SIGINT");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      await this.#running;
      clearTimeout(late);
    }
    await this.#running;
  }

  async #keepRunning(): Promise<void> {
    for (let pauseMs = 0; !this.#ending.signal.aborted; ) {
      const startedMs = performance.now();
      const words = (await this.#prove()) ?? (await this.#runOnce());
      if (this.#ending.signal.aborted || this.#setBack !== null) return;
      if (words) this.#problem = words;
      const isShort = performance.now() - startedMs < SHORT_LIFE_MS;
      pauseMs = isShort ? Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2)) : 0;
      this.#order.log.warn({ slot: this.#order.slot, problem: words, pauseMs }, "the log is not received right now");
      await this.#pause(pauseMs);
    }
  }

  /** What keeps it from being known whether the server goes on; null: it is known. */
  async #prove(): Promise<string | null> {
    try {
      this.#setBack = (await this.#order.findSetBack?.()) ?? null;
      return this.#setBack;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #pause(pauseMs: number): Promise<void> {
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    await sleep(pauseMs, undefined, { signal: waking.signal }).catch(() => undefined);
    this.#wake = null;
  }

  /** Runs it until it ends, and answers what it complained of. */
  async #runOnce(): Promise<string> {
    const { programs, access, wal, slot, name } = this.#order;
    const args = ["-D", wal, "-S", slot, "--synchronous", "--no-loop", "--no-password", "--status-interval=1"];
    let env: Record<string, string>;
    try {
      env = { ...(await checkedEnvironment(access)), PGAPPNAME: name };
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    if (this.#ending.signal.aborted) return "";
    const child = startProgram({ programs, name: "pg_receivewal", args, env }, ["ignore", "ignore", "pipe"]);
    this.#child = child;
    this.#startedMs = performance.now();
    let words = "";
    child.stderr?.on("data", (piece: Buffer) => {
      words = (words + piece.toString("utf8")).slice(-MOST_WORDS);
    });
    try {
      await once(child, "close");
    } catch (error) {
      words = error instanceof Error ? error.message : String(error);
    }
    this.#child = null;
    return lastComplaint(words);
  }
}

/** What it last complained of, without its prefix; that it is disconnected is what follows from any other complaint. */
function lastComplaint(words: string): string {
  const lines = words
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.replace(/^pg_receivewal: (error: )?/, ""));
  return lines.findLast((line) => line !== "disconnected") ?? lines.at(-1) ?? "";
}
