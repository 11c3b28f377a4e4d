import type { GiveBackInclude, GiveBackPlan, GiveBackTable, OnConflict } from "../domain/give-back.ts";
import type { RestoreSourceBody, RestoreView } from "./api-types.ts";

/**
 * POST …/databases/:db/give-back/plan. Exactly one moment and the chosen rows; or, to see what undoing would do, the id
 * of a completed restore whose target is `rows`.
 */
export type GiveBackPlanBody =
  | { from: RestoreSourceBody; tables: GiveBackTable[]; include?: GiveBackInclude[] }
  | { undoOf: string };

/** What it answers. */
export type GiveBackPlanView = {
  plan: GiveBackPlan;
  /** What was asked for; null when a bookmark was. */
  askedMs: number | null;
  /**
   * Whether the caller may run it now: `ask`: the database's policy lets nobody change existing rows alone, only missing ones can
   * be given back (a restore in place can be requested); `hours`: not at this hour; `forbidden`: may read only.
   */
  allowed: "yes" | "ask" | "hours" | "forbidden";
};

/**
 * POST …/databases/:db/give-back, and the server action `giveBack` with `namespace` and `database` beside it. It waits for the
 * end like …/restore; with `Prefer: respond-async` it answers 202. `conflict` when the plan is another one by now, with
 * `details.plan` being the new one, or when it has conflicts for which `onConflict` does not say "skip", with
 * `details.conflicts` being them.
 */
export type GiveBackBody = {
  from: RestoreSourceBody;
  tables: GiveBackTable[];
  include?: GiveBackInclude[];
  planDigest: string;
  reason?: string;
  onConflict?: OnConflict;
};

/** The ledger's row: `target` is `rows`, `rows` says what was written once it is completed. */
export type GiveBackAnswer = RestoreView;

/**
 * The server action `undoGiveBack` (and `undoCompletedRestore`, which does the same without a choice): the rows are set back to
 * what they were right before. Rows that were changed since are conflicts of the kind `changed-since`.
 */
export type UndoGiveBackBody = { restoreId: string; planDigest?: string; onConflict?: OnConflict };
