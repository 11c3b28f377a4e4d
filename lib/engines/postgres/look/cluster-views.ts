import type { Moment } from "../../../domain/moment.ts";
import type { ProtectedDatabase, QueryAnswer, QueryStatement } from "../../engine.ts";
import { notYet } from "../not-yet.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { Recoveries } from "../recovery/recoveries.ts";

/** SQL on a hosted cluster as it is now, and read-only SQL on any moment of a cluster. */
export class ClusterViews {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;

  constructor(context: PostgresContext, recoveries: Recoveries) {
    this.#context = context;
    this.#recoveries = recoveries;
  }

  /** As `Engine.query`. */
  async query(db: ProtectedDatabase, _statement: QueryStatement): Promise<QueryAnswer> {
    return notYet(`SQL on ${this.#context.places(db).live}`);
  }

  /** As `Engine.view`. */
  async view(
    db: ProtectedDatabase,
    at: Moment,
    _statement: QueryStatement,
    _signal?: AbortSignal,
  ): Promise<QueryAnswer> {
    await this.#recoveries.moments.resolve(db, at);
    return notYet("Looking at the past");
  }

  async close(): Promise<void> {}
}
