import { DatabaseSync } from "node:sqlite";
import { LastgoodError } from "../domain/errors.ts";

/**
 * Holds a data directory for this process alone until it ends, however it ends: the lock is the kernel's, taken through
 * SQLite, so nothing stale is left behind by a kill.
 * @throws LastgoodError `conflict` while another process holds it
 */
export function takeInstanceLock(file: string, describeHolder: () => string): { release(): void } {
  const lock = new DatabaseSync(file, { timeout: 200 });
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new LastgoodError(
      "conflict",
      `Another Lastgood uses this data directory${describeHolder()}.`,
      { hint: "Use the one that runs, stop it first, or set LASTGOOD_DATA to another directory." },
      { cause },
    );
  }
  return { release: () => lock.close() };
}
