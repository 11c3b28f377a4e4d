import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const REFUSALS = new Set([400, 401, 403, 404, 405, 409, 413, 415, 429]);

/**
 * Counts what an enumeration of ways in has tried, for `npm run test:access`, which names a folder for the counts. A call
 * that must be refused and is answered otherwise is a leak; a 503 is one too, since it comes from behind the checks.
 */
export class AccessTally {
  readonly #kind: "routes" | "actions" | "verbs";
  readonly #leaks: string[] = [];
  readonly #callers = new Set<string>();
  #entries = 0;
  #calls = 0;

  constructor(kind: "routes" | "actions" | "verbs") {
    this.#kind = kind;
  }

  /** How many ways in there are of this kind. */
  count(entries: number): void {
    this.#entries = entries;
  }

  /** A call of somebody who may. */
  called(caller: string): void {
    this.#callers.add(caller);
    this.#calls++;
  }

  /** A call of somebody who may not. */
  refused(entry: string, caller: string, status: number): void {
    this.called(caller);
    if (!REFUSALS.has(status)) this.#leaks.push(`${entry} for ${caller}: ${status}`);
  }

  write(): void {
    const folder = process.env.LASTGOOD_ACCESS_TALLY;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    const counts = { entries: this.#entries, calls: this.#calls, callers: [...this.#callers], leaks: this.#leaks };
    writeFileSync(path.join(folder, `${this.#kind}.json`), JSON.stringify(counts));
  }
}
