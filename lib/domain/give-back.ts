import type { Bookmark } from "./bookmark.ts";
import type { DiffCell, DiffColumn } from "./diff.ts";
import type { Restored } from "./restore.ts";

/** `removed`: the row is missing now and is put in again; `changed`: it is there with other values and is set back. */
export type GiveBackKind = "removed" | "changed";
export const GIVE_BACK_KINDS = ["removed", "changed"] as const satisfies readonly GiveBackKind[];

/**
 * Rows of one table: those that `keys` name, as the rows of a difference do, or all there are. `kinds` says what may be done to
 * them; left out beside keys it is both, left out without keys it is `removed` alone.
 */
export type GiveBackTable = { name: string; keys?: string[] | undefined; kinds?: GiveBackKind[] | undefined };

/** `parents`: rows that the chosen ones refer to by a foreign key, and that are missing now too, come along. */
export type GiveBackInclude = "parents";

/** What is given back of one state of the past. */
export type GiveBackSelection = { tables: GiveBackTable[]; include: GiveBackInclude[] };

/**
 * Why a row cannot simply be given back.
 *
 *   changed-since    between plan and run, or since it was given back: it is not as the plan saw it
 *   key-taken        another row has its value of a unique index
 *   parent-missing   what a foreign key of its refers to is not there
 *   still-referenced taking it away again would leave rows that refer to it (undo)
 *   rule-broken      a NOT NULL, a CHECK or a type of today's table forbids it
 *   table-refused    the table as a whole cannot be written like this
 */
export const CONFLICT_KINDS = [
  "changed-since",
  "key-taken",
  "parent-missing",
  "still-referenced",
  "rule-broken",
  "table-refused",
] as const;
export type GiveBackConflictKind = (typeof CONFLICT_KINDS)[number];

/** What to do about a kind of conflict: leave those rows out, or do nothing at all, which is the default. */
export type ConflictChoice = "skip" | "stop";
export type OnConflict = Partial<Record<GiveBackConflictKind, ConflictChoice>>;

/** Rows of one table that are in conflict for one and the same reason. */
export type GiveBackConflict = {
  kind: GiveBackConflictKind;
  table: string;
  /** How many rows; of `table-refused` all chosen ones, 0 where that is not known. */
  rows: number;
  /** One sentence for people that names index, table or rule. */
  words: string;
  /** Of `parent-missing`: how many of the rows would be well with `include: ["parents"]`. */
  solvedByParents: number;
  /** Keys of the first few. */
  keys: string[];
};

/** What a person should know before; nothing of it needs a choice. */
export type GiveBackNotice = {
  kind: "table-made-again" | "column-gone" | "column-new" | "triggers" | "checked-later" | "foreign-key-broken";
  table: string;
  /** Columns, triggers, indexes. */
  names: string[];
  words: string;
};

/** One of the rows, to be looked at: its values now (null: not there) and those of the past, which it would get (null: it goes). */
export type GiveBackSample = { key: string; kind: GiveBackKind; now: DiffCell[] | null; past: DiffCell[] | null };

/** What would happen to one table. */
export type GiveBackTablePlan = {
  name: string;
  /** Rows that are missing now and will be there. Of an undo: that were set back by being taken away. */
  inserted: number;
  /** Rows that are there now and get their former values. */
  setBack: number;
  /** Undo only: rows that are taken away again. */
  removed: number;
  /** Chosen, and just as they were: nothing to do. */
  unchanged: number;
  /** Keys that name no row at that moment. */
  unknown: number;
  /** Left out because of a conflict, as far as the plan knows; counted in none of the above. */
  inConflict: number;
  /** They come along because rows of these tables refer to them. */
  neededBy: string[];
  columns: DiffColumn[];
  /** The first few rows. */
  samples: GiveBackSample[];
};

/** What giving rows back would do. Nothing has been changed. */
export type GiveBackPlan = {
  databaseId: string;
  /** The state that the rows come from. */
  from: { bookmark: Bookmark; timeMs: number };
  tables: GiveBackTablePlan[];
  /** Rows that will be written, of all tables; without those in conflict. */
  rows: number;
  conflicts: GiveBackConflict[];
  notices: GiveBackNotice[];
  /** Rows of other tables that `include: ["parents"]` would bring along; empty once they are included. */
  missingParents: { table: string; rows: number }[];
  estimateMs: number;
  /** Hex SHA-256 over what was chosen and over every row as it is now and as it will be. */
  digest: string;
};

/** What became of it, as the ledger keeps it. */
export type GiveBackSummary = {
  tables: { name: string; inserted: number; setBack: number; removed: number; skipped: number }[];
  /** Rows that were written. */
  rows: number;
  skipped: { kind: GiveBackConflictKind; table: string; rows: number; words: string }[];
};

/** What an engine is asked to plan: rows of a state of the past, or the way back from a give-back between two states. */
export type RowsOrder =
  | { kind: "give-back"; from: Bookmark; selection: GiveBackSelection }
  | { kind: "undo"; previous: Bookmark; reached: Bookmark; tables: string[] };

/** A plan that is to be carried out as it was shown. */
export type RowsRun = { order: RowsOrder; planDigest: string; onConflict: OnConflict };

/** What rows were given back, and the commit that did it. */
export type GivenBack = Restored & { rows: GiveBackSummary };
