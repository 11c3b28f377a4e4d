import type { GiveBackPlan, GivenBack, RowsOrder, RowsRun } from "../../../domain/give-back.ts";
import type { ProtectedDatabase, RowsOfThePast, Run } from "../../engine.ts";
import { notYet } from "../not-yet.ts";

/** Rows of the past given back to a cluster. */
export class ClusterRows implements RowsOfThePast {
  async plan(_db: ProtectedDatabase, _order: RowsOrder, _run: Run): Promise<GiveBackPlan> {
    return notYet("Giving rows back");
  }

  kept(_db: ProtectedDatabase, _order: RowsOrder, _digest: string): GiveBackPlan | null {
    return null;
  }

  async run(_db: ProtectedDatabase, _restoreId: string, _rows: RowsRun, _run: Run): Promise<GivenBack> {
    return notYet("Giving rows back");
  }
}
