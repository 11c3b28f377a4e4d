import { randomUUID } from "node:crypto";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { RecoveredServer } from "./recovery-plan.ts";

/** How many are kept when nobody uses them, for how long, and how many there may be at all: each takes memory and disk. */
const MOST_IDLE = 2;
const MOST_OPEN = 6;
const IDLE_MS = 5 * 60_000;

/** How the ids of such recoveries begin. */
export const WARM = "view-";

type Maker = (db: ProtectedDatabase, at: Bookmark, id: string, run: Run) => Promise<RecoveredServer>;

type Copy = {
  databaseId: string;
  making: Promise<RecoveredServer>;
  abort: AbortController;
  users: number;
  /** Null while it is being made. */
  server: RecoveredServer | null;
  /** Monotonic, when it was last given back. */
  usedMs: number;
  timer: NodeJS.Timeout | null;
};

/** States of the past with a server each: made once, shared, ended when nobody has asked for five minutes or others are newer. */
export class WarmCopies {
  readonly #make: Maker;
  readonly #copies = new Map<string, Copy>();
  readonly #ending = new Set<Promise<void>>();

  constructor(make: Maker) {
    this.#make = make;
  }

  async open(db: ProtectedDatabase, at: Bookmark, run: Run): Promise<{ server: RecoveredServer; done(): void }> {
    run.signal.throwIfAborted();
    const key = `${db.id} ${at}`;
    const known = this.#copies.get(key);
    if (known?.server?.isRunning() === false) this.#end(key, known);
    const copy = this.#copies.get(key) ?? this.#begin(key, db, at, run);
    if (copy.timer) clearTimeout(copy.timer);
    copy.timer = null;
    copy.users++;
    let isDone = false;
    const done = () => {
      if (isDone) return;
      isDone = true;
      this.#giveBack(key, copy);
    };
    try {
      return { server: await unlessAborted(copy.making, run.signal), done };
    } catch (error) {
      done();
      throw error;
    }
  }

  /** Ends all copies of a database, of every one with null, and answers when they are gone. */
  async drop(databaseId: string | null): Promise<void> {
    for (const [key, copy] of this.#copies) {
      if (databaseId === null || copy.databaseId === databaseId) this.#end(key, copy);
    }
    await Promise.all(this.#ending);
  }

  /** Ends those of a database that nobody uses, and answers when they are gone. */
  async dropIdle(databaseId: string): Promise<void> {
    for (const [key, copy] of this.#idle()) if (copy.databaseId === databaseId) this.#end(key, copy);
    await Promise.all(this.#ending);
  }

  #begin(key: string, db: ProtectedDatabase, at: Bookmark, run: Run): Copy {
    if (this.#copies.size >= MOST_OPEN && !this.#endOldest()) {
      throw new LastgoodError("rate_limited", `${MOST_OPEN} states of the past are open already.`, {
        hint: "Wait until one of them is closed, and try again.",
        retryAfterSeconds: 5,
      });
    }
    const abort = new AbortController();
    const making = this.#make(db, at, `${WARM}${randomUUID()}`, { ...run, signal: abort.signal });
    const copy: Copy = { databaseId: db.id, making, abort, users: 0, server: null, usedMs: 0, timer: null };
    this.#copies.set(key, copy);
    // Whoever waits hears of it; the next one who asks begins anew.
    making.then(
      (server) => {
        copy.server = server;
      },
      () => this.#copies.get(key) === copy && this.#copies.delete(key),
    );
    return copy;
  }

  #giveBack(key: string, copy: Copy): void {
    copy.users--;
    if (copy.users > 0 || this.#copies.get(key) !== copy) return;
    if (!copy.server) {
      // Nobody waits for it any more.
      this.#end(key, copy);
      return;
    }
    copy.usedMs = performance.now();
    copy.timer = setTimeout(() => this.#end(key, copy), IDLE_MS).unref();
    while (this.#idle().length > MOST_IDLE) this.#endOldest();
  }

  #idle(): [string, Copy][] {
    return [...this.#copies].filter(([, { users }]) => users === 0).sort(([, a], [, b]) => a.usedMs - b.usedMs);
  }

  #endOldest(): boolean {
    const [oldest] = this.#idle();
    if (oldest) this.#end(...oldest);
    return oldest !== undefined;
  }

  #end(key: string, copy: Copy): void {
    if (copy.timer) clearTimeout(copy.timer);
    this.#copies.delete(key);
    copy.abort.abort(new LastgoodError("cancelled", "Looking at the past was ended."));
    const ending = copy.making.then(
      (server) => server.discard(),
      () => undefined,
    );
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
  }
}

/** The answer, or the signal's reason as soon as that is aborted. */
async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: (() => void) | null = null;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    if (abort) signal.removeEventListener("abort", abort);
  }
}
