import type { DiffKind, DiffRows } from "../../domain/diff.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { type ComparedMoments, findCompared } from "./find-compared.ts";
import type { OfDatabase } from "./read-history.ts";

/** Which rows: of one table, of these kinds, behind the row with the key `after`; at most `limit`, 1 to 500. */
export type WantedRows = { table: string; kinds: readonly DiffKind[]; after: string | null; limit: number };

/** The rows of a table that differ between two moments, with their values, page by page in the order of their keys. */
export async function diffMomentRows(
  ctx: CallContext,
  of: OfDatabase,
  moments: ComparedMoments,
  wanted: WantedRows,
): Promise<DiffRows> {
  const { row, from, to } = await findCompared(ctx, of, "database.view", moments);
  return askAgentOf(row, "diffRows", { databaseId: row.id, from, to, ...wanted, kinds: [...wanted.kinds] });
}
