import type { Moment } from "../../../domain/moment.ts";
import type { ProtectedDatabase, QueryAnswer, QueryStatement } from "../../engine.ts";
import type { EngineContext } from "../engine-context.ts";
import type { CommitInfo } from "../history/records.ts";
import { ViewPool } from "./view-pool.ts";

/** Read-only SQL at any moment of the SQLite engine's databases, without restoring anything. */
export class SqliteViews {
  readonly #context: EngineContext;
  readonly #pool: ViewPool;

  constructor(context: EngineContext) {
    this.#context = context;
    this.#pool = new ViewPool({ historyRoot: context.paths.history });
  }

  /** Somebody has found a moment: soon they may look at it. */
  prepare(db: ProtectedDatabase, { txid }: CommitInfo): void {
    this.#pool.prepare({ historyDirectory: this.#context.historyDirectory(db), txid });
  }

  /** See `Engine.view`. */
  async run(
    db: ProtectedDatabase,
    at: Moment,
    { sql, params }: QueryStatement,
    signal?: AbortSignal,
  ): Promise<QueryAnswer> {
    const commit = await this.#context.find(db, at);
    const bookmark = this.#context.historyOf(db).bookmarkOf(commit);
    const state = { historyDirectory: this.#context.historyDirectory(db), txid: commit.txid };
    return { results: await this.#pool.run(db.id, state, { sql, params: params ?? null }, signal), bookmark };
  }

  drop(databaseId: string): Promise<void> {
    return this.#pool.drop(databaseId, this.#context.historyDirectory({ id: databaseId }));
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
