import { readFileSync, statSync } from "node:fs";
import { LastgoodError } from "../domain/errors.ts";
import { type KeyRing, parseKeyRing } from "../storage/key-ring.ts";

/** The operator's keys, read from their file again when it changes: they rotate while everything runs. */
export class StorageKeys {
  readonly #file: string | null;
  readonly #variable: string;
  #known: { keys: KeyRing; stamp: string } | null = null;

  /**
   * @param file absolute path of what the variable names; null: nothing is sealed
   * @param variable what names the file
   */
  constructor(file: string | null, variable = "LASTGOOD_STORAGE_KEYS") {
    this.#file = file;
    this.#variable = variable;
  }

  /** Null where the operator has set no keys. Throws `storage_key_missing` for a file that cannot be read or used. */
  read(): KeyRing | null {
    if (this.#file === null) return null;
    try {
      const { mtimeMs, size, ino } = statSync(this.#file);
      const stamp = `${mtimeMs}:${size}:${ino}`;
      if (this.#known?.stamp !== stamp) {
        this.#known = { stamp, keys: parseKeyRing(readFileSync(this.#file, "utf8")) };
      }
      return this.#known.keys;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new LastgoodError(
        "storage_key_missing",
        `The storage keys cannot be read: ${why}`,
        {
          hint: `Look at the file that ${this.#variable} names, ${this.#file}. Nothing is stored unsealed instead.`,
        },
        { cause: error },
      );
    }
  }
}
