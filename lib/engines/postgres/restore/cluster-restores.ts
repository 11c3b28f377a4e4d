import type { Bookmark } from "../../../domain/bookmark.ts";
import type { Copied, Restored, RestorePlan } from "../../../domain/restore.ts";
import type { EngineCopies, ProtectedDatabase, RestoreAround, Run } from "../../engine.ts";
import { notYet } from "../not-yet.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { Recoveries } from "../recovery/recoveries.ts";

/** Restores in place (rehearsed beside, then swapped in; an undo swaps back) and copies. */
export class ClusterRestores implements EngineCopies {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;

  constructor(context: PostgresContext, recoveries: Recoveries) {
    this.#context = context;
    this.#recoveries = recoveries;
  }

  /** As `Engine.plan`. */
  async plan(db: ProtectedDatabase, to: Bookmark, _lastRestoreId: string | null): Promise<RestorePlan> {
    await this.#recoveries.moments.recovery(db, to);
    return notYet(`Planning a restore in ${this.#context.places(db).root}`);
  }

  /** As `Engine.restore`. */
  async restore(
    _db: ProtectedDatabase,
    _restoreId: string,
    _to: Bookmark,
    _run: Run,
    _around?: RestoreAround,
  ): Promise<Restored> {
    return notYet("A restore in place");
  }

  async planCopy(_db: ProtectedDatabase, _to: Bookmark, _kind: "new_preview" | "new_database"): Promise<RestorePlan> {
    return notYet("Planning a copy");
  }

  async planTakeOver(
    _db: ProtectedDatabase,
    _source: ProtectedDatabase,
    _to: Bookmark,
    _facts: { kind: "preview" | "cutover"; since: Bookmark | null; lastRestoreId: string | null },
  ): Promise<RestorePlan> {
    return notYet("Planning a cutover");
  }

  async writeOut(
    _db: ProtectedDatabase,
    _at: Bookmark,
    _file: string,
    _run: Run,
  ): Promise<{ bookmark: Bookmark; timeMs: number; sizeBytes: number }> {
    return notYet("Downloading a state");
  }

  async copy(
    _request: { source: ProtectedDatabase; to: Bookmark; target: ProtectedDatabase; restoreId: string },
    _run: Run,
  ): Promise<Copied> {
    return notYet("A copy");
  }

  async takeOver(
    _db: ProtectedDatabase,
    _restoreId: string,
    _from: { source: ProtectedDatabase; to: Bookmark },
    _run: Run,
    _around?: RestoreAround,
  ): Promise<Restored> {
    return notYet("A cutover");
  }
}
