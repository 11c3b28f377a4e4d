import { HistoryWriter } from "../../lib/engines/sqlite/history/history-writer.ts";
import { History } from "../../lib/engines/sqlite/history/open-history.ts";
import { CommitFollower } from "../../lib/engines/sqlite/reader/commit-follower.ts";
import { LogScanner } from "../../lib/engines/sqlite/reader/log-scanner.ts";
import { COUNTER_WORDS } from "../../lib/engines/sqlite/reader/wake-commit.ts";

/** Faults that the simulator must find. */
export const BREAKS = ["skip-page", "merge-commits", "next-commit", "keep-wakes", "claim-caught-up"] as const;
export type Break = (typeof BREAKS)[number];

export const isBreak = (text: string): text is Break => BREAKS.some((one) => one === text);

/** Has the engine in this process make one fault now and then; returns what mends it. */
export function breakEngine(what: Break): () => void {
  switch (what) {
    case "skip-page":
      return every(60, HistoryWriter.prototype, "addPage", () => undefined);
    case "merge-commits":
      return mergeCommits();
    case "next-commit":
      return answerWithNext();
    case "keep-wakes":
      return keepWakes();
    case "claim-caught-up":
      return every(40, CommitFollower.prototype, "catchUp", async () => "all");
  }
}

/** Replaces every n-th call of a method. */
function every<T extends object, K extends keyof T>(n: number, target: T, name: K, instead: () => unknown): () => void {
  const real = target[name] as (...args: unknown[]) => unknown;
  let calls = 0;
  target[name] = function (this: T, ...args: unknown[]) {
    return ++calls % n === 0 ? instead() : real.apply(this, args);
  } as T[K];
  return () => {
    target[name] = real as T[K];
  };
}

/** Two commits that are read at once become one: the first has no bookmark. */
function mergeCommits(): () => void {
  const real = LogScanner.prototype.read;
  LogScanner.prototype.read = function (...args) {
    const result = real.apply(this, args);
    const ends = [...this.sizesAfter.subarray(0, result.frames).keys()].filter((i) => this.sizesAfter[i] !== 0);
    if (ends.length > 2) this.sizesAfter[ends[0] ?? 0] = 0;
    return result;
  };
  return () => {
    LogScanner.prototype.read = real;
  };
}

/** A time is answered with the commit after the right one. */
function answerWithNext(): () => void {
  const real = History.prototype.atOrBefore;
  let calls = 0;
  History.prototype.atOrBefore = function (timeMs) {
    const found = real.call(this, timeMs);
    return found && ++calls % 20 === 0 ? (this.byTxid(found.txid + 1) ?? found) : found;
  };
  return () => {
    History.prototype.atOrBefore = real;
  };
}

/** A keeper's wake becomes a commit. */
function keepWakes(): () => void {
  const words = COUNTER_WORDS as number[];
  const kept = words.splice(0);
  return () => {
    words.push(...kept);
  };
}
