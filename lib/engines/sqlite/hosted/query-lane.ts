import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { QueryAnswer, QueryResult } from "../../engine.ts";
import type { ProcessSlots } from "./process-slots.ts";
import type { QueryText, ScriptFile } from "./query-messages.ts";
import { QueryProcess, QueryProcessEnded, queryCrashed } from "./query-process.ts";

/** How a lane learns that a commit is safe. */
export type Acknowledgement = {
  /** Throws `not_protected` when the history would not take a commit now. */
  requireReady(databaseId: string): Promise<void>;
  /** The newest commit, once everything committed before the call is durable in the history. */
  flush(databaseId: string): Promise<{ bookmark: Bookmark; txid: number }>;
  /** Makes sure that a commit that was cut off halfway can never come to light later. */
  fence(path: string): Promise<void>;
};

export type LaneLimits = {
  queryMs: number;
  /** The same for a file of statements. */
  scriptMs: number;
  /** How long a commit that has begun is waited for when its query should end. */
  commitGraceMs: number;
  idleMs: number;
  busyTimeoutMs: number;
  resultBytes: number;
  queueLength: number;
};

export type LaneSurroundings = {
  acknowledgement: Acknowledgement;
  slots: ProcessSlots;
  limits: LaneLimits;
  temporaryDirectory: string;
};

/**
 * The queries of one hosted database, one after the other, each until it is acknowledged: so the newest commit of
 * the history is exactly the one of the query that has just been committed. Its process starts on demand.
 */
export class QueryLane {
  readonly #databaseId: string;
  readonly #path: string;
  readonly #surroundings: LaneSurroundings;
  #process: QueryProcess | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;
  #held = false;
  /** The query that is running, and how to end it. */
  #running: AbortController | null = null;
  #idleTimer: NodeJS.Timeout | null = null;
  /** The database's state, while nobody but this lane can have changed it. */
  #current: { bookmark: Bookmark; txid: number } | null = null;

  constructor(database: { id: string; path: string }, surroundings: LaneSurroundings) {
    this.#databaseId = database.id;
    this.#path = database.path;
    this.#surroundings = surroundings;
  }

  get holding(): boolean {
    return this.#process !== null;
  }

  get idle(): boolean {
    return this.#pending === 0;
  }

  /** Runs one query. Throws its own errors, `restoring`, `query_cancelled`, `query_timeout`, `committed_not_protected`. */
  run(query: QueryText | ScriptFile): Promise<QueryAnswer> {
    if (this.#held) return Promise.reject(restoringNow());
    if (this.#pending >= this.#surroundings.limits.queueLength) return Promise.reject(queueFull());
    this.#pending++;
    const turn = this.#last.then(() => this.#takeTurn(query));
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

  /**
   * Turns callers away until `release`: those who wait get `restoring`, the query under way is cancelled unless its commit
   * has begun. Returns when no process has the database open.
   */
  async hold(): Promise<void> {
    this.#held = true;
    this.#running?.abort(
      new LastgoodError("query_cancelled", "The query was cancelled because the database is being restored.", {
        hint: "Nothing was changed. Repeat it after the restore.",
        retryAfterSeconds: 1,
      }),
    );
    await this.#last;
    await this.letGo();
    this.#current = null;
  }

  release(): void {
    this.#current = null;
    this.#held = false;
  }

  /**
   * Has something else write the database between two queries: those before it have ended, later ones wait, and none is
   * cancelled. Throws `restoring` while callers are turned away.
   */
  aside<T>(work: () => Promise<T>): Promise<T> {
    if (this.#held) return Promise.reject(restoringNow());
    this.#pending++;
    const turn = this.#last.then(async () => {
      if (this.#held) throw restoringNow();
      try {
        return await work();
      } finally {
        this.#current = null;
      }
    });
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn.finally(() => {
      this.#pending--;
      this.#startIdleTimer();
    });
  }

  /** Ends the process; the next query starts another one. */
  async letGo(): Promise<void> {
    if (this.#idleTimer) clearTimeout(this.#idleTimer);
    const process = this.#process;
    if (!process) return;
    this.#process = null;
    await process.kill();
    this.#surroundings.slots.free(this);
  }

  async #takeTurn(query: QueryText | ScriptFile): Promise<QueryAnswer> {
    if (this.#held) throw restoringNow();
    if (this.#idleTimer) clearTimeout(this.#idleTimer);
    const stop = new AbortController();
    this.#running = stop;
    try {
      const process = await this.#startedProcess(stop.signal);
      const { wrote, results } = await this.#runIn(process, query, stop);
      if (!wrote) return { results, bookmark: (await this.#known()).bookmark };
      return { results, bookmark: await this.#acknowledge() };
    } catch (error) {
      if (error instanceof QueryProcessEnded) return await this.#afterTheEnd(error, stop.signal);
      throw error;
    } finally {
      this.#running = null;
      if (this.#process?.over) await this.letGo();
    }
  }

  async #runIn(process: QueryProcess, query: QueryText | ScriptFile, stop: AbortController) {
    const { limits, acknowledgement } = this.#surroundings;
    stop.signal.throwIfAborted();
    let committing = false;
    let grace: NodeJS.Timeout | null = null;
    const limitMs = "script" in query ? limits.scriptMs : limits.queryMs;
    const timer = setTimeout(() => stop.abort(queryTooSlow(limitMs)), limitMs);
    const end = () => {
      if (!committing) void process.kill();
      else grace = setTimeout(() => void process.kill(), limits.commitGraceMs);
    };
    stop.signal.addEventListener("abort", end, { once: true });
    try {
      return await process.run(query, async () => {
        // What the state was before is needed should the process die while it commits.
        if (this.#current) await acknowledgement.requireReady(this.#databaseId);
        else await this.#known();
        stop.signal.throwIfAborted();
        committing = true;
      });
    } finally {
      clearTimeout(timer);
      if (grace) clearTimeout(grace);
      stop.signal.removeEventListener("abort", end);
    }
  }

  async #startedProcess(signal: AbortSignal): Promise<QueryProcess> {
    if (this.#process) return this.#process;
    const { slots, limits, temporaryDirectory } = this.#surroundings;
    await slots.take(this, signal);
    const process = new QueryProcess(
      { path: this.#path, busyTimeoutMs: limits.busyTimeoutMs, resultLimitBytes: limits.resultBytes },
      temporaryDirectory,
    );
    this.#process = process;
    const kill = () => void process.kill();
    signal.addEventListener("abort", kill, { once: true });
    await process.started.finally(() => signal.removeEventListener("abort", kill));
    return process;
  }

  async #known(): Promise<{ bookmark: Bookmark; txid: number }> {
    this.#current ??= await this.#surroundings.acknowledgement.flush(this.#databaseId);
    return this.#current;
  }

  async #acknowledge(): Promise<Bookmark> {
    this.#current = null;
    try {
      return (await this.#known()).bookmark;
    } catch (cause) {
      throw committedNotProtected("The write is committed, but it could not be added to the history.", cause);
    }
  }

  /** The process is gone. If it was committing, only the history knows what became of the query. */
  async #afterTheEnd(ended: QueryProcessEnded, signal: AbortSignal): Promise<QueryAnswer> {
    const before = this.#current;
    if (ended.committing && before) {
      const after = await this.#stateAfterCut();
      const results: QueryResult[] = ended.results ?? [];
      if (after.txid > before.txid) return { results, bookmark: after.bookmark };
    }
    throw signal.aborted ? signal.reason : queryCrashed(ended);
  }

  async #stateAfterCut(): Promise<{ bookmark: Bookmark; txid: number }> {
    this.#current = null;
    try {
      await this.#surroundings.acknowledgement.fence(this.#path);
      return await this.#known();
    } catch (cause) {
      throw committedNotProtected(
        "The process died while it committed the write, and the history cannot say whether it took place.",
        cause,
      );
    }
  }

  #startIdleTimer(): void {
    if (this.#idleTimer) clearTimeout(this.#idleTimer);
    if (this.#pending > 0 || !this.#process) return;
    this.#idleTimer = setTimeout(() => {
      if (this.idle) void this.letGo();
    }, this.#surroundings.limits.idleMs);
    this.#idleTimer.unref();
  }
}

function restoringNow(): LastgoodError {
  return new LastgoodError("restoring", "The database is being restored.", {
    hint: "Repeat the query in a second.",
    retryAfterSeconds: 1,
  });
}

function queueFull(): LastgoodError {
  return new LastgoodError("rate_limited", "Too many queries wait for this database.", {
    hint: "Send fewer at once.",
    retryAfterSeconds: 1,
  });
}

function queryTooSlow(limitMs: number): LastgoodError {
  return new LastgoodError("query_timeout", `The query took longer than ${limitMs / 1000} seconds and was ended.`, {
    hint: "Nothing was changed. Add an index or split the work into several queries.",
  });
}

function committedNotProtected(message: string, cause: unknown): LastgoodError {
  return new LastgoodError(
    "committed_not_protected",
    message,
    { hint: "Read before you repeat the write; GET /api/health tells about the reader." },
    { cause },
  );
}
