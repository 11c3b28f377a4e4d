import type { Bookmark } from "../../domain/bookmark.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { GiveBackPlan, RowsOrder } from "../../domain/give-back.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { DatabaseRow } from "../databases/find-database.ts";

/** A whole table is read twice, and the former state is written out before. */
const PLAN_TIMEOUT_MS = 10 * 60_000;

/** The engine's plan; one that was made already is found by its digest. */
export function askForRows(row: DatabaseRow, order: RowsOrder, digest?: string): Promise<GiveBackPlan> {
  const asked = { databaseId: row.id, order, ...(digest !== undefined && { digest }) };
  return askAgentOf(row, "planRows", asked, PLAN_TIMEOUT_MS);
}

type Ledger = {
  targetKind: string;
  status: string;
  previousBookmark: string | null;
  restoreBookmark: string | null;
  summary: string | null;
};

/** What has to be done to undo a give-back. Throws `conflict` where there is nothing to undo. */
export function orderOfUndo(restore: Ledger): RowsOrder {
  const { previousBookmark, restoreBookmark, summary } = restore;
  if (restore.targetKind !== "rows" || restore.status !== "completed" || !previousBookmark || !restoreBookmark) {
    throw new LastgoodError("conflict", "Only rows that were given back can be taken back like this.", {
      hint: "This changed nothing, has not ended yet, or is a restore of another kind.",
    });
  }
  const { tables } = JSON.parse(summary ?? '{"tables":[]}') as { tables: { name: string }[] };
  return {
    kind: "undo",
    previous: previousBookmark as Bookmark,
    reached: restoreBookmark as Bookmark,
    tables: tables.map(({ name }) => name),
  };
}
