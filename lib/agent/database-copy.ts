import type { Logger } from "pino";
import { LastgoodError } from "../domain/errors.ts";
import type { SecondCopyState } from "../domain/second-copy.ts";
import { checkCopy, renewSeals } from "../storage/copy/check-copy.ts";
import { type CopyAbout, copyIdOf } from "../storage/copy/copy-format.ts";
import type { CopyStores } from "../storage/copy/copy-stores.ts";
import { CopyWriter, type Shipped } from "../storage/copy/copy-writer.ts";
import type { CopyListing, CopySource } from "../storage/copy/listed-file.ts";
import { FileChanged, SetBack } from "../storage/copy/local-bytes.ts";
import { listCopies } from "../storage/copy/read-copy.ts";

const LISTED_AT_MOST = 5;
const CHECK_EVERY_MS = 60 * 60_000;
/** After one that could not be made. */
const CHECK_AGAIN_MS = 5 * 60_000;
/** Objects are sealed anew for so long with one look. */
const RESEALED_FOR_MS = 5000;
/** Read back whole at each check, of every database. */
const SAMPLE_BYTES = 64 * 1024 * 1024;
/** All that a copy is made of is locked so often, where the store locks. */
const LOCK_EVERY_MS = 60 * 60_000;
const LOCKED_FOR_MS = 5000;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
/** A state that moves all the time is written down so often; one that rests, so seldom. */
const TOLD_EVERY_MS = 2000;
const TOLD_AT_REST_MS = 5 * 60_000;
/** Of a copy that rests it is asked so often until when all is captured. */
const ASK_EVERY_MS = 10_000;
/** Log that is read anew after a start is read within this. */
const SET_BACK_AFTER_MS = 2 * 60_000;
/** A look that takes longer than this is behind. */
const SLOW_MS = 15_000;

export type DatabaseCopyWorld = {
  stores(): CopyStores;
  source: CopySource;
  about(): CopyAbout;
  /** Every commit up to it has been captured, Unix milliseconds; null: nobody knows, as while nothing is captured. */
  capturedThroughMs(): Promise<number | null>;
  tell(state: SecondCopyState): Promise<void>;
  log: Logger;
  /** Between two looks at everything that is there, and after a first failure. */
  checkEveryMs?: number;
  firstPauseMs?: number;
  /** Between two states of the copy that nobody can take away, where the store locks. */
  lockEveryMs?: number;
  /** A look that takes longer than this is told of while it goes on. */
  slowMs?: number;
  /** Of a copy that rests it is asked so often until when all is captured. */
  askEveryMs?: number;
  /** How long a history that was set back is waited for. */
  setBackAfterMs?: number;
};

/** The second copy of one database: looks what is new, ships it, and says how it stands. Each look ends before the next begins. */
export class DatabaseCopy {
  readonly #databaseId: string;
  readonly #world: DatabaseCopyWorld;
  #writer: CopyWriter | null = null;
  #stamp: string | null = null;
  /** What is sealed with the key of `keyId` by now. */
  #resealed: { keyId: string | null; done: Set<string> } = { keyId: null, done: new Set() };
  /** Of the last look at everything that is there; it stays told until one passes. */
  #checkTrouble: { words: string; sinceMs: number } | null = null;
  /** Files on this machine that are not what was shipped; null: all are. */
  #differing: string | null = null;
  #lockTrouble: string | null = null;
  #notRemoved: string | null = null;
  #lockedMs = Number.NEGATIVE_INFINITY;
  #branch = 1;
  #setBackSinceMs: number | null = null;
  #isComplete = false;
  #notBeforeMs = 0;
  #pauseMs: number;
  #checkedMs = performance.now();
  #askedMs = Number.NEGATIVE_INFINITY;
  #told: { text: string; atMs: number } | null = null;
  readonly #state: SecondCopyState = {
    place: "elsewhere",
    shippedUntilMs: null,
    shippedBookmark: null,
    shippedTxid: null,
    behindSinceMs: null,
    lastError: null,
    verifiedAtMs: null,
    damagedObjects: 0,
    sizeBytes: 0,
    checkedAtMs: 0,
  };

  constructor(databaseId: string, world: DatabaseCopyWorld) {
    this.#databaseId = databaseId;
    this.#world = world;
    this.#pauseMs = world.firstPauseMs ?? FIRST_PAUSE_MS;
  }

  get state(): Readonly<SecondCopyState> {
    return this.#state;
  }

  /** Ships what is new, if it is time. Never throws: what went wrong stands in the state, and is tried again. */
  async look(signal: AbortSignal): Promise<void> {
    if (performance.now() < this.#notBeforeMs) return;
    const slowMs = this.#world.slowMs ?? SLOW_MS;
    const slow = setTimeout(() => {
      this.#state.behindSinceMs ??= this.#state.shippedUntilMs ?? Date.now() - slowMs;
      this.#state.lastError ??= `The store takes longer than ${Math.ceil(slowMs / 1000)} s.`;
      void this.#tell();
    }, slowMs);
    try {
      await this.#look(signal);
      this.#pauseMs = this.#world.firstPauseMs ?? FIRST_PAUSE_MS;
    } catch (error) {
      if (signal.aborted) return;
      this.#failed(error);
    } finally {
      clearTimeout(slow);
    }
    if (!signal.aborted) await this.#tell();
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { source, stores, log } = this.#world;
    const stamp = source.stamp();
    if (stamp === null) return;
    const startedMs = Date.now();
    if (this.#writer) {
      this.#writer.stores = stores();
      await this.#renewSeals(this.#writer, signal);
    }
    const isCheckDue = performance.now() - this.#checkedMs > (this.#world.checkEveryMs ?? CHECK_EVERY_MS);
    if (this.#writer && isCheckDue) await this.#check(this.#writer, signal);
    const isBroken = this.#writer === null || this.#writer.bad.size > 0 || this.#writer.headsDue > 0;
    if (stamp !== this.#stamp || !this.#isComplete || isBroken) {
      const capturedUntilMs = await this.#capturedUntil(startedMs);
      const done = await this.#ship(capturedUntilMs, signal);
      if (!done) return;
      const { writer, shipped } = done;
      if (shipped.shippedBytes > 0) log.debug({ database: this.#databaseId, bytes: shipped.shippedBytes }, "shipped");
      this.#stamp = stamp;
      this.#isComplete = shipped.isComplete;
      if (shipped.isComplete) await this.#lock(signal);
      this.#shipped(writer, shipped, capturedUntilMs);
      return;
    }
    await this.#lock(signal);
    this.#tellTroubles();
    await this.#rest(startedMs);
  }

  /** Nothing is new: what was captured until then is in the copy. */
  async #rest(startedMs: number): Promise<void> {
    const { shippedUntilMs } = this.#state;
    if (shippedUntilMs === null || performance.now() - this.#askedMs < (this.#world.askEveryMs ?? ASK_EVERY_MS)) return;
    this.#state.shippedUntilMs = Math.max(shippedUntilMs, await this.#capturedUntil(startedMs));
  }

  /** While nobody knows, as while nothing is captured, nothing more is complete than was before: 0. */
  async #capturedUntil(startedMs: number): Promise<number> {
    const throughMs = await this.#world.capturedThroughMs();
    this.#askedMs = performance.now();
    return Math.min(throughMs ?? 0, startedMs);
  }

  /** Null: there is nothing to ship yet. */
  async #ship(capturedUntilMs: number, signal: AbortSignal): Promise<{ writer: CopyWriter; shipped: Shipped } | null> {
    const { source, about } = this.#world;
    await source.prepare?.();
    for (let tries = 1; ; tries++) {
      try {
        const listing = source.list();
        const writer = await this.#writerOf(listing);
        const shipped = await writer.ship(listing, { about: about(), capturedUntilMs }, signal);
        this.#setBackSinceMs = null;
        return { writer, shipped };
      } catch (error) {
        if (error instanceof LastgoodError && error.code === "not_protected") return null;
        if (error instanceof SetBack) throw this.#wasSetBack(error);
        const isGone = error instanceof Error && "code" in error && error.code === "ENOENT";
        if (!(isGone || error instanceof FileChanged) || tries === LISTED_AT_MOST) throw error;
      }
    }
  }

  /** The copy of this very history, the one that was begun last. Throws `SetBack` where it knows later commits than this machine. */
  async #writerOf(listing: CopyListing): Promise<CopyWriter> {
    const { generation, newest } = listing;
    const stores = this.#world.stores();
    if (!this.#writer) {
      const first = copyIdOf(this.#databaseId, generation, 1);
      const known = (await listCopies(stores, first)).map((copyId) => Number(copyId.slice(first.length + 1) || 1));
      this.#branch = Math.max(1, ...known);
    }
    const copyId = copyIdOf(this.#databaseId, generation, this.#branch);
    if (this.#writer?.copyId !== copyId) this.#writer = await CopyWriter.open(stores, copyId);
    const shipped = this.#writer.head?.newest;
    if (shipped && (shipped.txid > newest.txid || listing.knows?.(shipped) === false))
      throw new SetBack(`commit ${shipped.txid} is in the copy alone`);
    return this.#writer;
  }

  /**
   * What is here may be an older image of the machine, or log that is just being read anew. After a while it gets a copy of its own, and what
   * was shipped before stays as it is.
   */
  #wasSetBack(cause: SetBack): LastgoodError {
    this.#setBackSinceMs ??= performance.now();
    if (performance.now() - this.#setBackSinceMs >= (this.#world.setBackAfterMs ?? SET_BACK_AFTER_MS)) {
      this.#branch += 1;
      this.#setBackSinceMs = null;
      this.#world.log.error({ database: this.#databaseId, err: cause }, "a history was set back: it gets another copy");
    }
    return new LastgoodError(
      "conflict",
      "The second copy knows later commits than this machine. Unless they come back, another copy is begun, and this one kept.",
    );
  }

  #shipped(writer: CopyWriter, { isWhole, damaged }: Shipped, capturedUntilMs: number): void {
    const state = this.#state;
    const newest = isWhole ? (writer.head?.newest ?? null) : null;
    state.shippedUntilMs = newest ? Math.max(capturedUntilMs, writer.head?.shippedUntilMs ?? 0) : null;
    state.shippedBookmark = newest?.bookmark ?? null;
    state.shippedTxid = newest?.txid ?? null;
    this.#differing =
      damaged.length === 0
        ? null
        : `${damaged.length === 1 ? damaged[0] : `${damaged.length} files`} on this machine is not what was shipped before; the copy keeps what it has.`;
    this.#tellTroubles();
    state.damagedObjects = writer.bad.size;
    state.sizeBytes = writer.sizeBytes;
  }

  /** What of the last looks still stands; only a check that failed means that the copy may not keep up. */
  #tellTroubles(): void {
    this.#state.behindSinceMs = this.#checkTrouble?.sinceMs ?? null;
    const notRemoved = this.#notRemoved ?? this.#writer?.retired.trouble ?? null;
    this.#state.lastError = this.#checkTrouble?.words ?? this.#differing ?? this.#lockTrouble ?? notRemoved;
  }

  /** Once all is shipped. What cannot be locked is told, and the copy goes on. */
  async #lock(signal: AbortSignal): Promise<void> {
    const writer = this.#writer;
    if (!writer?.stores.locks) return;
    if (performance.now() - this.#lockedMs < (this.#world.lockEveryMs ?? LOCK_EVERY_MS)) return;
    try {
      if (!(await writer.lockAll(LOCKED_FOR_MS, signal))) return;
      this.#lockTrouble = null;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof LastgoodError)) throw error;
      this.#lockTrouble = `The second copy is not locked. ${error.message}`;
    }
    this.#lockedMs = performance.now();
  }

  /** After the keys were rotated: a part with each look, so that what is new does not wait for it. */
  async #renewSeals(writer: CopyWriter, signal: AbortSignal): Promise<void> {
    const { keyId } = writer.stores;
    if (keyId === null || writer.sealedWith === keyId) return;
    // What is shipped from here on is sealed with another key than the rest.
    writer.sealedWith = null;
    if (this.#resealed.keyId !== keyId) this.#resealed = { keyId, done: new Set() };
    const { done } = this.#resealed;
    const isDone = await renewSeals(writer, { done, forMs: RESEALED_FOR_MS, signal });
    this.#state.damagedObjects = writer.bad.size;
    if (!isDone) return;
    this.#resealed = { keyId: null, done: new Set() };
    this.#world.log.info({ copy: writer.copyId }, "every object of the second copy is sealed with the new key");
  }

  /** Never throws but for the signal: what kept it from looking stays told until it can. */
  async #check(writer: CopyWriter, signal: AbortSignal): Promise<void> {
    const everyMs = this.#world.checkEveryMs ?? CHECK_EVERY_MS;
    this.#checkedMs = performance.now();
    try {
      await this.#lookThrough(writer);
      this.#checkTrouble = null;
    } catch (error) {
      signal.throwIfAborted();
      const words = error instanceof Error ? error.message : String(error);
      this.#world.log.error({ err: error, database: this.#databaseId }, "the second copy could not be looked through");
      this.#checkTrouble = { words, sinceMs: this.#checkTrouble?.sinceMs ?? Date.now() };
      this.#checkedMs -= Math.max(0, everyMs - CHECK_AGAIN_MS);
      // What the other one wrote is read first: then it is gone on with, or a copy of its own begun.
      if (error instanceof LastgoodError && error.code === "conflict") this.#writer = null;
    }
  }

  async #lookThrough(writer: CopyWriter): Promise<void> {
    const { looked, read, bad, removed, notRemoved } = await checkCopy(writer, {
      sampleBytes: SAMPLE_BYTES,
      nowMs: Date.now(),
    });
    this.#notRemoved = notRemoved;
    const facts = { database: this.#databaseId, looked, read, removed, bad };
    if (bad.length > 0) this.#world.log.error(facts, "objects of the second copy are missing or altered");
    else this.#world.log.debug(facts, "the second copy was looked through");
    this.#state.verifiedAtMs = Date.now();
    this.#state.damagedObjects = writer.bad.size;
  }

  #failed(error: unknown): void {
    const { log } = this.#world;
    const words = error instanceof Error ? error.message : String(error);
    const isNew = this.#state.lastError !== words;
    log[isNew ? "error" : "debug"]({ err: error, database: this.#databaseId }, "the second copy does not go on");
    this.#state.lastError = words;
    this.#state.behindSinceMs ??= this.#state.shippedUntilMs ?? Date.now();
    this.#notBeforeMs = performance.now() + this.#pauseMs * (0.8 + 0.4 * Math.random());
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#isComplete = false;
  }

  async #tell(): Promise<void> {
    const { shippedUntilMs: _, checkedAtMs: __, sizeBytes: ___, shippedBookmark, shippedTxid, ...calm } = this.#state;
    const text = JSON.stringify(calm);
    const passedMs = this.#told ? performance.now() - this.#told.atMs : Number.POSITIVE_INFINITY;
    const isMoving = this.#told?.text !== `${text} ${shippedBookmark} ${shippedTxid}`;
    const isUrgent = this.#told?.text.startsWith(text) !== true;
    if (!isUrgent && passedMs < (isMoving ? TOLD_EVERY_MS : TOLD_AT_REST_MS)) return;
    this.#state.checkedAtMs = Date.now();
    try {
      await this.#world.tell({ ...this.#state });
      this.#told = { text: `${text} ${shippedBookmark} ${shippedTxid}`, atMs: performance.now() };
    } catch (error) {
      this.#world.log.warn({ err: error, database: this.#databaseId }, "the second copy's state was not written down");
    }
  }
}
