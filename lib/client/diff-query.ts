import type { DiffKind } from "../domain/diff.ts";

/** The two ends of a difference, as bookmarks; without `to` it is now. */
export type DiffEnds = { from: string; to?: string };

/** What GET …/diff/rows takes. */
export type DiffRowsQuery = DiffEnds & { table: string; kinds: readonly DiffKind[]; after?: string; limit?: number };
