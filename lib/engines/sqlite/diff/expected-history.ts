import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../../../domain/errors.ts";
import { type History, openHistory } from "../history/open-history.ts";
import { compareMoments } from "./compare-moments.ts";
import { rehearse } from "./rehearse.ts";

/** Whoever has a process made ready may ask at once: that comes first. */
const AFTER_MS = 300;
/** Its newest commits are compared for practice, so many and so long. */
const COMMITS = 300;
const LONGEST_MS = 400;
const CACHE_BYTES = 32 * 1024 * 1024;

/**
 * A spare has time to get ready in earnest: it opens the history that it is likely to be asked about, and compares a little of
 * it, so that the task finds the history read and the code compiled. What it found out is thrown away.
 */
export class ExpectedHistory {
  #history: History | null = null;
  /** Null once there is a task: then nothing is done for practice any more. */
  #expected: string | null = "";

  /** Opens it and practises, in turns. What cannot be read is told to whoever asks for it. */
  async expect(directory: string): Promise<void> {
    if (this.#expected === null) return;
    this.#expected = directory;
    const isOff = () => this.#expected !== directory;
    await sleep(AFTER_MS, undefined, { ref: false });
    if (isOff()) return;
    rehearse();
    await nextTurn();
    if (isOff()) return;
    try {
      this.#history?.close();
      this.#history = null;
      this.#history = openHistory(directory);
      await practise(this.#history, isOff);
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
    }
  }

  /** The history as it is now, which is the caller's. Throws as `openHistory` does. */
  take(directory: string): History {
    this.#expected = null;
    const known = this.#history;
    this.#history = null;
    if (known?.directory === directory && isFresh(known)) return known;
    known?.close();
    return openHistory(directory);
  }
}

async function practise(history: History, isOff: () => boolean): Promise<void> {
  const endMs = performance.now() + LONGEST_MS;
  const to = history.newest().txid;
  const from = Math.max(history.oldest().txid, to - COMMITS);
  await nextTurn();
  if (isOff()) return;
  const { comparison, close } = compareMoments(history, from, to, { cacheBytes: CACHE_BYTES });
  try {
    for (const _ of comparison.run()) {
      await nextTurn();
      if (isOff() || performance.now() > endMs) return;
    }
  } finally {
    close();
  }
}

/** False where another one was begun in its place, or it has to be looked at anew. */
function isFresh(history: History): boolean {
  try {
    history.refresh();
    return true;
  } catch (error) {
    if (error instanceof LastgoodError || (error instanceof Error && "code" in error)) return false;
    throw error;
  }
}
