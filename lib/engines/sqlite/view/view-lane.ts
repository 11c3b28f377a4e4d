import { LastgoodError } from "../../../domain/errors.ts";
import type { QueryResult } from "../../engine.ts";
import type { ProcessSlots, SlotHolder } from "../hosted/process-slots.ts";
import { viewTooSlow } from "./view-errors.ts";
import type { PastState, ViewLimits, ViewQuestion } from "./view-messages.ts";
import type { ViewProcess } from "./view-process.ts";

export type LaneLimits = ViewLimits & {
  /** How long a process waits for another question. */
  idleMs: number;
  queueLength: number;
};

export type LaneSurroundings = {
  slots: ProcessSlots;
  limits: LaneLimits;
  /** A process that shows nothing yet, or another moment of the same database. */
  take(): ViewProcess;
  /** Called when nothing of the moment is kept any more. */
  forget(): void;
};

/** So much later than its own limit a process that has not answered is killed: it hangs where it cannot look at the clock. */
const GRACE_MS = 1000;

/** The questions about one moment, one after the other, in a process that keeps what it has read. */
export class ViewLane implements SlotHolder {
  readonly #state: PastState;
  readonly #surroundings: LaneSurroundings;
  #process: ViewProcess | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;
  #idleTimer: NodeJS.Timeout | null = null;

  constructor(state: PastState, surroundings: LaneSurroundings) {
    this.#state = state;
    this.#surroundings = surroundings;
  }

  get holding(): boolean {
    return this.#process !== null;
  }

  get idle(): boolean {
    return this.#pending === 0;
  }

  run(question: ViewQuestion, signal?: AbortSignal): Promise<QueryResult[]> {
    if (this.#pending >= this.#surroundings.limits.queueLength) return Promise.reject(queueFull());
    this.#pending++;
    const turn = this.#last.then(() => this.#takeTurn(question, signal));
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn.finally(() => {
      this.#pending--;
      this.#surroundings.slots.touch(this);
      this.#startIdleTimer();
    });
  }

  /** Gives its process away for another moment of the same database; null when it has none that is free. */
  handOver(): ViewProcess | null {
    const process = this.#process;
    if (!process || process.isOver || !this.idle) return null;
    if (this.#idleTimer) clearTimeout(this.#idleTimer);
    this.#process = null;
    this.#surroundings.slots.free(this);
    this.#surroundings.forget();
    return process;
  }

  /** Ends the process, and whatever it does just now; the next question starts another one. */
  async letGo(): Promise<void> {
    if (this.#idleTimer) clearTimeout(this.#idleTimer);
    const process = this.#process;
    this.#process = null;
    if (process) {
      await process.end();
      this.#surroundings.slots.free(this);
    }
    if (this.idle) this.#surroundings.forget();
  }

  async #takeTurn(question: ViewQuestion, signal?: AbortSignal): Promise<QueryResult[]> {
    if (this.#idleTimer) clearTimeout(this.#idleTimer);
    const { slots, limits, take } = this.#surroundings;
    signal?.throwIfAborted();
    if (this.#process?.isOver) await this.letGo();
    if (!this.#process) {
      await slots.take(this, signal ?? new AbortController().signal);
      this.#process = take();
      this.#process.show(this.#state);
    }
    const process = this.#process;
    const stop = new AbortController();
    let late: NodeJS.Timeout | null = null;
    const cancel = () => stop.abort(signal?.reason);
    const kill = () => process.kill();
    signal?.addEventListener("abort", cancel, { once: true });
    stop.signal.addEventListener("abort", kill, { once: true });
    try {
      // How long a process takes to start is nobody's question.
      await process.started;
      late = setTimeout(() => stop.abort(viewTooSlow(limits.questionMs)), limits.questionMs + GRACE_MS);
      return await process.ask(question);
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      if (late) clearTimeout(late);
      signal?.removeEventListener("abort", cancel);
      if (process.isOver) await this.letGo();
    }
  }

  #startIdleTimer(): void {
    if (this.#idleTimer) clearTimeout(this.#idleTimer);
    if (this.#pending > 0) return;
    if (!this.#process) {
      this.#surroundings.forget();
      return;
    }
    this.#idleTimer = setTimeout(() => {
      if (this.idle) void this.letGo();
    }, this.#surroundings.limits.idleMs);
    this.#idleTimer.unref();
  }
}

function queueFull(): LastgoodError {
  return new LastgoodError("rate_limited", "Too many queries wait for this moment.", {
    hint: "Send fewer at once.",
    retryAfterSeconds: 1,
  });
}
