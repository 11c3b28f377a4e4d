import { objectKey } from "./copy-format.ts";
import type { CopyStores } from "./copy-stores.ts";

/** Which objects of a copy are locked, and for how long: of those that this process has locked. */
export class CopyLocks {
  readonly #copyId: string;
  /** Unix milliseconds. */
  readonly #until = new Map<string, number>();

  constructor(copyId: string) {
    this.#copyId = copyId;
  }

  /** It was stored locked just now. */
  note({ locks }: CopyStores, object: string): void {
    if (locks) this.#until.set(object, Date.now() + locks.forMs);
  }

  /**
   * Locks those of these objects that are not locked for long enough, until `untilMs` (monotonic) is over; answers how many were, and
   * whether all are now. Throws `storage_unavailable`.
   */
  async lock(
    { locks }: CopyStores,
    objects: ReadonlySet<string>,
    untilMs: number,
    signal?: AbortSignal,
  ): Promise<{ locked: number; isDone: boolean }> {
    if (!locks) return { locked: 0, isDone: true };
    for (const object of this.#until.keys()) if (!objects.has(object)) this.#until.delete(object);
    let locked = 0;
    for (const object of objects) {
      const nowMs = Date.now();
      if ((this.#until.get(object) ?? 0) > nowMs + locks.forMs / 2) continue;
      if (performance.now() > untilMs) return { locked, isDone: false };
      signal?.throwIfAborted();
      await locks.lock(objectKey(this.#copyId, object));
      this.#until.set(object, nowMs + locks.forMs);
      locked += 1;
    }
    return { locked, isDone: true };
  }
}
