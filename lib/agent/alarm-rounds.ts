import type { Logger } from "pino";
import type { CaptureStatus } from "../domain/capture.ts";
import type { CommitMark, CommitMarks } from "../domain/commit-mark.ts";
import type { RecoveryWindow } from "../domain/recovery-window.ts";
import type { ProtectedDatabase } from "../engines/engine.ts";
import type { AlarmDecision } from "../services/alarms/decide-alarms.ts";
import type { Seen, SeenDatabase } from "../services/alarms/facts/fact-source.ts";
import { RepeatedLook } from "./repeated-look.ts";

const TIMES = { firstMs: 5_000, everyMs: 10_000 };
/** Others take an agent for silent after two minutes. */
const ALIVE_EVERY_MS = 30_000;
/** Looking at a window may mean opening its history; marks, reading what is new of it. */
const WINDOW_FRESH_MS = 60_000;
const MARKS_FRESH_MS = 5 * 60_000;
/** How long one look may spend on windows and marks; those that it did not come to are next the next time. */
const BUDGET_MS = 1_500;
/** Deletes are told of when they are younger than this. */
const MARKS_BACK_MS = 24 * 60 * 60_000;
const MARKS_AT_ONCE = 100;
/** A clock that was moved by more than this between two looks jumped; time services move it by less. */
const JUMP_MS = 30_000;

export type AlarmWorld = {
  databases(): Promise<readonly ProtectedDatabase[]>;
  engine: {
    status(db: ProtectedDatabase): Promise<CaptureStatus>;
    window(db: ProtectedDatabase): Promise<RecoveryWindow>;
    marks(db: ProtectedDatabase, range: { fromMs: number; toMs: number; limit: number }): Promise<CommitMarks>;
  };
  /** Says that this agent runs; false where another run of it has begun since. */
  noteAlive(): Promise<boolean>;
  decide(seen: Seen, nowMs: number): Promise<AlarmDecision>;
  log: Logger;
  /** Unix milliseconds, and milliseconds of a clock that nobody sets. */
  nowMs(): number;
  steadyMs(): number;
};

type Known<T> = { atMs: number; of: string | null; value: T | null };

/**
 * Looks several times a minute at everything that alarms are raised for, and has them decided. It keeps nothing that would be missed after a
 * restart but jumps of the clock, until they are written down.
 */
export class AlarmRounds {
  readonly #repeated: RepeatedLook;
  readonly #world: AlarmWorld;
  readonly #gaps = new Map<string, Known<SeenDatabase["gaps"]>>();
  readonly #deletes = new Map<string, Known<SeenDatabase["deletes"]>>();
  #aliveAtMs: number | null = null;
  #offsetMs: number | null = null;
  #jumps: { atMs: number; byMs: number }[] = [];
  #wellAtMs: number | null = null;
  #isCaptured = false;

  constructor(world: AlarmWorld) {
    this.#world = world;
    this.#repeated = new RepeatedLook(
      () => this.look(),
      TIMES,
      (error) => world.log.error({ err: error }, "alarms could not be decided; it is tried again"),
    );
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
  }

  /** How long ago, on the steady clock, everything was looked at and decided; null: not yet. */
  lastWholeLook(): { atSteadyMs: number | null; isCaptured: boolean } {
    return { atSteadyMs: this.#wellAtMs, isCaptured: this.#isCaptured };
  }

  async look(): Promise<void> {
    const { databases, decide, noteAlive, log, nowMs, steadyMs } = this.#world;
    this.#lookAtClock();
    if (this.#aliveAtMs === null || steadyMs() - this.#aliveAtMs >= ALIVE_EVERY_MS) {
      if (!(await noteAlive())) {
        log.error("another run of this agent has begun since: this one decides on no alarms any more");
        return;
      }
      this.#aliveAtMs = steadyMs();
    }
    const watched = await databases();
    const statuses = await this.#statuses(watched);
    this.#isCaptured = watched.every(({ id }) => statuses.get(id)?.state === "protected");
    await this.#lookDeeper(watched, statuses);
    const { raised, resolved, failures } = await decide(this.#seen(statuses), nowMs());
    for (const { kinds, error } of failures)
      log.error({ err: error, kinds }, "what alarms are raised for was not found out");
    // Written down, if it was among what was looked at.
    if (failures.length > 0) return;
    this.#jumps = [];
    this.#wellAtMs = steadyMs();
    if (raised + resolved > 0) log.warn({ raised, resolved }, "alarms were decided");
  }

  #lookAtClock(): void {
    const offsetMs = this.#world.nowMs() - this.#world.steadyMs();
    const byMs = offsetMs - (this.#offsetMs ?? offsetMs);
    this.#offsetMs = offsetMs;
    if (Math.abs(byMs) < JUMP_MS) return;
    this.#world.log.warn({ jumpMs: byMs }, "the clock jumped");
    this.#jumps.push({ atMs: this.#world.nowMs(), byMs });
  }

  /** Those that could be told. */
  async #statuses(databases: readonly ProtectedDatabase[]): Promise<Map<string, CaptureStatus>> {
    const asked = await Promise.allSettled(databases.map((db) => this.#world.engine.status(db)));
    return new Map(
      asked.flatMap((one) => (one.status === "fulfilled" ? [[one.value.databaseId, one.value] as const] : [])),
    );
  }

  /** Windows and marks of as many databases as there is time for, the longest unseen first. */
  async #lookDeeper(
    databases: readonly ProtectedDatabase[],
    statuses: ReadonlyMap<string, CaptureStatus>,
  ): Promise<void> {
    const ids = new Set(databases.map(({ id }) => id));
    for (const known of [this.#gaps, this.#deletes]) for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
    const { engine, steadyMs, nowMs } = this.#world;
    const begunMs = steadyMs();
    const seenMs = ({ id }: ProtectedDatabase) => this.#gaps.get(id)?.atMs ?? Number.NEGATIVE_INFINITY;
    for (const db of databases.toSorted((a, b) => seenMs(a) - seenMs(b))) {
      if (steadyMs() - begunMs > BUDGET_MS) return;
      const of = statuses.get(db.id)?.last?.bookmark ?? null;
      if (this.#isDue(this.#gaps.get(db.id), WINDOW_FRESH_MS, of)) {
        const value = await orNull(engine.window(db).then(({ gaps }) => gaps));
        this.#gaps.set(db.id, { atMs: steadyMs(), of: value && of, value });
      }
      if (!this.#isDue(this.#deletes.get(db.id), MARKS_FRESH_MS, of)) continue;
      const range = { fromMs: nowMs() - MARKS_BACK_MS, toMs: nowMs() + 1, limit: MARKS_AT_ONCE };
      const marks = await orNull(engine.marks(db, range));
      // What is not known exactly may still become so, or never does: a log tells no more, or there is too much to compare.
      const isSettled = ({ exact }: CommitMark) => exact || marks?.isReading === false;
      const value = marks?.marks.filter((mark) => mark.kind === "delete" && isSettled(mark)) ?? null;
      // What is still being counted is asked for again soon.
      const atMs = marks?.isReading === true ? steadyMs() - MARKS_FRESH_MS + WINDOW_FRESH_MS / 2 : steadyMs();
      this.#deletes.set(db.id, { atMs, of: marks?.isReading === true ? null : of, value });
    }
  }

  /** Where nothing was committed since, nothing is new; except that what was found grows old. */
  #isDue(known: Known<unknown> | undefined, freshMs: number, of: string | null): boolean {
    if (!known) return true;
    const ageMs = this.#world.steadyMs() - known.atMs;
    return ageMs > freshMs && (of === null || known.of !== of || ageMs > 12 * freshMs);
  }

  #seen(statuses: ReadonlyMap<string, CaptureStatus>): Seen {
    const databases = new Map<string, SeenDatabase>();
    for (const [id, { cluster = null, capturedThroughMs }] of statuses) {
      const gaps = this.#gaps.get(id)?.value ?? null;
      databases.set(id, { cluster, capturedThroughMs, gaps, deletes: this.#deletes.get(id)?.value ?? null });
    }
    return { databases, clockJumps: this.#jumps };
  }
}

async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch {
    return null;
  }
}
