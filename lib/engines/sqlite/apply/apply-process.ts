import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { childEnvironment } from "../../../child-environment.ts";
import { fromWireError, LastgoodError } from "../../../domain/errors.ts";
import type { FromChild, ToChild } from "./apply-messages.ts";

const APPLY_CHILD = path.join(import.meta.dirname, "apply-child.ts");

/** The process that applies one restore, and its messages in their order. It ends when this one does. */
export class ApplyProcess {
  readonly ended: Promise<void>;
  private readonly process: ChildProcess;
  private readonly queue: FromChild[] = [];
  private over = false;
  private isRehearsed = false;
  private wake: (() => void) | null = null;

  constructor(childPath: string = APPLY_CHILD) {
    this.process = fork(childPath, [], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      env: childEnvironment(),
    });
    this.process.on("message", (message) => {
      this.queue.push(message as FromChild);
      this.wake?.();
    });
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.over = true;
        this.wake?.();
        resolve();
      };
      this.process.on("exit", end);
      this.process.on("error", end);
    });
  }

  /** Whether the process has ended. */
  get isOver(): boolean {
    return this.over;
  }

  /** Lets it warm up, once, while it waits for its job. */
  rehearse(): void {
    if (this.isRehearsed) return;
    this.isRehearsed = true;
    this.send({ kind: "rehearse" });
  }

  send(message: ToChild): void {
    // A child that is gone is noticed by its exit; the failed write says nothing more.
    this.process.send(message, () => undefined);
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }

  /** After a job with `holdMs`: waits until writers go on, which `signal` brings about at once. The process's end is as good. */
  async untilReleased(signal: AbortSignal): Promise<void> {
    const release = () => this.send({ kind: "release" });
    if (signal.aborted) release();
    else signal.addEventListener("abort", release, { once: true });
    try {
      await this.expect("released");
    } catch {
      // Whatever became of it: with the process its lock is gone, and the pages were written long before.
      this.kill();
      await this.ended;
    } finally {
      signal.removeEventListener("abort", release);
    }
  }

  /** Waits for a message of this kind. Anything else, or the process's end, is an error. */
  async expect<K extends FromChild["kind"]>(kind: K): Promise<Extract<FromChild, { kind: K }>> {
    while (this.queue.length === 0 && !this.over) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const message = this.queue.shift();
    if (message === undefined)
      throw new LastgoodError("restore_failed", `The restoring process ended before it was ${kind}.`);
    if (message.kind === "failed") throw fromWireError(message.error);
    if (message.kind === "gaveUp" && kind !== "gaveUp") throw tooSlow();
    if (message.kind !== kind) throw new Error(`expected ${kind}, got ${message.kind}`);
    return message as Extract<FromChild, { kind: K }>;
  }
}

function tooSlow(): LastgoodError {
  return new LastgoodError(
    "restore_conflict",
    "The final pages were not ready in time, and the write lock was given back.",
    {
      hint: "Nothing was changed. Restore again; a busy machine or a slow disk makes this more likely.",
      retryAfterSeconds: 5,
    },
  );
}
