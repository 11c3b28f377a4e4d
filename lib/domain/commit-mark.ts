import type { Bookmark } from "./bookmark.ts";

/**
 * A commit that stands out in a history: it changed the schema, or deleted a lot; or the first of many in a row that deleted a lot
 * together. Times are Unix milliseconds.
 */
export type CommitMark = {
  id: string;
  kind: "schema" | "delete";
  timeMs: number;
  /** The commit itself, after which it had happened. */
  bookmark: Bookmark;
  txid: number;
  /** The state just before it; null where the history begins with it. */
  before: { bookmark: Bookmark; timeMs: number } | null;
  /** As SQL would say it: `DELETE 80,346 rows`, `ALTER TABLE invoices`. */
  words: string;
  /** The table that it is about, if it is about one. */
  table: string | null;
  /** Rows that went; null where none did, or nobody knows. */
  rows: number | null;
  /** How many commits it is about; 1: its own alone. */
  commits: number;
  /** When the last of them was committed. */
  throughMs: number;
  /** False while words and rows are only what the sizes of pages tell. */
  exact: boolean;
};

/** Marks of a stretch of time, oldest first. */
export type CommitMarks = {
  marks: CommitMark[];
  /** How many there are besides, smaller ones, which were left out. */
  leftOut: number;
  /** The history has been read for marks up to this time; null: not at all yet. */
  readThroughMs: number | null;
  /** True while more of it is being read, or marks are being counted exactly: ask again. */
  isReading: boolean;
};
