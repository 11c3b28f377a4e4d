import { checkQuery } from "../../check-query.ts";
import type { QueryResult } from "../../engine.ts";
import { SpareProcess } from "../children/spare-process.ts";
import { ProcessSlots } from "../hosted/process-slots.ts";
import { type LaneLimits, ViewLane } from "./view-lane.ts";
import type { PastState, ViewQuestion } from "./view-messages.ts";
import { ViewProcess } from "./view-process.ts";

export type ViewPoolOptions = {
  /** The folder that holds all histories: nothing else is read. */
  historyRoot: string;
  /** Moments shown at once. */
  maxProcesses?: number;
  limits?: Partial<LaneLimits>;
};

const LIMITS: LaneLimits = {
  questionMs: 10_000,
  rows: 100_000,
  resultBytes: 32 * 1024 * 1024,
  memoryBytes: 256 * 1024 * 1024,
  idleMs: 60_000,
  queueLength: 50,
};
const MAX_PROCESSES = 4;
/** So long nobody has named another moment when one is opened ahead. */
const SETTLED_MS = 100;
/** Two moments side by side; who steps on to a third goes on in the process of the one looked at longest ago. */
const MOMENTS_OF_ONE = 2;

/**
 * The moments of the past that somebody looks at, each in a process of its own that is kept for the next question. Those used
 * longest ago give way; a spare, which has loaded everything, waits for the next moment.
 */
export class ViewPool {
  readonly #slots: ProcessSlots;
  readonly #spare: SpareProcess<ViewProcess>;
  readonly #limits: LaneLimits;
  #preparing: NodeJS.Timeout | null = null;
  /** What the spare shows, or will soon. */
  #prepared: PastState | null = null;
  #closed = false;
  readonly #lanes = new Map<string, { databaseId: string; lane: ViewLane }>();

  constructor({ historyRoot, maxProcesses = MAX_PROCESSES, limits = {} }: ViewPoolOptions) {
    this.#limits = { ...LIMITS, ...limits };
    this.#slots = new ProcessSlots(maxProcesses);
    this.#spare = new SpareProcess(() => new ViewProcess(historyRoot, this.#limits));
  }

  /**
   * Has a process ready that shows this moment already, since somebody is likely to look at it soon. Where many moments are named
   * one after the other, only the last of them is opened.
   */
  prepare(state: PastState): void {
    if (this.#closed) return;
    this.#prepared = state;
    if (this.#preparing) clearTimeout(this.#preparing);
    this.#preparing = setTimeout(() => {
      this.#preparing = null;
      this.#spare.prepare().show(state);
    }, SETTLED_MS);
    this.#preparing.unref();
  }

  /**
   * Runs statements, which may only read, on a moment. Throws their own errors, `query_timeout`, `query_cancelled` when the
   * process dies, `rate_limited`, and the signal's reason once aborted.
   */
  async run(
    databaseId: string,
    state: PastState,
    question: ViewQuestion,
    signal?: AbortSignal,
  ): Promise<QueryResult[]> {
    checkQuery(question.sql, question.params?.length ?? 0);
    const key = `${databaseId} ${state.txid}`;
    const lane = this.#lanes.get(key)?.lane ?? this.#newLane(databaseId, state, key);
    // The order in a Map is that of insertion: the first is the one used longest ago.
    this.#lanes.delete(key);
    this.#lanes.set(key, { databaseId, lane });
    try {
      return await lane.run(question, signal);
    } finally {
      // Whoever looks at one moment soon looks at the next, which its history leads to faster once it has been read.
      this.prepare(state);
    }
  }

  /** Ends what is shown of a database that is not served any more. */
  async drop(databaseId: string, historyDirectory: string): Promise<void> {
    if (this.#prepared?.historyDirectory === historyDirectory) this.#endSpare();
    const dropped = [...this.#lanes.values()].filter((one) => one.databaseId === databaseId);
    await Promise.all(dropped.map(({ lane }) => lane.letGo()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#endSpare();
    await Promise.all([...this.#lanes.values()].map(({ lane }) => lane.letGo()));
  }

  #newLane(databaseId: string, state: PastState, key: string): ViewLane {
    const lane: ViewLane = new ViewLane(state, {
      slots: this.#slots,
      limits: this.#limits,
      take: () => this.#handedOver(databaseId) ?? this.#takeSpare(state),
      forget: () => {
        if (this.#lanes.get(key)?.lane === lane) this.#lanes.delete(key);
      },
    });
    return lane;
  }

  #takeSpare(state: PastState): ViewProcess {
    const spare = this.#spare.take();
    if (!spare.isHeldUp(state)) return spare;
    spare.kill();
    return this.#spare.take();
  }

  #endSpare(): void {
    if (this.#preparing) clearTimeout(this.#preparing);
    this.#preparing = null;
    this.#spare.end();
  }

  #handedOver(databaseId: string): ViewProcess | null {
    const own = [...this.#lanes.values()].filter((one) => one.databaseId === databaseId && one.lane.holding);
    if (own.length < MOMENTS_OF_ONE) return null;
    for (const { lane } of own) {
      const process = lane.handOver();
      if (process) return process;
    }
    return null;
  }
}
