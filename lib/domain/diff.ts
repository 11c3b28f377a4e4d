import type { Bookmark } from "./bookmark.ts";

/** One end of a difference: a committed state. */
export type DiffMoment = { bookmark: Bookmark; timeMs: number; txid: number };

/** How the rows of one table differ. The direction is from → to: what `to` has and `from` lacks was added. */
export type TableDiff = {
  name: string;
  /** Rows of `to` that `from` lacks. */
  added: number;
  /** Rows of `from` that `to` lacks. */
  removed: number;
  /** Rows that both have under the same key, with other values in the columns that both tables have. */
  changed: number;
  /** False while they are still being counted, and where the table was not compared. */
  exact: boolean;
  /** How it was found: from the pages that changed, by comparing all of the table, or not at all. */
  how: "pages" | "full" | "not-compared";
  /** Why all of it had to be compared, or nothing could be; otherwise null. Words for people. */
  reason: string | null;
};

/** A table, index, view or trigger that is not the same in both. `before` and `after` are its SQL; null for the side without it. */
export type SchemaDiff = {
  kind: "table" | "index" | "view" | "trigger";
  name: string;
  /** The table it belongs to; of a table or a view its own name. */
  table: string;
  change: "added" | "removed" | "changed";
  before: string | null;
  after: string | null;
};

/** What `to` has that `from` has not, and the other way round. */
export type DatabaseDiff = {
  from: DiffMoment;
  to: DiffMoment;
  /** `counting`: not finished yet; ask again for the rest. */
  state: "complete" | "counting";
  /** In pages to be looked at; null once it is complete, or while nothing is known yet. */
  progress: { done: number; total: number } | null;
  /** Those that differ, and those that were not compared; by name. While counting those of which something is known. */
  tables: TableDiff[];
  /** Names of the tables whose rows are the same in both. */
  sameTables: string[];
  schema: SchemaDiff[];
  /** Spent on it so far, milliseconds. */
  durationMs: number;
};

/** What became of a row between `from` and `to`. */
export const DIFF_KINDS = ["removed", "changed", "added"] as const;
export type DiffKind = (typeof DIFF_KINDS)[number];

/**
 * One value. An integer that JavaScript cannot hold exactly, a real number that JSON cannot (infinities), bytes as base64,
 * and what is long is cut: `bytes` and `chars` (code points) say how long it is in full.
 */
export type DiffCell =
  | null
  | number
  | string
  | { integer: string }
  | { real: string }
  | { blob: string; bytes: number }
  | { text: string; chars: number };

/** `key`: part of what names the row, its INTEGER PRIMARY KEY or the columns of its primary key. */
export type DiffColumn = { name: string; type: string; key: boolean };

/**
 * One row that differs. `key` names it in its table, opaque and exact. `before` and `after` are its values in `from` and `to`
 * in the order of the columns; null on the side that has no such row, null as a cell where that side has no such column.
 */
export type DiffRow = { key: string; kind: DiffKind; before: DiffCell[] | null; after: DiffCell[] | null };

/** Rows in the order of their keys. `next` goes on behind the last one; null at the end. */
export type DiffRows = { columns: DiffColumn[]; rows: DiffRow[]; next: string | null };

/** What one commit did to one table. */
export type CommitTableChange = { table: string; added: number; removed: number; changed: number };
