import type { DiffRows } from "../../../domain/diff.ts";
import { comparisonAbandoned, comparisonTooLong, stillComparing } from "../../comparison-errors.ts";
import type { FileKey } from "../history/touched-files.ts";
import { ClusterComparison, type Compared, NOTHING_YET } from "./cluster-comparison.ts";
import { type DiffRowsQuery, differencePage } from "./difference-page.ts";
import { explainServerError, type ServerPlace, ServerSession } from "./server-session.ts";

/** Where the two states of a comparison are; `done` gives them back. */
export type OpenedStates = {
  from: ServerPlace;
  to: ServerPlace;
  /** What the log between them has touched; null: not known. */
  touched: ReadonlySet<FileKey> | null;
  done(): void;
};

export type DiffLimits = {
  /** Comparisons at once; further ones wait for their turn. */
  most: number;
  /** An answer that is not complete comes after this long. */
  answerWithinMs: number;
  /** What nobody asks for any more is ended after this long. */
  abandonedAfterMs: number;
  mostMs: number;
  /** Complete comparisons whose figures are kept. */
  mostKept: number;
};

const LIMITS: DiffLimits = {
  most: 2,
  answerWithinMs: 1_800,
  abandonedAfterMs: 60_000,
  mostMs: 30 * 60_000,
  mostKept: 100,
};
const ROWS_WAIT_MS = 20_000;

type Job = {
  open(signal: AbortSignal): Promise<OpenedStates>;
  ending: AbortController;
  /** While its states are open, or are being opened. */
  work: Promise<ClusterComparison> | null;
  comparison: ClusterComparison | null;
  /** Complete figures outlive the states. */
  compared: Compared;
  durationMs: number;
  startedMs: number;
  askedMs: number;
  questions: number;
  failure: unknown;
};

/** Comparisons under way, and those that are complete: each pair of states is compared once. */
export class DiffJobs {
  readonly #limits: DiffLimits;
  readonly #jobs = new Map<string, Job>();
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: Partial<DiffLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Complete, or as far as it is known within about two seconds: then ask again. Throws what it failed with. */
  async compare(key: string, open: Job["open"]): Promise<{ compared: Compared; durationMs: number }> {
    const job = this.#jobOf(key, open);
    if (!job.compared.isComplete) {
      this.#start(job);
      await within(job.work, this.#limits.answerWithinMs);
      if (job.failure) throw this.#takeFailure(key, job);
    }
    return { compared: job.comparison?.compared ?? job.compared, durationMs: job.durationMs || elapsed(job) };
  }

  /** Throws `query_timeout` when the comparison takes longer than anybody waits for rows. */
  async rows(key: string, open: Job["open"], query: DiffRowsQuery): Promise<DiffRows> {
    const job = this.#jobOf(key, open);
    job.questions++;
    try {
      this.#start(job);
      await within(job.work, ROWS_WAIT_MS);
      if (job.failure) throw this.#takeFailure(key, job);
      const { comparison } = job;
      if (!comparison?.compared.isComplete) throw stillComparing();
      return await differencePage(comparison, query);
    } catch (error) {
      throw explainServerError(error);
    } finally {
      job.questions--;
      job.askedMs = performance.now();
    }
  }

  /** Forgets comparisons whose key begins so. */
  drop(prefix: string): void {
    for (const [key, job] of this.#jobs) {
      if (!key.startsWith(prefix)) continue;
      this.#jobs.delete(key);
      job.ending.abort(comparisonAbandoned());
    }
  }

  end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.drop("");
  }

  #jobOf(key: string, open: Job["open"]): Job {
    const nowMs = performance.now();
    const known = this.#jobs.get(key);
    const job = known ?? {
      open,
      ending: new AbortController(),
      work: null,
      comparison: null,
      compared: NOTHING_YET,
      durationMs: 0,
      startedMs: nowMs,
      askedMs: nowMs,
      questions: 0,
      failure: null,
    };
    job.askedMs = nowMs;
    // The order in a Map is that of insertion: the first is the one asked for longest ago.
    this.#jobs.delete(key);
    this.#jobs.set(key, job);
    this.#timer ??= setInterval(() => this.#tidy(), 2_000).unref();
    return job;
  }

  /** Unless as many as may run are busy; then whoever asks again starts it. */
  #start(job: Job): void {
    if (job.work) return;
    const open = [...this.#jobs.values()].filter(({ work }) => work !== null);
    if (open.length >= this.#limits.most) {
      const idle = open.find(({ compared, questions }) => compared.isComplete && questions === 0);
      if (!idle) return;
      idle.ending.abort(comparisonAbandoned());
    }
    job.ending = new AbortController();
    job.failure = null;
    job.startedMs = performance.now();
    job.work = this.#run(job);
    job.work.catch((error: unknown) => {
      job.work = null;
      job.failure ??= error;
    });
  }

  async #run(job: Job): Promise<ClusterComparison> {
    const { signal } = job.ending;
    const states = await job.open(signal);
    const opened: ServerSession[] = [];
    const close = async () => {
      job.work = null;
      job.comparison = null;
      for (const session of opened) session.cut();
      states.done();
    };
    signal.addEventListener("abort", () => void close(), { once: true });
    try {
      signal.throwIfAborted();
      for (const place of [states.to, states.from]) opened.push(await ServerSession.open(place));
      const [here, there] = opened;
      if (!here || !there) throw new Error("a comparison has two sides");
      await there.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      const comparison = new ClusterComparison({ here, there }, states.touched);
      job.comparison = comparison;
      await comparison.run();
      signal.throwIfAborted();
      job.compared = comparison.compared;
      job.durationMs = elapsed(job);
      return comparison;
    } catch (error) {
      const reason: unknown = signal.aborted ? signal.reason : explainServerError(error);
      if (!signal.aborted) job.ending.abort(reason);
      throw reason;
    }
  }

  #takeFailure(key: string, job: Job): unknown {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
    return job.failure;
  }

  #tidy(): void {
    const nowMs = performance.now();
    const { abandonedAfterMs, mostMs, mostKept } = this.#limits;
    for (const [key, job] of this.#jobs) {
      const { isComplete } = job.compared;
      const isAbandoned = job.questions === 0 && nowMs - job.askedMs > abandonedAfterMs;
      if (!isComplete && job.work && nowMs - job.startedMs > mostMs) job.ending.abort(comparisonTooLong());
      else if (isAbandoned && job.work) job.ending.abort(comparisonAbandoned());
      if (isAbandoned && (!isComplete || this.#jobs.size > mostKept)) this.#jobs.delete(key);
    }
  }
}

const elapsed = ({ startedMs }: Job) => Math.round(performance.now() - startedMs);

/** Waits for work, but no longer than so; what it fails with is told by the job. */
async function within(work: Promise<unknown> | null, mostMs: number): Promise<void> {
  if (!work) return;
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, mostMs);
  await Promise.race([work.catch(() => undefined), late.promise]);
  clearTimeout(timer);
}
