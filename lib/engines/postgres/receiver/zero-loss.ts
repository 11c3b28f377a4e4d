import type { Sample } from "./cluster-sampler.ts";

/** What the switch does with commits right now. `lifted`: they should wait, and do not. */
export type ZeroLossState = "off" | "on" | "lifted";

/** For how long a commit may wait, before nobody waits any more. */
const LONGEST_WAIT_MS = 3000;
/** How long the receiver has to keep up before commits wait again; twice as long after each time it did not. */
const FIRST_PROOF_MS = 3000;
const LONGEST_PROOF_MS = 10 * 60_000;
/** More than this behind, a commit would wait for all of it. Bytes. */
const KEEPS_UP_BYTES = 1024n * 1024n;

/**
 * Decides whether commits wait for the receiver: as long as it keeps up. A database that stands still because of its protection is
 * worse than one that may lose its last milliseconds, as long as people are told.
 */
export class ZeroLoss {
  readonly #nowMs: () => number;
  #state: ZeroLossState = "off";
  #wanted = false;
  #keepsUpSinceMs: number | null = null;
  #proofMs = FIRST_PROOF_MS;
  #liftedSinceMs: number | null = null;
  #cause: string | null = null;
  #waitingSinceMs = new Map<string, number>();

  /** @param nowMs a clock that nobody sets, milliseconds */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  get state(): ZeroLossState {
    return this.#state;
  }

  /** Unix milliseconds. */
  get liftedSinceMs(): number | null {
    return this.#liftedSinceMs;
  }

  get cause(): string | null {
    return this.#cause;
  }

  /** What people ask for; the server is found with commits waiting already, or not. */
  want(wanted: boolean, isOnAlready = false): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#keepsUpSinceMs = null;
    this.#proofMs = 0;
    this.#set(wanted && isOnAlready ? "on" : wanted ? "lifted" : "off", "It is being switched on.");
  }

  /** What follows from a look at the server; null: nobody could be asked. True: it has changed. */
  look(sample: Sample | null): boolean {
    if (!this.#wanted) return false;
    const before = this.#state;
    if (this.#state === "on") this.#watch(sample);
    else this.#prove(sample);
    return this.#state !== before;
  }

  /** Nobody is to wait any more, for a reason that people read. True: it has changed. */
  lift(cause: string): boolean {
    if (!this.#wanted || this.#state === "lifted") return false;
    this.#set("lifted", cause);
    this.#proofMs = Math.min(LONGEST_PROOF_MS, Math.max(FIRST_PROOF_MS, this.#proofMs * 2));
    return true;
  }

  /** It cannot be had, for a reason that people read; tried again as after any lifting. */
  refuse(cause: string): void {
    this.#proofMs = LONGEST_PROOF_MS / 10;
    this.#set("lifted", cause);
  }

  #watch(sample: Sample | null): void {
    const nowMs = this.#nowMs();
    const waiting = new Map((sample?.waiting ?? []).map((who) => [who, this.#waitingSinceMs.get(who) ?? nowMs]));
    this.#waitingSinceMs = waiting;
    const longestMs = Math.max(0, ...[...waiting.values()].map((sinceMs) => nowMs - sinceMs));
    if (longestMs < LONGEST_WAIT_MS) return;
    const isReceived = sample?.streaming && sample.receivedLsn !== null;
    this.lift(
      isReceived
        ? "A commit waited too long: for a receiver that did not keep up, or since its session asks for synchronous_commit=remote_apply, which no receiver can give."
        : "The log was not received, and commits waited for it.",
    );
  }

  #prove(sample: Sample | null): void {
    const keepsUp =
      sample?.streaming && sample.receivedLsn !== null && sample.flushLsn - sample.receivedLsn < KEEPS_UP_BYTES;
    if (!keepsUp) {
      this.#keepsUpSinceMs = null;
      return;
    }
    this.#keepsUpSinceMs ??= this.#nowMs();
    if (this.#nowMs() - this.#keepsUpSinceMs >= this.#proofMs) this.#set("on", null);
  }

  #set(state: ZeroLossState, cause: string | null): void {
    this.#liftedSinceMs = state === "lifted" ? (this.#liftedSinceMs ?? Date.now()) : null;
    this.#state = state;
    this.#cause = state === "lifted" ? cause : null;
    this.#keepsUpSinceMs = null;
    this.#waitingSinceMs.clear();
  }
}
