import type { Bookmark } from "./bookmark.ts";
import type { ClusterConnection } from "./cluster-connection.ts";
import type { RestoreStage } from "./restore-stages.ts";

/** What is written: the project itself, whole or only chosen rows of it, or a copy; `cutover` makes a preview's state the project's. */
export type RestoreTargetKind = "project" | "preview" | "new_preview" | "new_database" | "rows" | "cutover";
/**
 * How a live database is brought back. SQLite: as one commit of its log, or copied over through SQLite's own way. PostgreSQL:
 * `swap` exchanges the data directory for one that was made beside it, `transfer` replaces the contents in one transaction.
 */
export type RestoreWay = "append" | "backup" | "swap" | "transfer";
export type RestoreStatus = "queued" | "running" | "completed" | "failed" | "cancelled";

/** What a restore would do; cheap to make, and what people read before they confirm. */
export type RestorePlan = {
  databaseId: string;
  target: RestoreTargetKind;
  /** The state to go back to. */
  to: { bookmark: Bookmark; timeMs: number };
  /** The state at planning time; a live database moves on. */
  from: { bookmark: Bookmark; timeMs: number };
  /** Commits between `to` and `from`; zero: nothing would change; null: not known, as `to` is older than the window or holds tables alone. */
  commits: number | null;
  /** Upper bound of pages that will be written, and the page size in bytes. */
  pages: number;
  pageSizeBytes: number;
  /** Expected duration of the whole restore, milliseconds. */
  estimateMs: number;
  /** `copy`: into a file of its own, nothing that is there is written. `rows`: tables are replaced in one transaction. */
  way: RestoreWay | "copy" | "rows";
  /** What of the database as it is now does not come along, one sentence each; left out: nothing is known of that. */
  leavesBehind?: string[];
  /** Hex SHA-256 over database, source, target and the target's last restore. */
  digest: string;
};

/** What a finished restore reached. */
export type Restored = {
  reached: { bookmark: Bookmark; timeMs: number };
  /** The commit of the restore itself; null when nothing had to change. */
  restoreBookmark: Bookmark | null;
  /** The state just before: restoring to it is the undo. */
  previous: { bookmark: Bookmark; timeMs: number };
  pages: number;
  /** Milliseconds spent per stage. */
  timings: Partial<Record<RestoreStage, number>>;
};

/** What a restore into a database of its own reached: `copy` is the first bookmark of that one. */
export type Copied = Pick<Restored, "reached" | "pages" | "timings"> & {
  copy: { bookmark: Bookmark; timeMs: number };
  restoreWay: RestoreWay;
  /** Of a server: its major version, and how applications connect to it. */
  serverVersion?: number;
  connection?: ClusterConnection;
};
