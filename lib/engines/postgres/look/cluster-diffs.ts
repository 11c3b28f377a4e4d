import type { Bookmark } from "../../../domain/bookmark.ts";
import type { DatabaseDiff, DiffRows } from "../../../domain/diff.ts";
import type { DiffRowsQuestion, EngineDiffs, ProtectedDatabase } from "../../engine.ts";
import { notYet } from "../not-yet.ts";
import type { Recoveries } from "../recovery/recoveries.ts";

/** What differs between two moments of a cluster. */
export class ClusterDiffs implements EngineDiffs {
  readonly #recoveries: Recoveries;

  constructor(recoveries: Recoveries) {
    this.#recoveries = recoveries;
  }

  async diff(db: ProtectedDatabase, from: Bookmark, to: Bookmark): Promise<DatabaseDiff> {
    await this.#recoveries.moments.between(db, from, to);
    return notYet("Comparing moments");
  }

  async diffRows(_db: ProtectedDatabase, _question: DiffRowsQuestion): Promise<DiffRows> {
    return notYet("Comparing rows");
  }
}
