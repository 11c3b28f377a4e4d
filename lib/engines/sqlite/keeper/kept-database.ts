/**
 * One database of the primary keeper: holds its log, checkpoints it, restarts it once everything is copied.
 *
 * All that moves a hold runs in one queue, so that a newcomer (reader, spare) is only ever greeted outside of a restart window.
 * A database that cannot be held is tried again, ever more slowly, and says why.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { KeeperStatus } from "../capture-protocol.ts";
import { requireNoLinkedFolder } from "../plain-files.ts";
import type { RegisteredDatabase } from "../registry.ts";
import { isBusy } from "../wal/sqlite-busy.ts";
import type { Checkpointer, CheckpointLease } from "./checkpointer.ts";
import type { IdleRounds } from "./idle-rounds.ts";
import { LogHold } from "./log-hold.ts";
import { type LogLimit, LogLimitWatch } from "./log-limit.ts";
import { describeProblem } from "./open-live.ts";
import type { KeeperLog, Partners } from "./partners.ts";
import { ReliefSchedule } from "./relief-schedule.ts";
import { type LogRound, type OpenWindow, relieveLog } from "./relieve-log.ts";
import { pinLog, yieldToCheckpoint } from "./yield-to-checkpoint.ts";

const RETRY_MS = 1000;
/** Every so many turns the files are compared with their names. */
const IN_PLACE_TURNS = 3;
const MAX_RETRY_MS = 30_000;
const ENLIST_AGAIN_MS = 5000;
/** Without the spare the log may grow to this size before it is restarted all the same: the application's disk comes first. */
const MAX_LOG_WITHOUT_SPARE_BYTES = 256 * 1024 * 1024;
/** A checkpoint that is refused this many times in a row, 10 ms apart, waits for a lock of ours. */
const BUSY_TRIES = 11;
const EMPTY_TRIES = 50;
const EMPTY_PAUSE_MS = 20;

export class KeptDatabase {
  readonly id: string;
  readonly path: string;
  isAttached: boolean;
  private readonly checkpointer: Checkpointer;
  private readonly partners: Partners;
  private readonly rounds: IdleRounds;
  private readonly limit: LogLimitWatch;
  private readonly log: KeeperLog;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private queue: Promise<unknown> = Promise.resolve();
  private hold: LogHold | null;
  /** False until the first pin, and after an error until the next one. */
  private isHeld = false;
  private problem: KeeperStatus["problem"] = null;
  private retryMs = RETRY_MS;
  /** The spare that holds this log too; `spareSeen`: there was one, so a restart waits until there is one again (A9). */
  private spare: Partners["spare"] = null;
  private spareSeen = false;
  /** Whether the spare's hold is a pin since, so that it may take our place. */
  private spareVouches = false;
  private standing: { holdId: string; hold: LogHold } | null = null;
  private readonly schedule = new ReliefSchedule();
  private turns = 0;
  /** The last turn found nothing to do, and there had been nothing for a while. */
  private isAtRest = false;
  private enlistAfterMs = 0;

  /** @param hold taken over from the time as a spare, or null */
  constructor(
    database: RegisteredDatabase,
    hold: LogHold | null,
    {
      checkpointer,
      partners,
      rounds,
      limit,
      log,
    }: { checkpointer: Checkpointer; partners: Partners; rounds: IdleRounds; limit: LogLimit; log: KeeperLog },
  ) {
    this.id = database.id;
    this.path = database.path;
    this.isAttached = database.origin === "attached";
    this.hold = hold;
    this.checkpointer = checkpointer;
    this.partners = partners;
    this.rounds = rounds;
    this.limit = new LogLimitWatch(limit);
    this.log = log;
    this.running = this.run();
  }

  status(): KeeperStatus {
    const pinned = this.isHeld && this.problem === null;
    return { database: this.id, pinned, spare: pinned && this.hasSpare() && this.spareVouches, problem: this.problem };
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
      if (!this.hold || !this.isHeld) throw notHeld(this.problem);
      this.standing = { holdId, hold: this.hold };
      reachPoint("keep.standing");
    });
  }

  isStanding(holdId: string): boolean {
    return this.standing?.holdId === holdId && this.standing.hold === this.hold && this.isHeld;
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
      if (this.isAtRest) await this.rest();
      else await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Until there is something to do. */
  private async rest(): Promise<void> {
    await this.enqueue(async () => {
      this.hold?.rest(true);
      await this.checkpointer.forget(this.path);
    });
    await this.rounds.rest(() => this.hasWork(), this.stopping.signal);
  }

  /** A glance of a few microseconds; whatever is wrong, the next turn deals with it. */
  private hasWork(): boolean {
    const { hold } = this;
    if (!hold || !this.isHeld || this.problem) return true;
    if (this.standing) return false;
    try {
      if (this.turns++ % IN_PLACE_TURNS === 0 && !hold.isInPlace()) return true;
      const awaitsSpare = this.partners.spare !== null && !this.hasSpare();
      return (awaitsSpare && Date.now() >= this.enlistAfterMs) || !hold.isQuiet(this.schedule.atRest);
    } catch {
      // The turn that follows meets it again, tells of it and deals with it.
      return true;
    }
  }

  /** One look at the database; how long to pause before the next, milliseconds. */
  private async turn(): Promise<number> {
    const { signal } = this.stopping;
    if (signal.aborted) return 0;
    this.isAtRest = false;
    try {
      if (this.hold && this.turns++ % IN_PLACE_TURNS === 0 && !this.hold.isInPlace())
        await this.lose(new Error("the database or its log was replaced"));
      if (!this.hold || !this.isHeld) await this.begin();
      else if (!this.standing) await this.checkpoint(this.hold);
      this.problem = null;
      this.retryMs = RETRY_MS;
      return this.schedule.pauseMs;
    } catch (error) {
      if (signal.aborted) return 0;
      // Somebody is recovering the index: that is over in a moment, and what is held is a pin.
      if (isBusy(error) && this.isHeld && this.hold?.isPin) return this.schedule.pauseMs;
      this.recover(error);
      this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
      return this.retryMs;
    }
  }

  private async begin(): Promise<void> {
    // The folder of hosted files is our own, and may lie behind a link.
    if (!this.hold && this.isAttached) requireNoLinkedFolder(this.path);
    this.hold ??= new LogHold(this.path);
    const { hold } = this;
    if (!hold.isPin) await pinLog(this.roundOf(hold));
    this.isHeld = true;
    this.schedule.begin(hold.look().frames);
    this.log.info({ database: this.id }, "log pinned");
    this.tellPinned(null);
    reachPoint("keep.begun");
    await this.enlistSpare();
  }

  /** The spare takes a hold, a wake makes it a pin, and only then it may vouch. */
  private async enlistSpare(): Promise<void> {
    const { spare } = this.partners;
    const { hold } = this;
    if (!spare || !hold?.isPin || this.spare === spare || Date.now() < this.enlistAfterMs) return;
    this.enlistAfterMs = Date.now() + ENLIST_AGAIN_MS;
    const isAtRest = hold.look().frames === this.schedule.atRest;
    try {
      await spare.enlist(this.id, this.path);
    } catch (error) {
      this.log.warn({ database: this.id, error: String(error) }, "the spare does not hold this log");
      return;
    }
    reachPoint("keep.spare-enlisted");
    this.spare = spare;
    this.spareVouches = false;
    if (!(await this.pinAll(hold, null, () => hold.isPin && !this.hasSpare())) || !this.hasSpare()) return;
    spare.inherit(this.id, hold.id, hold.heirOf);
    reachPoint("keep.spare-inherits");
    this.spareVouches = true;
    this.spareSeen = true;
    // The wake is no change of anybody's.
    if (isAtRest) this.schedule.atRest = hold.look().frames;
  }

  private async checkpoint(hold: LogHold): Promise<void> {
    await this.enlistSpare();
    if (hold.isQuiet(this.schedule.atRest)) {
      this.isAtRest = this.schedule.isIdle;
      return;
    }
    const { reader } = this.partners;
    const copied = async () => (reader ? reader.copied(this.id, hold.id) : null);
    if (await this.limit.isExceeded(hold.look().frames * hold.pageSize, copied)) return this.giveUp(hold);
    await this.checkpointer.lease(this.path, async (lease) => {
      if (this.mayRestart(hold) && (await this.isBlockedCheckpoint(lease))) {
        const window = await yieldToCheckpoint(this.roundOf(hold), lease);
        if (window) await this.pinAll(hold, window);
      }
      if (this.schedule.isDue(hold.look().frames)) await this.relieve(hold, lease);
    });
  }

  /**
   * Nobody copies the log and it fills the application's disk: it is let go and emptied. What is held next has another id and
   * no forebears, so nobody can vouch for what was given up: the reader finds a gap and says so.
   */
  private async giveUp(hold: LogHold): Promise<void> {
    const bytes = hold.look().frames * hold.pageSize;
    this.log.warn({ database: this.id, bytes }, "a log that nobody copies is given up: its commits become one gap");
    this.partners.spare?.drop(this.id);
    await this.letGo();
    await this.checkpointer.lease(this.path, async (lease) => {
      for (let tries = 0; tries < EMPTY_TRIES; tries++) {
        // Whoever is in the way may empty it as well: nothing of ours holds it now.
        if (!(await lease.empty()).busy) break;
        await sleep(EMPTY_PAUSE_MS);
      }
    });
    this.limit.reset();
  }

  private mayRestart(hold: LogHold): boolean {
    const lacksSpare = this.spareSeen && !this.hasSpare();
    const isTooLong = hold.look().frames * hold.pageSize > MAX_LOG_WITHOUT_SPARE_BYTES;
    return this.partners.reader !== null && (!lacksSpare || isTooLong);
  }

  /** Whether somebody else's checkpoint has been waiting, most likely for a hold of ours. */
  private async isBlockedCheckpoint(lease: CheckpointLease): Promise<boolean> {
    for (let tries = 0; tries < BUSY_TRIES; tries++) {
      if (!(await lease.checkpoint()).busy) return false;
      await sleep(10);
    }
    return true;
  }

  private async relieve(hold: LogHold, lease: CheckpointLease): Promise<void> {
    const outcome = await relieveLog(this.roundOf(hold), lease, this.mayRestart(hold));
    if (typeof outcome === "object") await this.pinAll(hold, outcome);
    this.schedule.relieved(outcome, hold.look().frames);
  }

  /** Ends a window, if there was one: wake, pins, word to the reader. Until it succeeds nothing else moves. */
  private async pinAll(hold: LogHold, window: OpenWindow | null, needless = () => false): Promise<boolean> {
    if (!(await pinLog(this.roundOf(hold), needless))) return false;
    const isShorter = window !== null && hold.look().frames < window.frames;
    this.tellPinned(window?.full === false ? false : isShorter ? true : null);
    reachPoint("pin.told");
    return true;
  }

  private roundOf(hold: LogHold): LogRound {
    return {
      hold,
      signal: this.stopping.signal,
      copied: async () => {
        const { reader } = this.partners;
        return reader && this.mayRestart(hold) ? reader.copied(this.id, hold.id) : null;
      },
      near: async () => (await this.partners.reader?.near(this.id)) ?? null,
      moveSpare: async (when) => {
        const { spare } = this;
        if (!spare || !this.hasSpare()) return this.mayRestart(hold);
        try {
          return await spare.move(this.id, when);
        } catch (error) {
          // What it holds now is not known. It is dismissed, and what it may still hold does no harm.
          this.spare = null;
          spare.dismiss();
          this.log.warn({ database: this.id, error: String(error) }, "the spare fell silent");
          return false;
        }
      },
    };
  }

  private hasSpare(): boolean {
    return this.spare !== null && this.spare === this.partners.spare;
  }

  private tellPinned(restarted: boolean | null): void {
    if (this.hold?.isPin) this.partners.reader?.pinned(this.id, this.hold.id, this.hold.heirOf, restarted);
  }

  /** After an error: what is held stays held, and is pinned again on the next turn; without a hold all starts anew. */
  private recover(error: unknown): void {
    this.problem = describeProblem(this.path, error);
    this.log.warn(
      { database: this.id, cause: this.problem.cause, error: String(error) },
      "the log is not kept as it should",
    );
    this.hold?.unlock();
    this.isHeld = false;
    // Whatever it holds, it pins when it is enlisted again.
    this.spare = null;
  }

  private async lose(error: Error): Promise<void> {
    this.log.warn({ database: this.id, error: error.message }, "the log is let go");
    await this.letGo();
  }

  private async letGo(): Promise<void> {
    this.isHeld = false;
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
