import type { Bookmark } from "../../../domain/bookmark.ts";
import type { CommitMarks } from "../../../domain/commit-mark.ts";
import type { Moment, ResolvedMoment } from "../../../domain/moment.ts";
import type { CommitSummary, RecoveryWindow } from "../../../domain/recovery-window.ts";
import type { DensityBucket, ProtectedDatabase, Run } from "../../engine.ts";
import { notYet } from "../not-yet.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { RecoveryPlan, WalSource } from "../recovery/recovery-plan.ts";

/** Which moments of a cluster there are, and what it takes to bring one back. Reads the history, never a server. */
export class ClusterMoments {
  readonly #context: PostgresContext;

  constructor(context: PostgresContext) {
    this.#context = context;
  }

  /** As `Engine.window`. */
  async window(db: ProtectedDatabase): Promise<RecoveryWindow> {
    return notYet(`The window of ${this.#context.places(db).history}`);
  }

  /** As `Engine.resolve`. */
  async resolve(_db: ProtectedDatabase, _at: Moment): Promise<ResolvedMoment> {
    return notYet("Resolving a moment");
  }

  /** As `Engine.current`: asks the receiver to flush first. */
  async current(_db: ProtectedDatabase): Promise<ResolvedMoment> {
    return notYet("Resolving now");
  }

  /** As `Engine.commits`. */
  async commits(
    _db: ProtectedDatabase,
    _around: { timeMs: number; before: number; after: number },
  ): Promise<CommitSummary[]> {
    return notYet("Listing commits");
  }

  /** As `Engine.density`. */
  async density(
    _db: ProtectedDatabase,
    _range: { fromMs: number; toMs: number; buckets: number },
  ): Promise<DensityBucket[]> {
    return notYet("Counting commits");
  }

  /** As `Engine.marks`. */
  async marks(_db: ProtectedDatabase, _range: { fromMs: number; toMs: number; limit: number }): Promise<CommitMarks> {
    return notYet("Marking commits");
  }

  /** How the state of a bookmark is made. Throws `moment_outside_window`, `moment_in_gap`, `foreign_bookmark`, `history_damaged`. */
  async recovery(_db: ProtectedDatabase, _to: Bookmark): Promise<RecoveryPlan> {
    return notYet("Finding the base of a moment");
  }

  /** The log that a plan replays, verified, and nothing of it beyond the plan's branch. */
  wal(_db: ProtectedDatabase, _plan: RecoveryPlan): WalSource {
    return notYet("Reading the received log");
  }

  /** How many commits lie between two moments, and how many bytes of log. */
  async between(_db: ProtectedDatabase, _from: Bookmark, _to: Bookmark): Promise<{ commits: number; bytes: number }> {
    return notYet("Counting commits between moments");
  }

  /** As `OwnedEngine.isPruningDue`. */
  isPruningDue(_db: ProtectedDatabase, _keepFromMs: number): boolean {
    return false;
  }

  /** As `Engine.prune`. */
  async prune(_db: ProtectedDatabase, _keepFromMs: number, _run: Run): Promise<{ removedBytes: number }> {
    return { removedBytes: 0 };
  }

  /** As `OwnedEngine.readAheadMarks`. */
  async readAheadMarks(_db: ProtectedDatabase): Promise<void> {}
}
