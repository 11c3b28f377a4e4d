/** So long after its last commit a database gives its memory back. */
const REST_AFTER_MS = 5000;
/** So long after a commit the next one is looked for every few milliseconds. */
const ACTIVE_FOR_MS = 500;

/** How soon a database is looked at again when nobody reports a change: in milliseconds, in a second, or ever more seldom. */
export type Pace = "active" | "soon" | "idle";

/** When a database changed last, and what follows from it. */
export class RecentChange {
  private changedMs: number | null = null;

  changed(): void {
    this.changedMs = performance.now();
  }

  get pace(): Pace {
    if (this.changedMs === null) return "idle";
    return performance.now() - this.changedMs < ACTIVE_FOR_MS ? "active" : "soon";
  }

  /** True once after each busy time. */
  mayRest(): boolean {
    if (this.changedMs === null || performance.now() - this.changedMs < REST_AFTER_MS) return false;
    this.changedMs = null;
    return true;
  }
}
