/**
 * One database of the primary keeper: holds its log, checkpoints it, restarts it once everything is copied.
 *
 * All that moves a hold runs in one queue, so that a newcomer (reader, spare) is only ever greeted outside of a restart window.
 * A database that cannot be held is tried again, ever more slowly, and says why.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../../../domain/errors.ts";
import type { KeeperStatus, MoveCondition } from "../capture-protocol.ts";
import type { RegisteredDatabase } from "../registry.ts";
import type { Checkpointer, CheckpointLease } from "./checkpointer.ts";
import { LogHold } from "./log-hold.ts";
import { describeProblem } from "./open-live.ts";
import type { KeeperLog, Partners } from "./partners.ts";
import { type LogRound, type OpenWindow, relieveLog } from "./relieve-log.ts";
import { yieldToCheckpoint } from "./yield-to-checkpoint.ts";

const ACTIVE_EVERY_MS = 150;
const IDLE_EVERY_MS = 1000;
const ACTIVE_FOR_MS = 3000;
/** A log this long is restarted at once; SQLite's own checkpoint at commit would begin to try at 1000 frames. */
const RESTART_FRAMES = 400;
const RESTART_EVERY_MS = 1000;
const MAX_RETRY_MS = 30_000;
const MAX_REFUSED_MS = 4000;
/** A log of this few frames holds nothing but wakes: not worth a checkpoint. */
const WOKEN_FRAMES = 2;
const ENLIST_AGAIN_MS = 5000;
/** Without the spare the log may grow to this size before it is restarted all the same: the application's disk comes first. */
const MAX_LOG_WITHOUT_SPARE_BYTES = 256 * 1024 * 1024;
/** A checkpoint that is refused this many times in a row, 10 ms apart, waits for a lock of ours. */
const BUSY_TRIES = 11;

export class KeptDatabase {
  readonly id: string;
  readonly path: string;
  private readonly checkpointer: Checkpointer;
  private readonly partners: Partners;
  private readonly log: KeeperLog;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private queue: Promise<unknown> = Promise.resolve();
  private hold: LogHold | null;
  /** Whether the hold is a pin, as it is outside of windows and of errors. */
  private isReal = false;
  private hasBegun = false;
  private problem: KeeperStatus["problem"] = null;
  private retryMs = IDLE_EVERY_MS;
  /** The spare that holds this log too; `spareSeen`: there was one, so a restart waits until there is one again (A9). */
  private spare: Partners["spare"] = null;
  private spareSeen = false;
  private standing: { holdId: string; hold: LogHold } | null = null;
  private framesAtRest = 0;
  private lastFrames = 0;
  private changedMs = 0;
  private relievedMs = 0;
  private refusals = 0;
  private enlistAfterMs = 0;

  /** @param hold taken over from the time as a spare, or null */
  constructor(
    database: RegisteredDatabase,
    hold: LogHold | null,
    { checkpointer, partners, log }: { checkpointer: Checkpointer; partners: Partners; log: KeeperLog },
  ) {
    this.id = database.id;
    this.path = database.path;
    this.hold = hold;
    this.checkpointer = checkpointer;
    this.partners = partners;
    this.log = log;
    this.running = this.run();
  }

  status(): KeeperStatus {
    const pinned = this.hold !== null && this.hasBegun && this.problem === null;
    return { database: this.id, pinned, spare: pinned && this.spareLink() !== null, problem: this.problem };
  }

  /** A reader has come: outside of a window it is told that the log is pinned. */
  greetReader(): void {
    void this.enqueue(async () => this.tellPinned(null));
  }

  /** A spare has come: outside of a window it is asked to hold this log too. */
  greetSpare(): void {
    this.enlistAfterMs = 0;
    void this.enqueue(() => this.enlistSpare());
  }

  spareLeft(): void {
    this.spare = null;
  }

  /** Stands still until `release`; a second call replaces the first. Throws `not_protected` while the log is not held. */
  standStill(holdId: string): Promise<void> {
    return this.enqueue(async () => {
      if (!this.hold || !this.isReal) throw notHeld(this.problem);
      this.standing = { holdId, hold: this.hold };
    });
  }

  isStanding(holdId: string): boolean {
    return this.standing?.holdId === holdId && this.standing.hold === this.hold && this.isReal;
  }

  release(holdId: string): void {
    if (this.standing?.holdId === holdId) this.standing = null;
  }

  /** Lets the log go and closes every connection. */
  async close(): Promise<void> {
    this.stopping.abort(new Error("the keeper lets this database go"));
    await this.running;
    await this.queue;
    await this.letGo();
  }

  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.queue.then(work);
    this.queue = done.catch(() => undefined);
    return done;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const pauseMs = await this.enqueue(() => this.turn());
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One look at the database; how long to pause before the next, milliseconds. */
  private async turn(): Promise<number> {
    const { signal } = this.stopping;
    if (signal.aborted) return 0;
    try {
      if (this.hold && !this.hold.isInPlace()) await this.lose(new Error("the database or its log was replaced"));
      if (!this.hold || !this.isReal) await this.begin();
      else if (!this.standing) await this.checkpoint(this.hold);
      this.problem = null;
      this.retryMs = IDLE_EVERY_MS;
      return Date.now() - this.changedMs < ACTIVE_FOR_MS ? ACTIVE_EVERY_MS : IDLE_EVERY_MS;
    } catch (error) {
      if (signal.aborted) return 0;
      await this.recover(error);
      this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
      return this.retryMs;
    }
  }

  private async begin(): Promise<void> {
    this.hold ??= new LogHold(this.path);
    await this.hold.pin(this.stopping.signal);
    this.isReal = true;
    this.hasBegun = true;
    const { frames } = this.hold.look();
    this.framesAtRest = frames <= WOKEN_FRAMES ? frames : 0;
    this.log.info({ database: this.id }, "log pinned");
    this.tellPinned(null);
    await this.enlistSpare();
  }

  private async enlistSpare(): Promise<void> {
    const { spare } = this.partners;
    const { hold } = this;
    if (!spare || !hold || !this.isReal || this.spare === spare || Date.now() < this.enlistAfterMs) return;
    const isAtRest = hold.look().frames === this.framesAtRest;
    try {
      await spare.enlist(this.id, this.path);
    } catch (error) {
      this.enlistAfterMs = Date.now() + ENLIST_AGAIN_MS;
      this.log.warn({ database: this.id, error: String(error) }, "the spare does not hold this log");
      return;
    }
    spare.inherit(this.id, hold.id, hold.heirOf);
    this.spare = spare;
    this.spareSeen = true;
    // The spare has woken the log; that is no change of anybody's.
    if (isAtRest) this.framesAtRest = hold.look().frames;
  }

  private async checkpoint(hold: LogHold): Promise<void> {
    await this.enlistSpare();
    await this.checkpointer.lease(this.path, async (lease) => {
      const round = this.roundWith(hold, lease);
      if (round.copied && (await this.isBlockedCheckpoint(lease))) {
        await this.endWindow(hold, await yieldToCheckpoint(round));
      }
      const { frames } = hold.look();
      if (frames !== this.lastFrames) this.changedMs = Date.now();
      this.lastFrames = frames;
      if (frames !== this.framesAtRest && this.isDue(frames)) await this.relieve(round);
    });
  }

  private isDue(frames: number): boolean {
    const sinceMs = Date.now() - this.relievedMs;
    if (this.refusals > 0) return sinceMs >= Math.min(250 * 2 ** this.refusals, MAX_REFUSED_MS);
    return frames >= RESTART_FRAMES || sinceMs >= RESTART_EVERY_MS;
  }

  private roundWith(hold: LogHold, lease: CheckpointLease): LogRound {
    const { reader } = this.partners;
    const spare = this.spareLink();
    const isTooLong = this.lastFrames * hold.pageSize > MAX_LOG_WITHOUT_SPARE_BYTES;
    const mayRestart = reader !== null && (spare !== null || !this.spareSeen || isTooLong);
    const copied = mayRestart ? () => reader.copied(this.id, hold.id) : null;
    return { hold, lease, copied, spare, signal: this.stopping.signal };
  }

  /** Whether somebody else's checkpoint has been waiting, most likely for a hold of ours. */
  private async isBlockedCheckpoint(lease: CheckpointLease): Promise<boolean> {
    for (let tries = 0; tries < BUSY_TRIES; tries++) {
      if (!(await lease.checkpoint()).busy) return false;
      await sleep(10);
    }
    return true;
  }

  private async relieve(round: LogRound): Promise<void> {
    const outcome = await relieveLog(round);
    this.relievedMs = Date.now();
    const isWindow = typeof outcome === "object";
    this.refusals = outcome === "refused" || (isWindow && outcome.full !== true) ? this.refusals + 1 : 0;
    if (!isWindow) return;
    await this.endWindow(round.hold, outcome);
    if (outcome.full) this.framesAtRest = round.hold.look().frames;
  }

  /** Wake, pins, word to the reader. Until it succeeds nothing else moves. */
  private async endWindow(hold: LogHold, window: OpenWindow | null): Promise<void> {
    if (!window) return;
    this.isReal = false;
    await hold.pin(this.stopping.signal);
    this.isReal = true;
    const isShorter = hold.look().frames < window.frames;
    await this.spareLink()?.move("woken");
    this.tellPinned(window.full === false ? false : isShorter ? true : null);
  }

  private spareLink(): LogRound["spare"] {
    const { spare, id } = this;
    if (!spare || spare !== this.partners.spare) return null;
    return {
      move: async (when: MoveCondition) => {
        try {
          return await spare.move(id, when);
        } catch (error) {
          // What it holds now is not known. It is dismissed, and what it may still hold does no harm.
          this.spare = null;
          spare.dismiss();
          this.log.warn({ database: id, error: String(error) }, "the spare fell silent");
          return false;
        }
      },
    };
  }

  private tellPinned(restarted: boolean | null): void {
    if (this.hold && this.isReal) this.partners.reader?.pinned(this.id, this.hold.id, this.hold.heirOf, restarted);
  }

  /** After an error: what is held stays held, and is pinned again on the next turn; without a hold all starts anew. */
  private async recover(error: unknown): Promise<void> {
    this.problem = describeProblem(this.path, error);
    this.log.warn(
      { database: this.id, cause: this.problem.cause, error: String(error) },
      "the log is not kept as it should",
    );
    this.hold?.unlock();
    this.isReal = false;
    // Whatever it holds, it wakes and pins when it is enlisted again.
    this.spare = null;
  }

  private async lose(error: Error): Promise<void> {
    this.log.warn({ database: this.id, error: error.message }, "the log is let go");
    await this.letGo();
  }

  private async letGo(): Promise<void> {
    this.isReal = false;
    this.hasBegun = false;
    this.spare = null;
    this.standing = null;
    await this.checkpointer.forget(this.path);
    this.hold?.close();
    this.hold = null;
  }
}

function notHeld(problem: KeeperStatus["problem"]): LastgoodError {
  return new LastgoodError("not_protected", problem?.cause ?? "The database's log is not held yet.", {
    hint: problem?.remedy ?? "Try again in a moment.",
    retryAfterSeconds: 1,
  });
}
