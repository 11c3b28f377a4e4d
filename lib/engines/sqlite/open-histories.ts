import { type History, openHistory } from "./history/open-history.ts";

/** Open histories keep one file each, and of the open segment the commits' rows: together not more than this. */
const MOST_OPEN = 64;
const MOST_BYTES = 48 * 1024 * 1024;

/** The histories that this process has open for reading: those used last, within a bound for their number and their memory. */
export class OpenHistories {
  readonly #open = new Map<string, History>();
  readonly #mostOpen: number;
  readonly #mostBytes: number;

  constructor(mostOpen: number = MOST_OPEN, mostBytes: number = MOST_BYTES) {
    this.#mostOpen = mostOpen;
    this.#mostBytes = mostBytes;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * The history in a directory as it is now. To be used at once: any later call may close it, so it is asked for again after
   * every `await`. Throws as `openHistory` does.
   */
  get(directory: string): History {
    const known = this.#open.get(directory);
    // The order in a Map is that of insertion: the first is the one used longest ago.
    this.#open.delete(directory);
    try {
      const history = known ?? openHistory(directory);
      if (known) known.refresh();
      this.#open.set(directory, history);
      this.#closeOldest(directory);
      return history;
    } catch (error) {
      known?.close();
      throw error;
    }
  }

  drop(directory: string): void {
    const history = this.#open.get(directory);
    this.#open.delete(directory);
    history?.close();
  }

  close(): void {
    for (const directory of [...this.#open.keys()]) this.drop(directory);
  }

  #closeOldest(inUse: string): void {
    let bytes = 0;
    for (const history of this.#open.values()) bytes += history.memoryBytes;
    for (const [directory, history] of this.#open) {
      if (directory === inUse || (this.#open.size <= this.#mostOpen && bytes <= this.#mostBytes)) return;
      bytes -= history.memoryBytes;
      this.drop(directory);
    }
  }
}
