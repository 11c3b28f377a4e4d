import type { Bookmark } from "../../../domain/bookmark.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { ClusterMoments } from "../moments/cluster-moments.ts";
import { notYet } from "../not-yet.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { RecoveredServer } from "./recovery-plan.ts";

/**
 * Makes states of the past. `throwaway`: fsync off, ended and removed after use; `lasting`: fsync on, as something that will serve.
 */
export class Recoveries {
  readonly #context: PostgresContext;
  readonly moments: ClusterMoments;

  constructor(context: PostgresContext, moments: ClusterMoments) {
    this.#context = context;
    this.moments = moments;
  }

  /**
   * Restores a moment into `work/<id>` of a cluster's places and answers with the server running there, promoted, at exactly that
   * commit. What a former try under that id left behind is removed first. Throws `restore_failed` with the server's own words.
   * @param into whose places; the cluster itself where left out
   */
  async recover(
    db: ProtectedDatabase,
    _to: Bookmark,
    order: { id: string; purpose: "throwaway" | "lasting"; into?: ProtectedDatabase },
    _run: Run,
  ): Promise<RecoveredServer> {
    return notYet(`Restoring ${this.#context.places(db).history} as ${order.id}`);
  }

  /** Whole server with the state of a moment, shared and kept warm for the next question; `done` gives it back. */
  async warm(_db: ProtectedDatabase, _at: Bookmark, _run: Run): Promise<{ server: RecoveredServer; done(): void }> {
    return notYet("Opening the past");
  }

  /** Ends what was kept warm of a database. */
  async drop(_databaseId: string): Promise<void> {}

  /** Ends all that was kept warm. */
  async close(): Promise<void> {}
}
