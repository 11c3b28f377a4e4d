type KeptAnswer = { etag: string; value: unknown };

const MOST = 60;

/** Answers by their address, until the server says that something has changed: pages ask the same again and again. */
export class KeptAnswers {
  readonly #answers = new Map<string, KeptAnswer>();

  get(address: string): KeptAnswer | undefined {
    return this.#answers.get(address);
  }

  /** Keeps the newest answer, and forgets what nobody has asked for the longest. Without an ETag nothing is kept. */
  keep(address: string, etag: string | null, value: unknown): void {
    this.#answers.delete(address);
    if (etag !== null) this.#answers.set(address, { etag, value });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST && oldest !== undefined) this.#answers.delete(oldest);
  }
}
