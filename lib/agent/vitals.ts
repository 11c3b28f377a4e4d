import { statfs } from "node:fs/promises";
import type { CaptureStatus } from "../domain/capture.ts";
import type { ProtectedDatabase } from "../engines/engine.ts";
import type { OwnedEngine } from "../engines/owned-engine.ts";
import type { AgentVitals, WindowVitals } from "./protocol.ts";

/** A window that was looked at is good for this long; whoever asks more often gets the same answer. */
const FRESH_MS = 15_000;
/** How long one question may spend on windows; those that it did not come to are next the next time. */
const BUDGET_MS = 700;

export type VitalsOptions = {
  databases(): Promise<readonly ProtectedDatabase[]>;
  engine: Pick<OwnedEngine, "status" | "window">;
  /** Absolute path of the data directory. */
  data: string;
  steadyMs(): number;
};

/**
 * What monitoring wants to know of everything that an agent owns. Looking at a window may mean opening its history, so that only as many
 * are looked at as fit into a moment, the longest unseen first.
 */
export class Vitals {
  readonly #options: VitalsOptions;
  readonly #windows = new Map<string, { seenMs: number; window: WindowVitals | null }>();

  constructor(options: VitalsOptions) {
    this.#options = options;
  }

  async read(): Promise<AgentVitals> {
    const databases = await this.#options.databases();
    const [statuses, disk] = await Promise.all([this.#statuses(databases), this.#disk(), this.#look(databases)]);
    return {
      databases: statuses.map((status) => ({ status, window: this.#windows.get(status.databaseId)?.window ?? null })),
      disk,
    };
  }

  async #statuses(databases: readonly ProtectedDatabase[]): Promise<CaptureStatus[]> {
    const asked = await Promise.allSettled(databases.map((db) => this.#options.engine.status(db)));
    return asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }

  async #look(databases: readonly ProtectedDatabase[]): Promise<void> {
    const known = new Set(databases.map(({ id }) => id));
    for (const id of this.#windows.keys()) if (!known.has(id)) this.#windows.delete(id);
    const startedMs = this.#options.steadyMs();
    const seenMs = (id: string) => this.#windows.get(id)?.seenMs ?? Number.NEGATIVE_INFINITY;
    const due = databases.filter(({ id }) => startedMs - seenMs(id) >= FRESH_MS);
    for (const db of due.toSorted((a, b) => seenMs(a.id) - seenMs(b.id))) {
      if (this.#options.steadyMs() - startedMs > BUDGET_MS) return;
      const window = await this.#windowOf(db);
      this.#windows.set(db.id, { seenMs: this.#options.steadyMs(), window });
    }
  }

  /** Null where there is nothing to bring back yet, or no telling. */
  async #windowOf(db: ProtectedDatabase): Promise<WindowVitals | null> {
    try {
      const { oldest, gaps, damaged } = await this.#options.engine.window(db);
      return { oldestMs: oldest?.timeMs ?? null, gaps: gaps.length, damaged: damaged.length };
    } catch {
      return null;
    }
  }

  async #disk(): Promise<AgentVitals["disk"]> {
    const { bsize, bavail, blocks } = await statfs(this.#options.data);
    return { freeBytes: bsize * bavail, sizeBytes: bsize * blocks };
  }
}
