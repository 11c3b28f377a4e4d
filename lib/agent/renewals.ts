/**
 * Which backups are being sealed anew, so that whoever removes one ends that first: what is put back behind a removal would be there
 * for ever, and nobody would look for it.
 */
export class Renewals {
  readonly #running = new Map<string, { abort: AbortController; ended: Promise<void> }>();
  readonly #barred = new Set<string>();

  /** Does something that writes objects of a backup again; null for one whose removal has begun. Throws the signal's reason. */
  async run<T>(backupId: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    if (this.#barred.has(backupId)) return null;
    const abort = new AbortController();
    const working = work(AbortSignal.any([signal, abort.signal]));
    const ended = working.then(
      () => undefined,
      () => undefined,
    );
    this.#running.set(backupId, { abort, ended });
    try {
      return await working;
    } catch (error) {
      if (abort.signal.aborted) return null;
      throw error;
    } finally {
      this.#running.delete(backupId);
    }
  }

  /** From now on nothing of this backup is written again. Answers once whatever wrote it has ended. */
  async bar(backupId: string): Promise<void> {
    this.#barred.add(backupId);
    const running = this.#running.get(backupId);
    running?.abort.abort(new Error("the backup is removed"));
    await running?.ended;
  }
}
