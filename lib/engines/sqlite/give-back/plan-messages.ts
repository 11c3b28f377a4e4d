import type { GiveBackConflict, GiveBackNotice, GiveBackTable, GiveBackTablePlan } from "../../../domain/give-back.ts";

/** What is asked of the process that makes a plan. */
export type PlanQuestion = {
  databaseId: string;
  livePath: string;
  /** Whole copies of states: the one that the rows come from, and, of an undo, the one that was left. */
  pastImage: string;
  leftImage: string | null;
  /** Where the chosen rows go. */
  stageFile: string;
  fromBookmark: string;
  tables: GiveBackTable[];
  includeParents: boolean;
};

export type PlanAnswer = {
  tables: GiveBackTablePlan[];
  conflicts: GiveBackConflict[];
  notices: GiveBackNotice[];
  missingParents: { table: string; rows: number }[];
  digest: string;
};
