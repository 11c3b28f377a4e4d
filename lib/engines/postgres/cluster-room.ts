import { existsSync, readdirSync } from "node:fs";
import { LastgoodError } from "../../domain/errors.ts";
import type { ProtectedDatabase } from "../engine.ts";
import type { EngineRoom } from "../engine-room.ts";
import type { PostgresContext } from "./postgres-context.ts";

const DISCARD_TIMEOUT_MS = 120_000;

/** What the PostgreSQL engine can let go of for want of room. */
export class ClusterRoom implements EngineRoom {
  readonly #context: PostgresContext;

  constructor(context: PostgresContext) {
    this.#context = context;
  }

  /** A server whose log nobody receives keeps it up to `max_slot_wal_keep_size`, and goes on. */
  pauseCapture(): void {}

  /** Marks of clusters are notes of the history itself. */
  async clearCaches(): Promise<void> {}

  async erase({ name }: ProtectedDatabase): Promise<never> {
    throw new LastgoodError("not_supported", `${name} is a cluster; its history cannot be purged up to a moment.`, {
      hint: "Shorten its window: what is older then goes with the next base backup.",
    });
  }

  async dropSetAside(databases: readonly ProtectedDatabase[]): Promise<void> {
    for (const db of databases) {
      const { aside } = this.#context.places(db);
      if (db.origin !== "hosted" || !existsSync(aside)) continue;
      for (const restoreId of readdirSync(aside)) {
        await this.#context.receiver.ask("discardAside", { database: db.id, restoreId }, DISCARD_TIMEOUT_MS);
      }
    }
  }
}
