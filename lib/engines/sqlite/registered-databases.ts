import type { ProtectedDatabase } from "../engine.ts";
import { type RegisteredDatabase, readRegistry, writeRegistry } from "./registry.ts";

/** The databases that keepers and reader capture. Changes are written to the registry; `changed` is called after each. */
export class RegisteredDatabases {
  readonly #file: string;
  readonly #historyDirectory: (databaseId: string) => string;
  readonly #changed: () => void;

  constructor(file: string, historyDirectory: (databaseId: string) => string, changed: () => void) {
    this.#file = file;
    this.#historyDirectory = historyDirectory;
    this.#changed = changed;
  }

  all(): readonly RegisteredDatabase[] {
    return readRegistry(this.#file).databases;
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

  #entry({ id, path, origin, windowDays }: ProtectedDatabase): RegisteredDatabase {
    return { id, path, historyDirectory: this.#historyDirectory(id), origin, windowDays };
  }

  #write(databases: RegisteredDatabase[]): void {
    writeRegistry(this.#file, { version: 1, databases });
    this.#changed();
  }
}
