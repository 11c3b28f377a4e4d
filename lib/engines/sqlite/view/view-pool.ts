import type { QueryResult } from "../../engine.ts";
import { SpareProcess } from "../children/spare-process.ts";
import { checkQuery } from "../hosted/check-query.ts";
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

/**
 * The moments of the past that somebody looks at, each in a process of its own that is kept for the next question. Those used
 * longest ago give way; a spare, which has loaded everything and opened nothing, waits for the next moment.
 */
export class ViewPool {
  readonly #slots: ProcessSlots;
  readonly #spare: SpareProcess<ViewProcess>;
  readonly #limits: LaneLimits;
  readonly #lanes = new Map<string, { databaseId: string; lane: ViewLane }>();

  constructor({ historyRoot, maxProcesses = MAX_PROCESSES, limits = {} }: ViewPoolOptions) {
    this.#limits = { ...LIMITS, ...limits };
    this.#slots = new ProcessSlots(maxProcesses);
    this.#spare = new SpareProcess(() => new ViewProcess(historyRoot, this.#limits));
  }

  /** Has a process ready for a moment that somebody is likely to look at soon. */
  prepare(): void {
    this.#spare.prepare();
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
    const lane = this.#lanes.get(key)?.lane ?? this.#newLane(key, databaseId, state);
    try {
      return await lane.run(question, signal);
    } finally {
      // Whoever looks at one moment soon looks at the next.
      this.#spare.prepare();
    }
  }

  /** Ends what is shown of a database that is not served any more. */
  async drop(databaseId: string): Promise<void> {
    const dropped = [...this.#lanes.values()].filter((one) => one.databaseId === databaseId);
    await Promise.all(dropped.map(({ lane }) => lane.letGo()));
  }

  async close(): Promise<void> {
    this.#spare.end();
    await Promise.all([...this.#lanes.values()].map(({ lane }) => lane.letGo()));
  }

  #newLane(key: string, databaseId: string, state: PastState): ViewLane {
    const lane = new ViewLane(state, {
      slots: this.#slots,
      limits: this.#limits,
      take: () => this.#spare.take(),
      forget: () => {
        if (this.#lanes.get(key)?.lane === lane) this.#lanes.delete(key);
      },
    });
    this.#lanes.set(key, { databaseId, lane });
    return lane;
  }
}
