import { LastgoodError } from "../../domain/errors.ts";
import { objectKey } from "./copy-format.ts";
import type { CopyStores } from "./copy-stores.ts";

/** Objects that no head names any more stay for so long: somebody may be reading by an older head. */
const RETIRED_FOR_MS = 5 * 60_000;
const REMOVED_AT_ONCE = 50;
/** What cannot be removed is tried again so often. */
const AGAIN_MS = 60_000;

/** Objects of a copy that nobody needs any more, until they are removed. */
export class RetiredObjects {
  /** Why they could not be removed, for people; null: they could. */
  trouble: string | null = null;
  readonly #copyId: string;
  /** With when that was, monotonic. */
  readonly #sinceMs = new Map<string, number>();
  #notBeforeMs = 0;

  constructor(copyId: string) {
    this.#copyId = copyId;
  }

  add(object: string): void {
    this.#sinceMs.set(object, performance.now());
  }

  /** Those that are still kept for readers. */
  kept(): string[] {
    const dueMs = performance.now() - RETIRED_FOR_MS;
    return [...this.#sinceMs].flatMap(([object, sinceMs]) => (sinceMs < dueMs ? [] : [object]));
  }

  /** Removes what nobody can be reading. What the store does not let go of now it may later: nothing that is shipped waits for it. */
  async removeDue({ raw }: CopyStores): Promise<void> {
    if (performance.now() < this.#notBeforeMs) return;
    const dueMs = performance.now() - RETIRED_FOR_MS;
    const due = [...this.#sinceMs].filter(([, sinceMs]) => sinceMs < dueMs).slice(0, REMOVED_AT_ONCE);
    try {
      for (const [object] of due) {
        await raw.remove(objectKey(this.#copyId, object));
        this.#sinceMs.delete(object);
      }
      if (due.length > 0) this.trouble = null;
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      this.#notBeforeMs = performance.now() + AGAIN_MS;
      this.trouble = `What the second copy does not need any more could not be removed; it is tried again. ${error.message}`;
    }
  }
}
