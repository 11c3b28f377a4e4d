import type { Logger } from "pino";
import {
  BUDGET_STEPS,
  type BudgetedHistory,
  type BudgetStep,
  chooseOldHistory,
  type DiskJudgement,
  type DiskLimits,
  type DiskState,
  type GaveWay,
  judgeDisk,
  type PruningStep,
  stepsDue,
  WARNING_FROM,
  withSample,
} from "../domain/disk-budget.ts";
import { diskOf, wouldGive } from "./disk-state.ts";
import type { MeasuredDisk } from "./disk-usage.ts";
import { RepeatedLook } from "./repeated-look.ts";
import { SteadyClock } from "./steady-clock.ts";

/** The free room is looked at each second: an application that writes fast must not be quicker. */
const LOOK_EVERY_MS = 1000;
const MEASURE_EVERY_MS = 15_000;
/** Where it is near, each look measures. */
const NEAR_FROM = 0.7;
const MEASURE_FOR_MS = 60;
const NOTE_EVERY_MS = 60_000;
/** What could not be written down is tried again after this. */
const NOTE_AGAIN_MS = 10_000;
/** What people set counts after this long. */
const SETTINGS_EVERY_MS = 5_000;
/** What was asked to give way has so long before it is asked again. */
const AGAIN_AFTER_MS = 30_000;
const GIVE_EVERY_MS = 5_000;
const GAVE_KEPT = 50;
/** A history of which nothing could go is left out for so long: the next one's turn. */
const IN_VAIN_MS = 10 * 60_000;

export type BudgetWorld = {
  measure(forMs: number): Promise<MeasuredDisk>;
  free(): Promise<{ freeBytes: number; sizeBytes: number }>;
  /** What is set, and what was written down last. The store may be away: then what was known counts. */
  readSettings(sizeBytes: number): Promise<DiskLimits>;
  readState(): Promise<DiskState | null>;
  noteState(state: DiskState): Promise<void>;
  /** What is known of each history; their oldest moments only where `withOldest`. */
  histories(sizes: ReadonlyMap<string, number>, withOldest: boolean): Promise<BudgetedHistory[]>;
  /** Each answers the bytes that came back where that shows at once, else 0. */
  clearThrowaways(): Promise<void>;
  clearCaches(): Promise<void>;
  dropSetAside(): Promise<void>;
  /** Queues a pruning; false while another one waits or runs. Without `keepFromMs` of what is beyond the window. */
  queuePruning(databaseId: string, keepFromMs: number | null, step: PruningStep): Promise<boolean>;
  /** Stops all capture, or lets it go on (null). */
  pauseCapture(why: { cause: string; remedy: string } | null): void;
  log: Logger;
  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  nowMs(): number;
  steadyMs(): number;
};

/** What one look has found. */
type Look = { disk: MeasuredDisk; limits: DiskLimits; judgement: DiskJudgement };

/**
 * Keeps what Lastgood takes on its disk within its budget and above the floor of free space: measures, warns, and has things give way in
 * the order of `BUDGET_STEPS`; at last capture stops, so that applications go on. Whatever happens is written into the state.
 */
export class BudgetRounds {
  readonly #repeated: RepeatedLook;
  readonly #world: BudgetWorld;
  #measured: { disk: MeasuredDisk; atMs: number } | null = null;
  #limits: DiskLimits | null = null;
  #limitsAtMs = Number.NEGATIVE_INFINITY;
  #state: DiskState | null = null;
  #judgement: DiskJudgement | null = null;
  #notedAtMs = Number.NEGATIVE_INFINITY;
  #gaveAtMs = Number.NEGATIVE_INFINITY;
  #stoppedSinceMs: number | null = null;
  readonly #askedAtMs = new Map<string, number>();
  readonly #inVainAtMs = new Map<string, number>();
  readonly #clock: SteadyClock;
  #isClockSteady = true;
  #gave: GaveWay[] = [];
  #isPaused = false;
  /** Since when it is at its level, where that has changed here. */
  #levelSinceMs: number | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isCarrying = false;
  #carrying: Promise<void> = Promise.resolve();

  constructor(world: BudgetWorld) {
    this.#world = world;
    this.#clock = new SteadyClock(world.nowMs, world.steadyMs);
    this.#repeated = new RepeatedLook(
      async () => {
        const { carried } = await this.#lookSoon();
        carried.catch((error: unknown) =>
          world.log.error({ err: error }, "how the disk stands could not be written down; it is tried again"),
        );
      },
      { firstMs: LOOK_EVERY_MS, everyMs: LOOK_EVERY_MS },
      (error) => world.log.error({ err: error }, "the disk could not be looked at; it is tried again"),
    );
  }

  start(): void {
    this.#repeated.start();
  }

  async stop(): Promise<void> {
    this.#repeated.stop();
    await this.#looking;
    await this.#carrying;
  }

  /** False for a day after the wall clock jumped: it may age no history then. */
  get isClockSteady(): boolean {
    return this.#isClockSteady;
  }

  /** Whether something gives way at this moment: then nothing derived is made anew. */
  get isShort(): boolean {
    return this.#judgement?.level === "giving-way" || this.#judgement?.level === "stopped";
  }

  /** Whether there is no room for anything that can wait, as backups and drills on this disk. */
  get isFull(): boolean {
    return this.#judgement?.level === "stopped";
  }

  /**
   * Bytes that what can wait may take before anything gives way for it, as the last look has found; 0 where there is none, or nothing was
   * looked at yet.
   */
  get spareBytes(): number {
    const { share, limitBytes } = this.#judgement ?? { share: 1, limitBytes: 0 };
    return Math.max(0, Math.floor((BUDGET_STEPS[0].from - share) * limitBytes));
  }

  /** Before capture begins: reads how it was left, and looks once. What cannot be looked at leaves it as it was left. */
  async open(): Promise<void> {
    const { readState, log } = this.#world;
    this.#state = await readState().catch((error: unknown) => {
      log.warn({ err: error }, "how the disk stood could not be read");
      return null;
    });
    this.#gave = this.#state?.gave ?? [];
    this.#stoppedSinceMs = this.#state?.captureStoppedSinceMs ?? null;
    try {
      await this.#judge();
    } catch (error) {
      log.error({ err: error }, "the disk could not be looked at; it is tried again");
      const { boundBy = "budget" } = this.#state?.judgement ?? {};
      if (this.#stoppedSinceMs !== null) this.#pauseOrGoOn({ level: "stopped", boundBy });
    }
  }

  /** Looks, and waits until what gives way for it has done so and all is written down. */
  async look(): Promise<void> {
    await (await this.#lookSoon()).carried;
  }

  /** Answers once capture is stopped or goes on; what takes longer keeps the next look from nothing. */
  #lookSoon(): Promise<{ carried: Promise<void> }> {
    const looked = this.#looking.then(() => this.#judge()).then((now) => ({ carried: this.#carry(now) }));
    this.#looking = looked.then(
      () => undefined,
      () => undefined,
    );
    return looked;
  }

  /** Days of history that never give way, as set by now. Throws where that cannot be read. */
  async leastDays(): Promise<number> {
    const { sizeBytes } = await this.#world.free();
    return (await this.#world.readSettings(sizeBytes)).leastDays;
  }

  /** Writes down what a pruning that was asked for gave back. */
  noteGiven(step: BudgetStep, databaseId: string | null, bytes: number): void {
    const { nowMs, steadyMs, log } = this.#world;
    if (databaseId !== null && bytes === 0) {
      this.#inVainAtMs.set(`${step} ${databaseId}`, steadyMs());
      return;
    }
    this.#gave = [...this.#gave, { atMs: nowMs(), step, databaseId, bytes }].slice(-GAVE_KEPT);
    this.#notedAtMs = Number.NEGATIVE_INFINITY;
    log.warn({ step, database: databaseId, bytes }, "something gave way for want of room");
  }

  async #judge(): Promise<Look> {
    const { nowMs, log } = this.#world;
    this.#isClockSteady = this.#clock.look((jumpMs) =>
      log.warn({ jumpMs }, "the clock jumped: no history gives way for a day"),
    );
    const disk = await this.#figures();
    const limits = await this.#readLimits(disk.figures.sizeBytes);
    const judgement = judgeDisk(limits, disk.figures, this.#stoppedSinceMs !== null);
    const before = this.#judgement?.level ?? this.#state?.judgement.level ?? "fine";
    this.#judgement = judgement;
    // First of all: nothing that can fail stands before it.
    this.#pauseOrGoOn(judgement);
    if (before !== judgement.level) {
      const level = judgement.level === "fine" ? "info" : "warn";
      log[level](
        { level: judgement.level, share: judgement.share, boundBy: judgement.boundBy },
        "the disk's room changed",
      );
      this.#levelSinceMs = nowMs();
      this.#notedAtMs = Number.NEGATIVE_INFINITY;
    }
    return { disk, limits, judgement };
  }

  #carry(now: Look): Promise<void> {
    if (this.#isCarrying) return Promise.resolve();
    this.#isCarrying = true;
    const carried = this.#giveAndNote(now).finally(() => {
      this.#isCarrying = false;
    });
    this.#carrying = carried.catch(() => undefined);
    return carried;
  }

  async #giveAndNote(now: Look): Promise<void> {
    const { steadyMs, nowMs } = this.#world;
    const { disk, limits, judgement } = now;
    const isNoteDue = steadyMs() - this.#notedAtMs >= NOTE_EVERY_MS;
    const isGiving = judgement.share >= BUDGET_STEPS[0].from && steadyMs() - this.#gaveAtMs >= GIVE_EVERY_MS;
    if (!isNoteDue && !isGiving) return;
    const histories = await this.#world.histories(disk.histories, judgement.share >= WARNING_FROM);
    if (isGiving) await this.#giveWay(judgement, limits, histories);
    if (steadyMs() - this.#notedAtMs < NOTE_EVERY_MS) return;
    const state = this.#describe({ ...now, histories, nowMs: nowMs() });
    this.#notedAtMs = steadyMs() - NOTE_EVERY_MS + NOTE_AGAIN_MS;
    await this.#world.noteState(state);
    this.#state = state;
    this.#notedAtMs = steadyMs();
  }

  /** The figures of now: measured anew where it is time for that and can be done, else with the disk's own free room. */
  async #figures(): Promise<MeasuredDisk> {
    const { measure, free, steadyMs, log } = this.#world;
    const isNear = (this.#judgement?.share ?? 1) >= NEAR_FROM;
    const known = this.#measured;
    if (known && !isNear && steadyMs() - known.atMs < MEASURE_EVERY_MS) {
      const { figures } = known.disk;
      return { ...known.disk, figures: { ...figures, ...(await free()) } };
    }
    try {
      const disk = await measure(MEASURE_FOR_MS);
      this.#measured = { disk, atMs: steadyMs() };
      return disk;
    } catch (error) {
      log.error({ err: error }, "what Lastgood takes could not be measured; what was measured before counts");
      const disk = known?.disk ?? diskOf(this.#state);
      return { ...disk, figures: { ...disk.figures, ...(await free()) } };
    }
  }

  /** What was read last; it is read anew beside the looks, so that a store that hangs holds up none. */
  async #readLimits(sizeBytes: number): Promise<DiskLimits> {
    const { readSettings, log, steadyMs } = this.#world;
    if (!this.#limits) {
      this.#limits = await readSettings(sizeBytes);
      this.#limitsAtMs = steadyMs();
    } else if (steadyMs() - this.#limitsAtMs >= SETTINGS_EVERY_MS) {
      this.#limitsAtMs = steadyMs();
      readSettings(sizeBytes).then(
        (limits) => {
          // What people have changed is told with the next look.
          if (JSON.stringify(limits) !== JSON.stringify(this.#limits)) this.#notedAtMs = Number.NEGATIVE_INFINITY;
          this.#limits = limits;
        },
        (error: unknown) => log.warn({ err: error }, "the disk's budget could not be read; what was set before counts"),
      );
    }
    return this.#limits;
  }

  /** What could not be written down is tried again with the next look, while other things give way all the same. */
  #pauseOrGoOn({ level, boundBy }: Pick<DiskJudgement, "level" | "boundBy">): void {
    const isStopped = this.#stoppedSinceMs !== null;
    const { pauseCapture, nowMs, log } = this.#world;
    try {
      if (level === "stopped" && !this.#isPaused) {
        // Before it is tried: what was done by half is undone as well.
        this.#stoppedSinceMs ??= nowMs();
        if (!isStopped) this.noteGiven("capture", null, 0);
        const what =
          boundBy === "budget" ? "Lastgood has used its disk budget up" : "The disk is full down to its floor";
        pauseCapture({
          cause: `${what}: capture has stopped, so that the application can go on writing.`,
          remedy: "Make room or give it a larger budget on the page Storage; capture then goes on by itself.",
        });
        this.#isPaused = true;
        this.#notedAtMs = Number.NEGATIVE_INFINITY;
      } else if (level !== "stopped" && (this.#isPaused || isStopped)) {
        pauseCapture(null);
        this.#isPaused = false;
        this.#stoppedSinceMs = null;
        this.#notedAtMs = Number.NEGATIVE_INFINITY;
      }
    } catch (error) {
      log.error(
        { err: error, level },
        "capture could not be stopped or let go on; it is tried again with the next look",
      );
    }
  }

  async #giveWay(judgement: DiskJudgement, limits: DiskLimits, histories: readonly BudgetedHistory[]): Promise<void> {
    this.#gaveAtMs = this.#world.steadyMs();
    const due = stepsDue(judgement.level === "stopped" ? Math.max(1, judgement.share) : judgement.share);
    for (const step of due) {
      if (step === "capture" || !this.#isTimeFor(step)) continue;
      try {
        await this.#carryOut(step, limits, histories);
      } catch (error) {
        this.#world.log.error({ err: error, step }, "this could not give way; the next step does");
      }
    }
  }

  async #carryOut(step: BudgetStep, { leastDays }: DiskLimits, all: readonly BudgetedHistory[]): Promise<void> {
    const { clearThrowaways, clearCaches, dropSetAside, queuePruning, nowMs, steadyMs } = this.#world;
    const inVain = (id: string) =>
      steadyMs() - (this.#inVainAtMs.get(`${step} ${id}`) ?? Number.NEGATIVE_INFINITY) < IN_VAIN_MS;
    const histories = this.#isClockSteady ? all.filter(({ databaseId }) => !inVain(databaseId)) : [];
    if (step === "throwaways") return this.#clear(step, clearThrowaways);
    if (step === "caches") return this.#clear(step, clearCaches);
    if (step === "set-aside") return this.#clear(step, dropSetAside);
    if (step === "beyond-window") {
      const beyond = histories
        .filter(({ oldestMs, windowDays }) => oldestMs !== null && oldestMs < nowMs() - windowDays * 86_400_000)
        .toSorted((a, b) => b.historyBytes - a.historyBytes)[0];
      if (beyond) await queuePruning(beyond.databaseId, null, step);
    }
    if (step === "old-history") {
      const chosen = chooseOldHistory(histories, leastDays, nowMs());
      // While another pruning runs, as that of what is beyond a window, it is asked again with the next look.
      if (chosen && !(await queuePruning(chosen.databaseId, chosen.keepFromMs, step))) this.#askedAtMs.delete(step);
    }
  }

  async #clear(step: BudgetStep, clear: () => Promise<void>): Promise<void> {
    const { measure } = this.#world;
    const part = step as "throwaways" | "caches" | "set-aside";
    const before = this.#measured?.disk.parts.get(part) ?? 0;
    if (before === 0) return;
    await clear();
    const disk = await measure(Number.POSITIVE_INFINITY);
    this.#measured = { disk, atMs: this.#world.steadyMs() };
    const bytes = before - (disk.parts.get(part) ?? 0);
    if (bytes > 0) this.noteGiven(step, null, bytes);
  }

  #isTimeFor(step: BudgetStep): boolean {
    const nowMs = this.#world.steadyMs();
    if (nowMs - (this.#askedAtMs.get(step) ?? Number.NEGATIVE_INFINITY) < AGAIN_AFTER_MS) return false;
    this.#askedAtMs.set(step, nowMs);
    return true;
  }

  #describe(now: Look & { histories: BudgetedHistory[]; nowMs: number }): DiskState {
    const { disk, judgement, histories, nowMs } = now;
    const sample = { atMs: nowMs, countedBytes: disk.figures.countedBytes };
    return {
      measuredAtMs: nowMs,
      figures: disk.figures,
      judgement,
      parts: [...disk.parts].map(([part, bytes]) => ({ part, bytes })),
      histories,
      databaseBytes: disk.databaseBytes,
      samples: withSample(this.#state?.samples ?? [], sample),
      wouldGive: wouldGive(disk, now),
      gave: this.#gave,
      sinceMs: this.#levelSinceMs ?? this.#state?.sinceMs ?? nowMs,
      captureStoppedSinceMs: this.#stoppedSinceMs,
    };
  }
}
