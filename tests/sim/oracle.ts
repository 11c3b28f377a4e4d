import { LogTail } from "./log-tail.ts";
import { PageHistory, UNWRITTEN } from "./page-history.ts";

type Position = { salt1: number; salt2: number; frame: number };
const keyOf = ({ salt1, salt2, frame }: Position) => `${salt1} ${salt2} ${frame}`;

/** What really was committed, read from the database's own files by other code than capture's. */
export class Oracle {
  readonly pages: PageHistory;
  /** Commits that changed nothing but SQLite's own counters. */
  wakes = 0;
  readonly #tail: LogTail;
  readonly #states = new Map<string, number>();

  constructor(file: string, pageSize: number) {
    this.pages = new PageHistory(file, pageSize);
    this.#tail = new LogTail(file, pageSize);
  }

  /** Takes in what was committed by now; returns the newest state. */
  catchUp(): number {
    for (const commit of this.#tail.read()) {
      if (!this.pages.add(commit)) this.wakes++;
      this.#states.set(keyOf(commit), this.pages.newest);
    }
    return this.pages.newest;
  }

  get newest(): number {
    return this.pages.newest;
  }

  /** The state that a commit which ends there left, or null when there was no such commit. */
  stateAt(position: Position): number | null {
    return this.#states.get(keyOf(position)) ?? null;
  }

  /** What is wrong with a whole image of a state given by the hashes of its pages, or null. */
  compare(state: number, hashes: readonly string[]): string | null {
    const size = this.pages.sizeAt(state);
    if (hashes.length !== size) return `has ${hashes.length} pages instead of ${size}`;
    for (let page = 1; page <= size; page++) {
      const wanted = this.pages.hashAt(page, state);
      if (wanted !== hashes[page - 1] && wanted !== UNWRITTEN) return `page ${page} of ${size} is another one`;
    }
    return null;
  }

  close(): void {
    this.#tail.close();
  }
}
