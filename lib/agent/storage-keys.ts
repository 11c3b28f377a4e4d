import { readFileSync, statSync } from "node:fs";
import { LastgoodError } from "../domain/errors.ts";
import { type KeyRing, parseKeyRing } from "../storage/key-ring.ts";

/** The operator's keys, read from their file again when it changes: they rotate while everything runs. */
export class StorageKeys {
  readonly #file: string | null;
  #known: { keys: KeyRing; stamp: string } | null = null;

  /** @param file absolute path of what `LASTGOOD_STORAGE_KEYS` names; null: nothing is sealed */
  constructor(file: string | null) {
    this.#file = file;
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
          hint: `Look at the file that LASTGOOD_STORAGE_KEYS names, ${this.#file}. Nothing is stored unsealed instead.`,
        },
        { cause: error },
      );
    }
  }
}
