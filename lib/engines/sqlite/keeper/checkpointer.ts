import path from "node:path";
import { Worker } from "node:worker_threads";
import { assert } from "../../../domain/assert.ts";

export type CheckpointQuestion = { id: number; path: string; act: "checkpoint" | "empty" | "forget" };
export type CheckpointAnswer =
  | { id: number; ok: true; busy: boolean; frames: number; backfilled: number }
  | { id: number; ok: false; errcode: number | null; message: string };

/** What a PASSIVE checkpoint did. `busy`: another checkpoint is under way. */
export type Checkpointed = { busy: boolean; frames: number; backfilled: number };

/** Checkpoints of one database, on a thread that is ours alone until the lease ends: PASSIVE ones, or one that empties the log. */
export type CheckpointLease = { checkpoint(): Promise<Checkpointed>; empty(): Promise<Checkpointed> };

const WORKER = path.join(import.meta.dirname, "checkpoint-worker.ts");
const THREADS = 4;
/** A thread costs ten megabytes: those that nobody has needed for so long end. */
const IDLE_FOR_MS = 15_000;

/** A few threads for all databases. A database's lease is taken before its write lock, never while holding it. */
export class Checkpointer {
  private readonly threads: CheckpointThread[] = [];
  private readonly idle: CheckpointThread[] = [];
  private readonly queue: ((thread: CheckpointThread) => void)[] = [];
  private readonly ending = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;

  /** Runs `use` with a thread to itself; waits for one while all are busy. */
  async lease<T>(databasePath: string, use: (lease: CheckpointLease) => Promise<T>): Promise<T> {
    const thread = await this.acquire(databasePath);
    try {
      return await use({
        checkpoint: () => thread.run(databasePath, "checkpoint"),
        empty: () => thread.run(databasePath, "empty"),
      });
    } finally {
      const next = this.queue.shift();
      if (next) next(thread);
      else this.putAside(thread);
    }
  }

  /** Closes every connection to a database. Must be done before it is opened anew under the same name. */
  async forget(databasePath: string): Promise<void> {
    await Promise.all([...this.ending, ...this.threads.map((thread) => thread.forget(databasePath))]);
  }

  async close(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    await Promise.all([...this.ending, ...this.threads.map((thread) => thread.close())]);
  }

  private putAside(thread: CheckpointThread): void {
    this.idle.push(thread);
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.endIdle(), IDLE_FOR_MS).unref();
  }

  private endIdle(): void {
    for (const thread of this.idle.splice(0)) {
      this.threads.splice(this.threads.indexOf(thread), 1);
      const ended = thread.close().finally(() => this.ending.delete(ended));
      this.ending.add(ended);
    }
  }

  private async acquire(databasePath: string): Promise<CheckpointThread> {
    const known = this.idle.findIndex((thread) => thread.knows(databasePath));
    const thread = known >= 0 ? this.idle.splice(known, 1)[0] : this.idle.pop();
    if (thread) return thread;
    if (this.threads.length < THREADS) {
      const fresh = new CheckpointThread();
      this.threads.push(fresh);
      return fresh;
    }
    return new Promise((resolve) => this.queue.push(resolve));
  }
}

class CheckpointThread {
  private readonly worker = new Worker(WORKER);
  private readonly waiting = new Map<number, (answer: CheckpointAnswer) => void>();
  private readonly known = new Set<string>();
  private lastId = 0;

  constructor() {
    this.worker.on("message", (answer: CheckpointAnswer) => {
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    });
    // A thread that fails takes its connections' locks with it: the process must not go on as if it held them.
    this.worker.on("error", (error) => {
      throw error;
    });
  }

  knows(databasePath: string): boolean {
    return this.known.has(databasePath);
  }

  async run(databasePath: string, act: "checkpoint" | "empty"): Promise<Checkpointed> {
    this.known.add(databasePath);
    const answer = await this.ask(databasePath, act);
    if (!answer.ok) throw Object.assign(new Error(answer.message), { errcode: answer.errcode ?? 1 });
    return answer;
  }

  async forget(databasePath: string): Promise<void> {
    if (!this.known.delete(databasePath)) return;
    const answer = await this.ask(databasePath, "forget");
    assert(answer.ok, "a connection without a transaction can be closed");
  }

  async close(): Promise<void> {
    await Promise.all([...this.known].map((databasePath) => this.forget(databasePath)));
    await this.worker.terminate();
  }

  private ask(databasePath: string, act: CheckpointQuestion["act"]): Promise<CheckpointAnswer> {
    const id = ++this.lastId;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      const question: CheckpointQuestion = { id, path: databasePath, act };
      this.worker.postMessage(question);
    });
  }
}
