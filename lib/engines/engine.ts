import type { Bookmark } from "../domain/bookmark.ts";
import type { CaptureStatus } from "../domain/capture.ts";
import type { CommitMarks } from "../domain/commit-mark.ts";
import type { DatabaseDiff, DiffKind, DiffRows } from "../domain/diff.ts";
import type { GiveBackPlan, GivenBack, RowsOrder, RowsRun } from "../domain/give-back.ts";
import type { Moment, ResolvedMoment } from "../domain/moment.ts";
import type { CommitSummary, RecoveryWindow } from "../domain/recovery-window.ts";
import type { Copied, Restored, RestorePlan, RestoreWay } from "../domain/restore.ts";
import type { RestoreCheck } from "../domain/restore-check.ts";
import type { EngineDocuments } from "./engine-documents.ts";
import type { EngineDrills } from "./engine-drills.ts";
import type { EngineStored } from "./engine-stored.ts";

/** What an engine knows of a database; the metadata row reduced to what engines may see. */
export type ProtectedDatabase = {
  id: string;
  name: string;
  engine: "sqlite" | "postgres";
  origin: "hosted" | "attached";
  /** Absolute path of the live file. */
  path: string;
  /** 1 to 365. */
  windowDays: number;
  /** How the file is brought back; found out when it was protected, `append` while that is not known. */
  restoreWay?: RestoreWay | null;
  /** PostgreSQL only: commits wait until they were received. */
  zeroLoss?: boolean;
};

/** Long work: how it is cancelled and how it tells where it stands. Throws `signal.reason` once cancelled. */
export type Run = {
  signal: AbortSignal;
  /**
   * Takes the step from which on the work is not cancelled any more: to be awaited before the first thing that cannot be taken back, as
   * late as can be. What it throws ends the work, with nothing written: somebody cancelled before, or nobody can tell. Left out: the
   * signal alone decides.
   */
  goAhead?(): Promise<void>;
  progress(stage: string, done: number, total: number): void;
  /** Tells people something of the work, one line of its log. */
  note?(text: string): void;
  checks?: RunChecks;
};

/** What is checked of a state that is restored, beside what always is, and who is told. */
export type RunChecks = {
  /** Also every table and index, which takes long; only where the engine has a way to. */
  indexes: boolean;
  /** Has a check that ended written down; nothing goes on before it is. */
  ended(check: RestoreCheck): Promise<void>;
};

/** What goes on around a restore in place. */
export type RestoreAround = {
  /**
   * For how long, in all, others' writes are held: from before the last pages are computed, through the swap, until the run is
   * aborted (which from there on means: let them go) or this is over. Null: only for as long as the swap takes. Nothing that was
   * acknowledged since they are held is taken back. Refused where the file has to be copied back.
   */
  holdWritesMs: number | null;
  /** Called once, when all is prepared and nothing has happened yet; what it throws ends the restore. */
  before(): Promise<void>;
  /** Called when the moment was reached and checked, while writes are still held. Never throws. */
  after(restored: Restored): Promise<void>;
};

/** One bar of the timeline: commits and changed pages with a time in [fromMs, toMs). */
export type DensityBucket = { fromMs: number; toMs: number; commits: number; pages: number };

/** `txid` counts as `CaptureStatus.last` does; `nextMs` is null where there is no later commit, or it is older than the window. */
export type FollowedState = { txid: number; nextMs: number | null };

/** What is known of a backup's image before it is fetched: it holds the state of a bookmark, perhaps one of long ago. */
export type ImageFacts = {
  backupId: string;
  bookmark: Bookmark;
  /** Unix milliseconds. */
  timeMs: number;
  /** Of the image's bytes, in hex. */
  sha256: string;
  pageSizeBytes: number;
  pageCount: number;
};
/** The same as a file that was fetched, and is what these facts say. It stays until the restore has ended. */
export type StoredImage = ImageFacts & { file: string };
/** The same before it was fetched, which may take long and is done when the image is needed. */
export type ImageSource = Pick<ImageFacts, "bookmark" | "timeMs"> & { fetch(): Promise<StoredImage> };
export type ImageCopyOrder = { image: StoredImage; target: ProtectedDatabase; restoreId: string };
/** Where an image is to be restored to, and the last restore of what is there; null where nothing is, or none was. */
export type ImageTarget = {
  kind: "project" | "preview" | "new_preview" | "new_database";
  lastRestoreId: string | null;
};

/** The pages of one state of a database, numbered from 1, in any order. Nobody may change what `read` gives. */
export interface PageSource {
  /** Bytes. */
  readonly pageSize: number;
  readonly pageCount: number;
  /** Throws `history_damaged` where the page cannot be had whole. */
  read(page: number): Uint8Array;
  close(): void;
}

export type QueryPart = { sql: string; params?: readonly SqlValue[] };
export type QueryStatement = QueryPart & {
  /** Refuses, as `forbidden`, what would change the database. */
  readOnly?: boolean;
  /** Further parts of the same transaction, each with values of its own. */
  more?: readonly QueryPart[];
  /** Rows as lists of values beside the names of their columns, of which two may be the same. */
  asLists?: boolean;
  /** The longest text, blob or row, bytes. */
  valueLimitBytes?: number;
};
/** 64-bit integers beyond 2^53 are bigint; blobs are Uint8Array. */
export type SqlValue = null | number | bigint | string | Uint8Array;
export type QueryResult = {
  /** Empty where the rows are in `lists`. */
  results: Record<string, SqlValue>[];
  lists?: { columns: string[]; rows: SqlValue[][] };
  success: true;
  meta: {
    durationMs: number;
    changes: number;
    lastRowId: number | bigint;
    changedDb: boolean;
    rowsRead: number;
    rowsWritten: number;
    sizeAfterBytes: number;
  };
};
/** `writes`: how many of the statements were there to change something. */
export type ScriptAnswer = { statements: number; writes: number; meta: QueryResult["meta"]; bookmark: Bookmark };
export type QueryAnswer = { results: QueryResult[]; bookmark: Bookmark };

/** Rows of the past for the present. */
export interface RowsOfThePast {
  /** What giving rows back, or undoing that, would do. Changes nothing. */
  plan(db: ProtectedDatabase, order: RowsOrder, run: Run): Promise<GiveBackPlan>;
  /** A plan that was made for the same order not long ago; null when it is gone. */
  kept(db: ProtectedDatabase, order: RowsOrder, digest: string): GiveBackPlan | null;
  /** Carries a plan out as one commit; repeating it under its `restoreId` is harmless. */
  run(db: ProtectedDatabase, restoreId: string, rows: RowsRun, run: Run): Promise<GivenBack>;
}

/** One kind of database: its history, its moments, its restores. Errors are `LastgoodError`s. */
export interface Engine {
  readonly rows: RowsOfThePast;
  /** Whether and how far each database is captured right now. */
  status(db: ProtectedDatabase): Promise<CaptureStatus>;
  window(db: ProtectedDatabase): Promise<RecoveryWindow>;
  /** The newest commit at or before a time, or a bookmark's own commit. The same time resolves the same for ever. */
  resolve(db: ProtectedDatabase, at: Moment): Promise<ResolvedMoment>;
  /** The newest commit, after everything acknowledged so far was captured. */
  current(db: ProtectedDatabase): Promise<ResolvedMoment>;
  /** Commits around a moment, oldest first: at most `before` of them up to and with it, at most `after` later ones. */
  commits(db: ProtectedDatabase, around: { timeMs: number; before: number; after: number }): Promise<CommitSummary[]>;
  /** The number of a state's commit, and when the one after it was made; null: this history has never had that state. */
  follow(db: ProtectedDatabase, state: Bookmark): Promise<FollowedState | null>;
  density(db: ProtectedDatabase, range: { fromMs: number; toMs: number; buckets: number }): Promise<DensityBucket[]>;
  /** The commits of [fromMs, toMs) that stand out, at most `limit`, the largest: as far as they are known by now. */
  marks(db: ProtectedDatabase, range: { fromMs: number; toMs: number; limit: number }): Promise<CommitMarks>;
  /** Cheap: what a restore would do. Changes nothing. */
  plan(db: ProtectedDatabase, to: Bookmark, lastRestoreId: string | null): Promise<RestorePlan>;
  /**
   * Brings the live file to `to` as one commit, without any other process having to reopen it. `restoreId` makes a
   * repeat after a crash harmless: it finds out whether the first try took effect and completes or starts anew.
   */
  restore(db: ProtectedDatabase, restoreId: string, to: Bookmark, run: Run, around?: RestoreAround): Promise<Restored>;
  readonly copies: EngineCopies;
  readonly documents: EngineDocuments;
  readonly diffs: EngineDiffs;
  readonly images: EngineImages;
  readonly drills: EngineDrills;
  readonly stored: EngineStored;
  /** Drops what is older than the window; never what the window still needs. */
  prune(db: ProtectedDatabase, keepFromMs: number, run: Run): Promise<{ removedBytes: number }>;
  /** Runs statements on a hosted database as one transaction; the bookmark is durable in the history when it answers. */
  query(db: ProtectedDatabase, statement: QueryStatement): Promise<QueryAnswer>;
  /**
   * Runs a file of statements on a hosted database as one transaction, in a longer time than a query has: all of it took place,
   * or nothing. Throws as `query` does, and `not_supported` where the engine's own programs read such files.
   */
  runScript(db: ProtectedDatabase, file: string): Promise<ScriptAnswer>;
  /**
   * Runs statements on the database as it was at a moment, which need not be restored for that; the bookmark is that of the
   * moment's commit. Only reads: `sql_denied` for anything else. Limited in time, rows and bytes (`query_timeout`,
   * `payload_too_large`). Throws the signal's reason once aborted.
   */
  view(db: ProtectedDatabase, at: Moment, statement: QueryStatement, signal?: AbortSignal): Promise<QueryAnswer>;
}

/** `after`: the key of the last row before these. At most `limit` rows; fewer do not mean that there are no more. */
export type DiffRowsQuestion = {
  from: Bookmark;
  to: Bookmark;
  table: string;
  kinds: readonly DiffKind[];
  after: string | null;
  limit: number;
};

/** What differs between two moments of a database. Neither needs to be the older one. */
export interface EngineDiffs {
  /** Complete, or as far as it has been counted after about two seconds: then ask again. */
  diff(db: ProtectedDatabase, from: Bookmark, to: Bookmark): Promise<DatabaseDiff>;
  diffRows(db: ProtectedDatabase, question: DiffRowsQuestion): Promise<DiffRows>;
}

/** What of a database is written as SQL: its schema, its rows, or both, of the tables named; none named: of all. */
export type SqlTextOptions = { schema: boolean; data: boolean; tables: readonly string[] };

/** States of one database in another: a preview, a lasting copy, a cutover. */
export interface EngineCopies {
  /** Like `plan`, for a restore into a database of its own, which is still to be made. */
  planCopy(db: ProtectedDatabase, to: Bookmark, kind: "new_preview" | "new_database"): Promise<RestorePlan>;
  /** The same for giving `db` a state of another database; its own commits count since `since`. */
  planTakeOver(
    db: ProtectedDatabase,
    source: ProtectedDatabase,
    to: Bookmark,
    facts: { kind: "preview" | "cutover"; since: Bookmark | null; lastRestoreId: string | null },
  ): Promise<RestorePlan>;
  /** Writes a state to a new file of the caller's, each page checked, and answers what it is. */
  writeOut(
    db: ProtectedDatabase,
    at: Bookmark,
    file: string,
    run: Run,
  ): Promise<{ bookmark: Bookmark; timeMs: number; sizeBytes: number }>;
  /** The same as statements that make it again, where the engine has such a form: `not_supported` where not. */
  writeSqlText(
    db: ProtectedDatabase,
    at: Bookmark,
    file: string,
    options: SqlTextOptions,
    run: Run,
  ): Promise<{ bookmark: Bookmark; timeMs: number; sizeBytes: number }>;
  /** Makes `target`, a hosted database without a file, from a state of `source`, and has it captured. Harmless to repeat. */
  copy(
    request: { source: ProtectedDatabase; to: Bookmark; target: ProtectedDatabase; restoreId: string },
    run: Run,
  ): Promise<Copied>;
  /** Like `restore`, but to a state of another database with the same page size. */
  takeOver(
    db: ProtectedDatabase,
    restoreId: string,
    from: { source: ProtectedDatabase; to: Bookmark },
    run: Run,
    around?: RestoreAround,
  ): Promise<Restored>;
}

/** A whole state: what it is, and its bytes. They are whole only when the last one was given; throws as `Engine` does. */
export type ImageStream = {
  /** Names what the bytes are. */
  format: string;
  bookmark: Bookmark;
  /** Unix milliseconds of its commit. */
  timeMs: number;
  sizeBytes: number;
  body: AsyncIterable<Uint8Array>;
};

/** Whole states as bytes: what a physical backup stores, and a restore from one takes. */
export interface EngineImages {
  /** The whole state of a moment as a stream, each page checked; nothing is written anywhere. */
  read(db: ProtectedDatabase, at: Bookmark, run: Run): Promise<ImageStream>;
  /**
   * What an image is, by its beginning and its length. Throws `storage_damaged` where that cannot be a whole one.
   * @param head its first kilobyte, or all of it where it is shorter
   */
  describe(format: string, head: Uint8Array, sizeBytes: number): { pageSizeBytes: number; pageCount: number };
  /** Whether the bytes of a file that nobody has open are a whole image of that format. Throws `storage_damaged`. */
  check(format: string, file: string): Promise<{ pageSizeBytes: number; pageCount: number }>;
  /**
   * Like `plan`, for a backup: it says what is known without fetching it. `db` is what is written; where that is still to be
   * made, the database that the backup is of. Throws `conflict` where the image does not fit.
   */
  planImage(db: ProtectedDatabase, image: ImageFacts, target: ImageTarget): Promise<RestorePlan>;
  /** Like `EngineCopies.copy`, from an image. */
  copyImage(order: ImageCopyOrder, run: Run): Promise<Copied>;
  /**
   * Like `EngineCopies.takeOver`, from an image. What an earlier try has done is settled before it is fetched; throws as `fetch` does, or
   * `restore_failed` of an unknown outcome where only the image could have told.
   */
  takeOverImage(
    db: ProtectedDatabase,
    restoreId: string,
    image: ImageSource,
    run: Run,
    around?: RestoreAround,
  ): Promise<Restored>;
}
