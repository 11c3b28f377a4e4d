import { type History, openHistory } from "./history/open-history.ts";

/** Open histories keep one file each, and of the open segment the commits' rows: together not more than this. */
const MOST_OPEN = 64;
const MOST_BYTES = 48 * 1024 * 1024;

/**
 * The histories that this process reads. Those used last are open, within a bound for their number and their memory; the others
 * rest, and open again when they are used.
 */
export class OpenHistories {
  readonly #open = new Map<string, History>();
  readonly #mostOpen: number;
  readonly #mostBytes: number;

  constructor(mostOpen: number = MOST_OPEN, mostBytes: number = MOST_BYTES) {
    this.#mostOpen = mostOpen;
    this.#mostBytes = mostBytes;
  }

  /** The history in a directory as it is now. Throws as `openHistory` does. */
  get(directory: string): History {
    const known = this.#open.get(directory);
    // The order in a Map is that of insertion: the first is the one used longest ago.
    this.#open.delete(directory);
    try {
      const history = known ?? openHistory(directory);
      if (known) known.refresh();
      this.#open.set(directory, history);
      this.#restOldest(history);
      return history;
    } catch (error) {
      known?.close();
      throw error;
    }
  }

  /** How many hold files, and about how much memory they take. */
  inUse(): { open: number; bytes: number } {
    const sizes = [...this.#open.values()].map(({ memoryBytes }) => memoryBytes).filter((bytes) => bytes > 0);
    return { open: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
  }

  drop(directory: string): void {
    const history = this.#open.get(directory);
    this.#open.delete(directory);
    history?.close();
  }

  close(): void {
    for (const directory of [...this.#open.keys()]) this.drop(directory);
  }

  #restOldest(inUse: History): void {
    let { open, bytes } = this.inUse();
    for (const history of this.#open.values()) {
      if (history === inUse || (open <= this.#mostOpen && bytes <= this.#mostBytes)) return;
      if (history.memoryBytes === 0) continue;
      bytes -= history.memoryBytes;
      open--;
      history.rest();
    }
  }
}
