import type { ClaimedJob } from "../services/jobs/claim-job.ts";

/** Ends that are remembered for whoever asks a moment too late. */
const REMEMBERED = 1000;

/** Tells those who wait for a restore that it has ended, so that they need not look at its row again and again. */
export class RestoreEnds {
  readonly #ended = new Set<string>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** True once the restore has ended in this agent's run, false when it has not after `timeoutMs`. */
  async wait(restoreId: string, timeoutMs: number): Promise<boolean> {
    if (this.#ended.has(restoreId)) return true;
    return new Promise<boolean>((resolve) => {
      const waiters = this.#waiting.get(restoreId) ?? new Set();
      this.#waiting.set(restoreId, waiters);
      const end = () => {
        clearTimeout(timer);
        waiters.delete(end);
        if (waiters.size === 0) this.#waiting.delete(restoreId);
        resolve(this.#ended.has(restoreId));
      };
      const timer = setTimeout(end, timeoutMs);
      waiters.add(end);
    });
  }

  /** The end of a job stands in its row; only restores are waited for. */
  tellOf(job: ClaimedJob): void {
    if (job.kind !== "restore.run" && job.kind !== "copy.bring-back") return;
    const { restoreId } = job.payload;
    this.#ended.delete(restoreId);
    this.#ended.add(restoreId);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= REMEMBERED) break;
      this.#ended.delete(oldest);
    }
    for (const end of [...(this.#waiting.get(restoreId) ?? [])]) end();
  }
}
