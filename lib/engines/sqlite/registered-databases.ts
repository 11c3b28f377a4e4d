import path from "node:path";
import type { ProtectedDatabase } from "../engine.ts";
import { type RegisteredDatabase, readRegistry, writeRegistry } from "./registry.ts";

/** The databases that keepers and reader capture. Changes are written to the registry; `changed` is called after each. */
export class RegisteredDatabases {
  readonly #file: string;
  readonly #historyDirectory: (databaseId: string) => string;
  readonly #changed: () => void;
  readonly #ownFolder: string | null;
  /** While capture is paused: what would be captured, and the file names none. */
  #held: RegisteredDatabase[] | null = null;
  #isPaused = false;
  /** The file does not say yet what was asked for. */
  #isDue = false;

  /** @param ownFolder where hosted files lie: one in it counts as hosted, the attached sample too */
  constructor(
    file: string,
    historyDirectory: (databaseId: string) => string,
    changed: () => void,
    ownFolder: string | null = null,
  ) {
    this.#file = file;
    this.#historyDirectory = historyDirectory;
    this.#changed = changed;
    this.#ownFolder = ownFolder;
  }

  all(): readonly RegisteredDatabase[] {
    return this.#held ?? readRegistry(this.#file).databases;
  }

  /** Adds a database, or changes what is known of it. */
  add(db: ProtectedDatabase): void {
    this.#write([...this.all().filter(({ id }) => id !== db.id), this.#entry(db)]);
  }

  replaceAll(databases: readonly ProtectedDatabase[]): void {
    this.#write(databases.map((db) => this.#entry(db)));
  }

  remove(databaseId: string): void {
    this.#write(this.all().filter(({ id }) => id !== databaseId));
  }

  #entry({ id, path: file, origin, windowDays }: ProtectedDatabase): RegisteredDatabase {
    const isOurs = path.dirname(file) === this.#ownFolder;
    const historyDirectory = this.#historyDirectory(id);
    return { id, path: file, historyDirectory, origin: isOurs ? "hosted" : origin, windowDays };
  }

  /** Has none of them captured, until it goes on with all. What could not be written is written by a repeat. */
  pause(isPaused: boolean): void {
    if (isPaused === this.#isPaused && !this.#isDue) return;
    // Kept until the file names them again: it alone may be empty.
    this.#held ??= [...this.all()];
    this.#isPaused = isPaused;
    this.#isDue = true;
    writeRegistry(this.#file, { version: 1, databases: isPaused ? [] : this.#held });
    this.#isDue = false;
    if (!isPaused) this.#held = null;
    this.#changed();
  }

  #write(databases: RegisteredDatabase[]): void {
    writeRegistry(this.#file, { version: 1, databases: this.#isPaused ? [] : databases });
    if (this.#held) this.#held = databases;
    this.#changed();
  }
}
