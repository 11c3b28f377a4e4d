import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Bookmark } from "../../../domain/bookmark.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { ClusterMoments } from "../moments/cluster-moments.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { requireCopyable } from "../restore/attached-copies.ts";
import { recoverState, removeRecovery } from "./recover-state.ts";
import type { RecoveredServer } from "./recovery-plan.ts";
import { WARM, WarmCopies } from "./warm-copies.ts";

export type RecoveryOrder = {
  id: string;
  purpose: "throwaway" | "lasting";
  /** Whose places it is made in; the cluster's own where left out. */
  into?: ProtectedDatabase;
  /** `lasting`: the physical slot that holds back its log from its first moment on. */
  slot?: string;
  /** The stage that progress is told under; `prepare` where left out. */
  stage?: string;
};

/**
 * Makes states of the past. `throwaway`: fsync off, ended and removed after use; `lasting`: fsync on, as something that will serve.
 */
export class Recoveries {
  readonly #context: PostgresContext;
  readonly #warm: WarmCopies;
  readonly #isSwept = new Set<string>();
  /** The folders of those that this process makes, or has made and not discarded. */
  readonly #made = new Set<string>();
  readonly moments: ClusterMoments;

  constructor(context: PostgresContext, moments: ClusterMoments) {
    this.#context = context;
    this.moments = moments;
    this.#warm = new WarmCopies((db, at, id, run) => this.recover(db, at, { id, purpose: "throwaway" }, run));
  }

  /**
   * Restores a moment into `work/<id>/data` of a cluster's places and answers with the server running there, promoted, at exactly
   * that commit. What a former try under that id left behind is removed first; it ends with this process. Throws `restore_failed` with the
   * server's own words, `history_damaged`, `storage_full`, the signal's reason once aborted, and what finding the moment throws.
   */
  async recover(db: ProtectedDatabase, to: Bookmark, order: RecoveryOrder, run: Run): Promise<RecoveredServer> {
    await this.requireCopyable(db);
    const history = this.#context.historyOf(db);
    const plan = await this.moments.recovery(db, to);
    const { root, work } = this.#context.places(order.into ?? db);
    const release = this.moments.hold(db, plan);
    const folder = path.join(work, order.id);
    this.#made.add(folder);
    try {
      const server = await recoverState(
        {
          ...{ plan, history, root, purpose: order.purpose, slot: order.slot, stage: order.stage },
          wal: this.moments.wal(db, plan),
          programs: this.#context.programsOf(db),
          folder,
        },
        run,
      );
      const discard = () => server.discard().finally(() => this.#made.delete(folder));
      return { ...server, discard };
    } catch (error) {
      this.#made.delete(folder);
      throw error;
    } finally {
      // It has been promoted by then, or there is nothing: no more log is asked for.
      release();
    }
  }

  /** Refuses states of a server of somebody else's where the operator does not allow that they run here: `not_supported`. */
  requireCopyable(db: ProtectedDatabase): Promise<void> {
    return requireCopyable(db, this.#context.places(db).access, this.#context.attachedCopies);
  }

  /**
   * A server with the state of a moment, shared by all who ask for that one and kept for the next question; `done` gives it back. It is
   * for reading. Throws as `recover`, and `rate_limited` where too many states are open at once.
   */
  async warm(db: ProtectedDatabase, at: Bookmark, run: Run): Promise<{ server: RecoveredServer; done(): void }> {
    await this.#removeLeftBehind(db);
    return this.#warm.open(db, at, run);
  }

  /** Removes what lies where states of a cluster are made and is nobody's any more. Answers whether somebody still has one there. */
  async sweep(db: ProtectedDatabase): Promise<boolean> {
    const { work } = this.#context.places(db);
    const folders = existsSync(work) ? readdirSync(work).map((name) => path.join(work, name)) : [];
    for (const folder of folders) if (!this.#made.has(folder)) await removeRecovery(folder);
    return folders.some((folder) => this.#made.has(folder) && existsSync(folder));
  }

  /** What an agent that died had open. Its servers ended with it, their directories did not. */
  async #removeLeftBehind(db: ProtectedDatabase): Promise<void> {
    const { work } = this.#context.places(db);
    if (this.#isSwept.has(db.id)) return;
    this.#isSwept.add(db.id);
    const names = existsSync(work) ? readdirSync(work).filter((name) => name.startsWith(WARM)) : [];
    for (const name of names) await removeRecovery(path.join(work, name));
  }

  /** Ends what is kept warm of a database for a next question, and removes what an agent left that died. */
  async dropIdle(db: ProtectedDatabase): Promise<void> {
    await this.#removeLeftBehind(db);
    await this.#warm.dropIdle(db.id);
  }

  /** Ends what was kept warm of a database. */
  async drop(databaseId: string): Promise<void> {
    await this.#warm.drop(databaseId);
  }

  /** Ends all that was kept warm. */
  async close(): Promise<void> {
    await this.#warm.drop(null);
  }
}
