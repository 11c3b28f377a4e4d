import type { ProtectedDatabase, Run } from "../engine.ts";
import type { EngineRoom, ErasureOrder, ErasureStart } from "../engine-room.ts";
import { ClusterErasures, discardAside, type ErasureParts } from "./erasures.ts";
import type { PostgresContext } from "./postgres-context.ts";

/** What the PostgreSQL engine can let go of for want of room. */
export class ClusterRoom implements EngineRoom {
  readonly #context: PostgresContext;
  readonly #erasures: ClusterErasures;

  constructor(context: PostgresContext, parts: ErasureParts) {
    this.#context = context;
    this.#erasures = new ClusterErasures(context, parts);
  }

  /** A server whose log nobody receives keeps it up to `max_slot_wal_keep_size`, and goes on. */
  pauseCapture(): void {}

  /** Marks of clusters are notes of the history itself. */
  async clearCaches(): Promise<void> {}

  planErasure(db: ProtectedDatabase, beforeMs: number): Promise<ErasureStart> {
    return this.#erasures.plan(db, beforeMs);
  }

  prepareErasure(db: ProtectedDatabase, beforeMs: number, run: Run): Promise<ErasureStart> {
    return this.#erasures.prepare(db, beforeMs, run);
  }

  erase(db: ProtectedDatabase, order: ErasureOrder, run: Run): Promise<{ removedBytes: number }> {
    return this.#erasures.erase(db, order, run);
  }

  async dropSetAside(databases: readonly ProtectedDatabase[]): Promise<void> {
    for (const db of databases) await discardAside(this.#context, db);
  }
}
