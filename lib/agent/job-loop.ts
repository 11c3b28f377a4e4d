import type { Logger } from "pino";
import { LastgoodError } from "../domain/errors.ts";
import type { Run } from "../engines/engine.ts";
import { outsideOfRequests, requestScope } from "../request-scope.ts";
import { reachPoint } from "../storage/reach-point.ts";

/** A job that this agent has claimed; `attempt` counts from 1 and is above 1 when it is being resumed after a crash. */
export type ClaimedJob = {
  id: string;
  kind: string;
  databaseId: string | null;
  payload: unknown;
  attempt: number;
  requestId?: string | null;
};

/** Where jobs are kept. Every write is refused once the lease was lost to somebody else: then `lost` comes back. */
export interface JobStore {
  /** The oldest job that waits for this agent, but none of these databases, of these kinds, nor these; null when there is none. */
  claim(left: { databases: string[]; kinds: readonly string[]; jobs: string[] }): Promise<ClaimedJob | null>;
  /** Renews the lease. */
  renew(jobId: string): Promise<"kept" | "cancel" | "lost">;
  /** Takes the step from which on it is not cancelled any more, as `Run.goAhead`; `cancel`: somebody asked to stop before. */
  goAhead(jobId: string): Promise<"kept" | "cancel" | "lost">;
  progress(jobId: string, stage: string, done: number, total: number): Promise<void>;
  /** Adds a line to the job's log. */
  line(jobId: string, text: string): Promise<void>;
  finish(jobId: string, outcome: { ok: true } | { ok: false; error: LastgoodError; cancelled: boolean }): Promise<void>;
}

/** Does one job. `giveBack` is the signal's reason when the agent is stopping: leave everything resumable. */
export type JobHandler = (job: ClaimedJob, run: Run) => Promise<void>;

/** The reason with which a running job is told to stop because the agent itself stops. */
export class AgentStopping extends Error {
  override readonly name = "AgentStopping";
}

/** Whether a job goes on with whoever holds its lease next: what it has begun has not ended, and must be left as it is. */
export function isLeftForLater(error: unknown, { signal }: Pick<Run, "signal">): boolean {
  if (error instanceof AgentStopping || signal.reason instanceof AgentStopping) return true;
  return error instanceof LastgoodError && error.code === "metadata_unavailable";
}

/** Whether a job that is left for later has written nothing: what was stopped for it can go on until then. */
export function isLeftUnwritten(error: unknown): boolean {
  return error instanceof LastgoodError && error.code === "metadata_unavailable" && error.details.outcome === "nothing";
}

export type JobLoopOptions = {
  store: JobStore;
  handle: JobHandler;
  log: Logger;
  /** How long to wait between looks when nobody calls `wake`. */
  pollMs: number;
  renewMs: number;
  maxConcurrent: number;
  /** Kinds of which, taken together, no more than `atOnce` run: long work that must leave room for what people wait for. */
  limited?: { kinds: readonly string[]; atOnce: number };
  /** Told when a job's end stands in its row. */
  ended?: (job: ClaimedJob) => void;
};

/**
 * Claims jobs and runs them, at most one per database. A job whose handler throws fails with that error; one that is
 * interrupted by `stop` keeps its row as it is and is resumed by the next agent that holds the lease.
 */
export class JobLoop {
  readonly #options: JobLoopOptions;
  readonly #running = new Map<
    string,
    { kind: string; databaseId: string | null; abort: AbortController; done: Promise<void> }
  >();
  #stopping = false;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  #renewing: Promise<void> | null = null;
  #renewAgain = false;

  constructor(options: JobLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lookNow();
  }

  /** Says that a job may be waiting, or that somebody asked one that runs to stop. */
  wake(): void {
    outsideOfRequests(() => this.#renewAll());
    this.#lookNow();
  }

  #lookNow(): void {
    if (this.#stopping) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    if (this.#timer) clearTimeout(this.#timer);
    // Often somebody's request wakes us; what is looked for then is everybody's.
    outsideOfRequests(() => {
      this.#looking = this.#look()
        .catch((error: unknown) => this.#options.log.error({ err: error }, "could not look for jobs"))
        .finally(() => {
          this.#looking = null;
          if (this.#stopping) return;
          if (this.#lookAgain) {
            this.#lookAgain = false;
            // Of what was just claimed nobody was told yet.
            this.wake();
          } else this.#timer = setTimeout(() => this.#lookNow(), this.#options.pollMs);
        });
    });
  }

  /** Stops claiming, interrupts what runs, and waits until the handlers have let go. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#looking;
    for (const { abort } of this.#running.values()) abort.abort(new AgentStopping());
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
  }

  async #look(): Promise<void> {
    while (!this.#stopping && this.#running.size < this.#options.maxConcurrent) {
      const databases = [...this.#running.values()].flatMap(({ databaseId }) => (databaseId ? [databaseId] : []));
      const jobs = [...this.#running.keys()];
      const job = await this.#options.store.claim({ databases, kinds: this.#full(), jobs });
      if (!job) return;
      this.#begin(job);
    }
  }

  #full(): readonly string[] {
    const { kinds, atOnce } = this.#options.limited ?? { kinds: [], atOnce: 0 };
    return [...this.#running.values()].filter(({ kind }) => kinds.includes(kind)).length < atOnce ? [] : kinds;
  }

  #begin(job: ClaimedJob): void {
    const abort = new AbortController();
    const renewal = setInterval(() => void this.#renew(job.id, abort), this.#options.renewMs);
    // A job that nobody's request led to is one of its own.
    const scope = { requestId: job.requestId ?? `job-${job.id}` };
    const done = requestScope
      .run(scope, () => this.#run(job, abort))
      .finally(() => {
        clearInterval(renewal);
        this.#running.delete(job.id);
        this.#lookNow();
      });
    this.#running.set(job.id, { kind: job.kind, databaseId: job.databaseId, abort, done });
  }

  /** All that run, at most once at a time however often it is called. */
  #renewAll(): void {
    if (this.#renewing) {
      this.#renewAgain = true;
      return;
    }
    this.#renewing = Promise.all([...this.#running].map(([id, { abort }]) => this.#renew(id, abort))).then(() => {
      this.#renewing = null;
      if (!this.#renewAgain) return;
      this.#renewAgain = false;
      this.#renewAll();
    });
  }

  async #goAhead(jobId: string, abort: AbortController): Promise<void> {
    const answer = await this.#options.store.goAhead(jobId).catch((error: unknown) => {
      throw withNothingWritten(error);
    });
    this.#heed(answer, abort);
    abort.signal.throwIfAborted();
  }

  #heed(answer: "kept" | "cancel" | "lost", abort: AbortController): void {
    if (answer === "cancel") abort.abort(new LastgoodError("cancelled", "It was cancelled."));
    if (answer === "lost") abort.abort(new AgentStopping("the lease was lost"));
  }

  async #renew(jobId: string, abort: AbortController): Promise<void> {
    try {
      this.#heed(await this.#options.store.renew(jobId), abort);
    } catch (error) {
      this.#options.log.warn({ err: error, jobId }, "could not renew a lease");
    }
  }

  async #run(job: ClaimedJob, abort: AbortController): Promise<void> {
    const { store, handle, log } = this.#options;
    const { signal } = abort;
    const reports = new LatestReport((stage, done, total) => store.progress(job.id, stage, done, total));
    let lines = Promise.resolve();
    const note = (text: string) => {
      lines = lines
        .then(() => store.line(job.id, text))
        .catch((error: unknown) => log.warn({ err: error, jobId: job.id, text }, "a line of a job is missing"));
    };
    const about = { jobId: job.id, kind: job.kind, ...(job.databaseId !== null && { databaseId: job.databaseId }) };
    const startedMs = performance.now();
    const tell = (outcome: string) =>
      log.info({ ...about, outcome, durationMs: Math.round(performance.now() - startedMs) }, "the job ended");
    log.info({ ...about, attempt: job.attempt }, "the job begins");
    try {
      reachPoint("job.claimed");
      const goAhead = () => this.#goAhead(job.id, abort);
      const progress = (stage: string, done: number, total: number) => reports.put(stage, done, total);
      await handle(job, { signal, goAhead, progress, note });
      await reports.settle();
      await lines;
      reachPoint("job.handled");
      await store.finish(job.id, { ok: true });
      reachPoint("job.finished");
      tell("completed");
      this.#options.ended?.(job);
    } catch (error) {
      await reports.settle();
      await lines;
      if (error instanceof AgentStopping || signal.reason instanceof AgentStopping) {
        log.info(about, "left for the next start");
        return;
      }
      const failure = asFailure(error);
      // What became of the job could not be written down: whoever holds the lease next goes on from its rows.
      if (failure.code === "metadata_unavailable") {
        log.warn({ err: failure, ...about }, "left until the metadata store answers");
        return;
      }
      if (failure.code === "internal") log.error({ err: error, ...about }, "a job failed unexpectedly");
      tell(failure.code);
      await store
        .finish(job.id, { ok: false, error: failure, cancelled: failure.code === "cancelled" })
        .catch((cause: unknown) => log.error({ err: cause, jobId: job.id }, "could not record a job's end"));
      this.#options.ended?.(job);
    }
  }
}

/** What `Run.goAhead` throws ends the work before anything is written. */
function withNothingWritten(error: unknown): unknown {
  if (!(error instanceof LastgoodError)) return error;
  return new LastgoodError(error.code, error.message, { ...error.details, outcome: "nothing" }, { cause: error });
}

function asFailure(error: unknown): LastgoodError {
  if (error instanceof LastgoodError) return error;
  return new LastgoodError(
    "internal",
    "The job failed unexpectedly.",
    { hint: "The agent's log names the cause." },
    { cause: error },
  );
}

/** What is over sooner than this is not worth a write. */
const FIRST_REPORT_MS = 100;
const REPORT_EVERY_MS = 250;

/** Writes progress at most four times a second, always the latest, never two writes at once. */
class LatestReport {
  readonly #write: (stage: string, done: number, total: number) => Promise<void>;
  #next: [string, number, number] | null = null;
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(write: (stage: string, done: number, total: number) => Promise<void>) {
    this.#write = write;
  }

  put(stage: string, done: number, total: number): void {
    this.#next = [stage, done, total];
    if (!this.#timer && !this.#writing) this.#schedule();
  }

  async settle(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    await this.#writing;
    if (this.#timer) clearTimeout(this.#timer);
    this.#flush();
    await this.#writing;
  }

  #schedule(): void {
    const dueMs = Math.max(FIRST_REPORT_MS, this.#lastMs + REPORT_EVERY_MS - performance.now());
    this.#timer = setTimeout(() => this.#flush(), dueMs);
  }

  #flush(): void {
    this.#timer = null;
    const next = this.#next;
    if (!next) return;
    this.#next = null;
    this.#lastMs = performance.now();
    this.#writing = this.#write(...next)
      .catch(() => undefined)
      .finally(() => {
        this.#writing = null;
        if (this.#next) this.#schedule();
      });
  }
}
