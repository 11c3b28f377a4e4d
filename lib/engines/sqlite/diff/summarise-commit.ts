import type { CommitTableChange, SchemaDiff } from "../../../domain/diff.ts";
import type { History } from "../history/open-history.ts";
import { PastStates } from "../past/past-states.ts";
import { DatabaseComparison } from "./database-comparison.ts";

/** What one commit did. `tables`: those whose rows it changed, the one with most rows first; without those that cannot be compared. */
export type CommitChanges = { tables: CommitTableChange[]; schema: SchemaDiff[] };

const CACHE_BYTES = 64 * 1024 * 1024;

/**
 * What commit `txid` did to the state before it: exact numbers of rows by table, and the schema. Reads the pages that it changed
 * and the inner pages of all tables, so it takes longer the farther the commit lies from both ends of the history; loads SQLite
 * to understand the schema, and so belongs into a child. Null for the first commit of the history, and where it takes longer
 * than `mostMs`. Throws `history_damaged`.
 */
export function summariseCommit(
  history: History,
  txid: number,
  { mostMs = Number.POSITIVE_INFINITY, cacheBytes = CACHE_BYTES }: { mostMs?: number; cacheBytes?: number } = {},
): CommitChanges | null {
  if (!history.byTxid(txid - 1) || !history.byTxid(txid)) return null;
  const startedMs = performance.now();
  const states = new PastStates(history, [txid - 1, txid], { cacheBytes });
  const [before, after] = [states.open(txid - 1), states.open(txid)];
  try {
    const comparison = new DatabaseComparison(before, after, states.touched(txid, txid));
    for (const work = comparison.run(); !work.next().done; ) {
      if (performance.now() - startedMs > mostMs) return null;
    }
    const { tables, schema } = comparison.compared;
    const changes = tables
      .filter(({ how }) => how !== "not-compared")
      .map(({ name: table, added, removed, changed }) => ({ table, added, removed, changed }));
    const rows = ({ added, removed, changed }: CommitTableChange) => added + removed + changed;
    return { tables: changes.sort((a, b) => rows(b) - rows(a)), schema };
  } finally {
    before.close();
    after.close();
  }
}
