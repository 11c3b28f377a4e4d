import type { DiffRows } from "../../../domain/diff.ts";
import type { LastgoodError } from "../../../domain/errors.ts";
import { comparisonAbandoned, comparisonTooLong, stillComparing } from "../../comparison-errors.ts";
import { SpareProcess } from "../children/spare-process.ts";
import type { Compared } from "./database-comparison.ts";
import type { DiffTask } from "./diff-messages.ts";
import { DiffProcess } from "./diff-process.ts";
import type { DiffRowsQuery } from "./difference-page.ts";

/** What is known of one comparison. */
export type DiffAnswer = { compared: Compared; durationMs: number };

export type DiffLimits = {
  /** Processes at the same time; further comparisons wait for their turn. */
  mostProcesses: number;
  /** An answer that is not complete comes after this long. */
  answerWithinMs: number;
  /** A comparison that nobody asks for any more is ended after this long, and so is a process that waits for questions. */
  abandonedAfterMs: number;
  /** So long one may take. */
  mostMs: number;
  /** Complete comparisons that are kept. */
  mostKept: number;
};

const LIMITS: DiffLimits = {
  mostProcesses: 3,
  answerWithinMs: 1_800,
  abandonedAfterMs: 30_000,
  mostMs: 15 * 60_000,
  mostKept: 100,
};
const NOTHING_YET: Compared = { isComplete: false, progress: null, tables: [], sameTables: [], schema: [] };

type Job = {
  task: DiffTask;
  process: DiffProcess | null;
  /** Its process is through with comparing, and answers questions at once. */
  isReady: boolean;
  /** The best that was told. */
  answer: DiffAnswer;
  startedMs: number;
  askedMs: number;
  /** Rows being looked up. */
  questions: number;
  /** Told at its end, whichever it is. */
  waiting: Set<() => void>;
  failure: LastgoodError | null;
};

/** Comparisons under way, and those that are complete: each pair of states is compared once, in a process of its own. */
export class DiffJobs {
  readonly #limits: DiffLimits;
  readonly #spare = new SpareProcess(() => new DiffProcess());
  /** The history that the spare has open. */
  #expected: string | null = null;
  /** In the order in which they were asked for last. */
  readonly #jobs = new Map<string, Job>();
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: Partial<DiffLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Has a process ready for the next minutes, which is likely to be asked about this history. */
  prepare(historyDirectory: string): void {
    this.#spare.prepare().expect(historyDirectory);
    this.#expected = historyDirectory;
  }

  /** Processes that compare, or wait for questions. */
  get running(): number {
    return [...this.#jobs.values()].filter(({ process }) => process !== null).length;
  }

  /** What differs, complete or as far as it is known within about two seconds: then ask again. Throws what it failed with. */
  async compare(task: DiffTask): Promise<DiffAnswer> {
    const job = this.#jobOf(task);
    if (!job.answer.compared.isComplete) await this.#untilEnded(job, this.#limits.answerWithinMs);
    if (job.failure) throw job.failure;
    return job.answer;
  }

  /** Throws `query_timeout` when the comparison takes longer than anybody waits for rows. */
  async rows(task: DiffTask, query: DiffRowsQuery, waitMs = 20_000): Promise<DiffRows> {
    const job = this.#jobOf(task);
    if (!job.process) this.#start(job);
    const endMs = performance.now() + waitMs;
    while (!job.process || !job.isReady) {
      if (performance.now() >= endMs) throw stillComparing();
      await this.#untilEnded(job, endMs - performance.now());
      if (job.failure) throw job.failure;
      if (!job.process) this.#start(job);
      if (!job.process) throw stillComparing();
    }
    job.questions++;
    try {
      return await job.process.rows(query);
    } finally {
      job.questions--;
      job.askedMs = performance.now();
    }
  }

  /** Forgets what belongs to a history. */
  drop(historyDirectory: string): void {
    if (this.#expected === historyDirectory) this.#spare.end();
    for (const [key, job] of this.#jobs) {
      if (job.task.historyDirectory !== historyDirectory) continue;
      this.#jobs.delete(key);
      this.#fail(job, comparisonAbandoned());
    }
  }

  end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#spare.end();
    for (const job of this.#jobs.values()) this.#fail(job, comparisonAbandoned());
    this.#jobs.clear();
  }

  #jobOf(task: DiffTask): Job {
    const key = JSON.stringify(task);
    const nowMs = performance.now();
    const known = this.#jobs.get(key);
    const answer = { compared: NOTHING_YET, durationMs: 0 };
    const fresh = {
      task,
      process: null,
      isReady: false,
      answer,
      startedMs: nowMs,
      questions: 0,
      waiting: new Set<() => void>(),
      failure: null,
    };
    const job: Job = known && !known.failure ? known : { ...fresh, askedMs: nowMs };
    job.askedMs = nowMs;
    this.#jobs.delete(key);
    this.#jobs.set(key, job);
    if (!job.process && !job.answer.compared.isComplete) this.#start(job);
    this.#timer ??= setInterval(() => this.#tidy(), 2_000).unref();
    return job;
  }

  /** Unless as many processes as may run are busy; then it is tried again when one of them ends. */
  #start(job: Job): void {
    if (this.running >= this.#limits.mostProcesses) {
      const idle = [...this.#jobs.values()].find(
        ({ process, isReady, questions }) => process !== null && isReady && questions === 0,
      );
      if (!idle) return;
      this.#stop(idle);
    }
    const process = this.#spare.take();
    job.process = process;
    job.isReady = false;
    job.startedMs = performance.now();
    process.begin(job.task, {
      told: (compared, durationMs) => {
        if (job.process !== process) return;
        // One that is complete begins anew only for its rows.
        if (compared.isComplete || !job.answer.compared.isComplete) job.answer = { compared, durationMs };
        job.isReady = compared.isComplete;
        if (job.isReady) this.#tell(job);
        // Not before: starting one takes as much of the processor as this answer does.
        this.prepare(job.task.historyDirectory);
      },
      failed: (error) => {
        if (job.process === process) this.#fail(job, error);
      },
    });
  }

  /** Lets its process go; what it told stays. */
  #stop(job: Job): void {
    const { process } = job;
    job.process = null;
    job.isReady = false;
    process?.kill();
  }

  #fail(job: Job, error: LastgoodError): void {
    job.failure = error;
    this.#stop(job);
    this.#tell(job);
  }

  #tell(job: Job): void {
    for (const tell of job.waiting) tell();
    job.waiting.clear();
    this.#startWaiting();
  }

  #startWaiting(): void {
    for (const job of this.#jobs.values()) {
      if (!job.process && !job.failure && !job.answer.compared.isComplete) this.#start(job);
    }
  }

  #untilEnded(job: Job, withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        job.waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, withinMs);
      job.waiting.add(end);
    });
  }

  #tidy(): void {
    const nowMs = performance.now();
    const { abandonedAfterMs, mostMs, mostKept } = this.#limits;
    for (const [key, job] of this.#jobs) {
      const isAbandoned = job.questions === 0 && job.waiting.size === 0 && nowMs - job.askedMs > abandonedAfterMs;
      const { isComplete } = job.answer.compared;
      if (job.failure && isAbandoned) this.#jobs.delete(key);
      else if (!isComplete && isAbandoned) {
        this.#jobs.delete(key);
        this.#fail(job, comparisonAbandoned());
      } else if (!job.isReady && job.process && nowMs - job.startedMs > mostMs) this.#fail(job, comparisonTooLong());
      else if (isComplete && isAbandoned && job.process) this.#stop(job);
      else if (isComplete && !job.process && this.#jobs.size > mostKept) this.#jobs.delete(key);
    }
    this.#startWaiting();
  }
}
