import type { ProtectedDatabase, Run } from "../engine.ts";
import type { CapturePause, EngineRoom, ErasureOrder, ErasureStart } from "../engine-room.ts";
import { ClusterErasures, discardAside, type ErasureParts } from "./erasures.ts";
import type { PostgresContext } from "./postgres-context.ts";

export type RoomParts = ErasureParts & { pause(why: CapturePause | null): void };

/** What the PostgreSQL engine can let go of for want of room. */
export class ClusterRoom implements EngineRoom {
  readonly #context: PostgresContext;
  readonly #parts: RoomParts;
  readonly #erasures: ClusterErasures;

  constructor(context: PostgresContext, parts: RoomParts) {
    this.#context = context;
    this.#parts = parts;
    this.#erasures = new ClusterErasures(context, parts);
  }

  /** No log is received any more; servers keep it as far as their limit, or the room on a disk of ours, allows, and go on. */
  pauseCapture(why: CapturePause | null): void {
    this.#parts.pause(why);
  }

  /** Copies of the past that nobody looks at; marks of clusters are notes of the history itself. */
  async clearCaches(databases: readonly ProtectedDatabase[]): Promise<void> {
    for (const db of databases) await this.#parts.recoveries.dropIdle(db);
  }

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
