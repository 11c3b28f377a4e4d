import type { WireError } from "../../../domain/errors.ts";
import type { LogPosition } from "../history/records.ts";

/** What to append, known before the write lock is taken. */
export type ApplyJob = {
  restoreId: string;
  /** Absolute path of the live database, in WAL mode. */
  databasePath: string;
  /** Where the child writes the intent (JSON `ApplyIntent`) before it publishes. */
  intentPath: string;
  /** A finished page set with what was computed so far; null when all pages come later. */
  pagesFile: string | null;
  /** The highest schema cookie that the database's history has ever used. */
  cookieFloor: number;
  /** How long to wait for the write lock, milliseconds. */
  lockTimeoutMs: number;
  /** How long to keep the write lock while waiting for the final pages, milliseconds. */
  pagesTimeoutMs: number;
  /**
   * How long the lock is kept in all, milliseconds since it was taken: also after the pages are written, until `release` comes or
   * the parent is gone. Left out: it is given back as soon as they are written.
   */
  holdMs?: number;
};

/** Sent by the child once it holds the write lock: no commit can come after `position` until it lets go. */
export type LockedState = {
  /** The end of the log. Everything up to it is committed. */
  position: LogPosition;
  pageSize: number;
  /** Pages of the live database. */
  livePages: number;
  schemaCookie: number;
};

/** The parent's answer to `LockedState`. */
export type FinalPages = {
  /** A finished page set that adds to, and where it holds the same page replaces, the job's; null when nothing is added. */
  pagesFile: string | null;
  /** Pages of the database afterwards. Pages above are dropped. */
  sizeAfterPages: number;
};

/** What the intent file holds: the history answers whether this commit took place. */
export type ApplyIntent = {
  version: 1;
  restoreId: string;
  /** Where the log ended before, and will end with the restore's commit. */
  before: LogPosition;
  end: LogPosition;
  schemaCookie: number;
  sizeAfterPages: number;
};

export type Applied = {
  end: LogPosition;
  pages: number;
  schemaCookie: number;
  /** How long writers had to wait until then, milliseconds. */
  lockedMs: number;
};

export type ToChild =
  /** Any number of times before the job: it may compile what it will run. */
  | { kind: "rehearse" }
  | { kind: "apply"; job: ApplyJob }
  | { kind: "pages"; pages: FinalPages }
  | { kind: "giveUp" }
  /** Ends the hold of a job with `holdMs`. */
  | { kind: "release" }
  | { kind: "fence"; databasePath: string; lockTimeoutMs: number };

export type FromChild =
  | { kind: "ready" }
  | { kind: "locked"; state: LockedState }
  | { kind: "applied"; applied: Applied }
  /** Only after a job with `holdMs`: writers go on. */
  | { kind: "released" }
  | { kind: "gaveUp" }
  | { kind: "fenced" }
  | { kind: "failed"; error: WireError };
