import type { Action, Role } from "../domain/actions.ts";
import type { AuditAnchor } from "../domain/audit-chain.ts";
import type { CaptureStatus } from "../domain/capture.ts";
import type { CommitMarks } from "../domain/commit-mark.ts";
import type { ErrorDetails } from "../domain/errors.ts";
import type { GiveBackSummary } from "../domain/give-back.ts";
import type { AroundOffer } from "../domain/hooks.ts";
import type { ResolvedMoment } from "../domain/moment.ts";
import type { CommitSummary, RecoveryWindow } from "../domain/recovery-window.ts";
import type { RestorePlan, RestoreStatus, RestoreTargetKind } from "../domain/restore.ts";
import type { RestoreCheck } from "../domain/restore-check.ts";
import type { RestoreStage } from "../domain/restore-stages.ts";

/** What our own REST routes answer. Times are Unix milliseconds. */
export type ProblemDetails = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
} & ErrorDetails;

/** GET /api/namespaces/:ns */
export type NamespaceView = { id: string; slug: string; name: string; role: Role };

export type DatabaseOrigin = "hosted" | "attached";
/**
 * `preparing` until the first image is complete, `restoring` while callers are turned away. `deleted` while it can be brought
 * back, `purging` while its history is being removed, `purged` when nothing is left of it.
 */
export type DatabaseState = "preparing" | "active" | "restoring" | "failed" | "deleted" | "purging" | "purged";

/** One row of GET /api/namespaces/:ns/databases → {databases: DatabaseView[]}; alone from GET …/databases/:db. */
export type DatabaseView = {
  id: string;
  name: string;
  namespace: string;
  engine: "sqlite" | "postgres";
  origin: DatabaseOrigin;
  kind: "project" | "preview";
  region: string;
  /** Absolute path; null for those who may not change the database. */
  path: string | null;
  windowDays: number;
  /** A shorter window that was asked for: it drops history, so it counts only from then on, and can be taken back till then. */
  nextWindow: { days: number; atMs: number } | null;
  state: DatabaseState;
  /** Why it could not be protected, while `failed`. */
  problem: string | null;
  createdAtMs: number;
  /** False for a member whose write right to this database was withdrawn. */
  mayWrite: boolean;
  /** Null when the agent does not answer; the page then says so. */
  capture: CaptureStatus | null;
  lastRestoreId: string | null;
  /** PostgreSQL only: whether commits are to wait until they were received; what is so now says `capture`. */
  zeroLoss: boolean;
  /** PostgreSQL only: its major version; null while it is not known. */
  serverVersion: number | null;
  /** Of a preview: its project, the end of its life, and the project's moment that it was made from. Null for a project. */
  preview: {
    parentId: string;
    parentName: string | null;
    parentOrigin: DatabaseOrigin | null;
    expiresAtMs: number | null;
    sourceTimeMs: number | null;
  } | null;
};

/** GET …/:db; `?connectionString=false` leaves the string out, and nobody has read it then. */
export type DatabaseDetail = DatabaseView & {
  /** How applications connect to a hosted cluster; null for what nobody connects to, and for those who may not read it. */
  connectionString: string | null;
};

/** GET …/:db/window */
export type WindowView = RecoveryWindow;
/** GET …/:db/density?from=&to=&buckets= */
export type DensityView = { buckets: { fromMs: number; toMs: number; commits: number; pages: number }[] };
/** GET …/:db/marks?from=&to=&limit= */
export type MarksView = CommitMarks;
/** GET …/:db/commits?at=&before=&after= */
export type CommitsView = { commits: CommitSummary[] };
/** GET …/:db/bookmark?timestamp= (Unix ms or RFC 3339; without it: now), also ?bookmark= */
export type BookmarkView = ResolvedMoment;

/** GET …/:db/snapshots → {snapshots: SnapshotView[]}, newest first; POST answers one with 201. */
export type SnapshotView = {
  id: string;
  label: string;
  kind: "pitr" | "backup";
  bookmark: string | null;
  /** Of kind `backup`: the backup that it is pinned to. */
  backupKey: string | null;
  /** The moment it is pinned to. */
  timeMs: number | null;
  createdAtMs: number;
  createdBy: string | null;
  /** False once the moment left the window, or the backup is gone. */
  recoverable: boolean;
};

/** POST …/:db/plan {snapshotId} | {bookmark} | {timestamp} | {backupKey} */
/** `around`: null where it is not in place, so that nothing needs to go on around it. */
export type PlanView = { plan: RestorePlan; askedMs: number | null; around: AroundOffer | null };

/** GET …/:db/restores → {restores: RestoreView[]}, newest first; GET …/:db/restores/:id alone. */
export type RestoreView = {
  id: string;
  databaseId: string;
  databaseName: string;
  engine: DatabaseView["engine"];
  origin: DatabaseOrigin;
  target: RestoreTargetKind;
  /** What was made or overwritten where that is not the database itself; its id is null once it is deleted. */
  copy: { id: string | null; name: string } | null;
  /** Whose state a cutover took. */
  preview: { id: string | null; name: string } | null;
  ttlHours: number | null;
  source: "bookmark" | "timestamp" | "snapshot" | "undo" | "preview" | "backup" | "second_copy";
  /** The second copy that it was brought back from. Until its history is there, the moment may have no bookmark: an empty one. */
  secondCopy: string | null;
  /** The backup that its state came from, also by way of a label; its key is null once nothing is left of it. */
  backup: { id: string; key: string | null; kind: "physical" | "portable"; label: string | null } | null;
  /** The key of the backup that was made of what a document replaced. */
  preRestoreKey: string | null;
  status: RestoreStatus;
  askedMs: number | null;
  to: { bookmark: string; timeMs: number };
  previous: { bookmark: string; timeMs: number } | null;
  reached: { bookmark: string; timeMs: number } | null;
  restoreBookmark: string | null;
  undoOf: string | null;
  /** The restore that undid this one, if any. */
  undoneBy: string | null;
  reason: string | null;
  requestedBy: string | null;
  /** The request that others approved, where one was needed. */
  approval: { id: string; approvedBy: string[] } | null;
  /** Seconds for which writes of an attached database are held around it; null: not at all. */
  fenceSeconds: number | null;
  /** Whether the operator's hooks run before and after it. */
  runHooks: boolean;
  /** Whether every table and index of a cluster was to be looked through as well. */
  amcheck: boolean;
  /** What was checked of the restored state so far, in that order. */
  checks: RestoreCheck[];
  stage: RestoreStage | null;
  progress: { done: number; total: number } | null;
  cancellable: boolean;
  /** Milliseconds spent in each stage so far. */
  timings: Partial<Record<RestoreStage, number>>;
  /** What hooks and fence had to say, oldest first; only where there are any. */
  lines: { seq: number; timeMs: number; text: string }[];
  pages: number | null;
  /** What was written, of a completed give-back of rows. */
  rows: GiveBackSummary | null;
  error: { code: string; message: string; hint: string | null } | null;
  createdAtMs: number;
  startedAtMs: number | null;
  finishedAtMs: number | null;
};

/** POST …/:db/restore, when it waited for the end. */
export type RestoreAnswer = {
  restoreId: string;
  status: RestoreStatus;
  bookmark: string;
  previousBookmark: string | null;
};

/** POST /api/namespaces/:ns/databases */
export type CreateDatabaseBody = {
  name: string;
  engine: "sqlite" | "postgres";
  attach?: { path: string };
  /** A PostgreSQL server of somebody else's. */
  connect?: { connectionString: string };
  uploadId?: string;
  sample?: boolean;
  windowDays?: number;
  region?: string;
};

/** GET /api/health: 200 when `ready`, else 503 with the same body. */
export type HealthView = {
  ready: boolean;
  parts: Record<"console" | "agent" | "keeper" | "spare" | "reader" | "receiver", "ready" | "starting" | "down">;
};

/** POST /api/namespaces/:ns/preflight {path}: what was found on a file before it is attached. */
export type PreflightView = {
  path: string;
  ok: boolean;
  refusals: { code: string; cause: string; remedy: string }[];
  warnings: { code: string; cause: string; remedy: string }[];
  sizeBytes: number | null;
  pageSizeBytes: number | null;
  journalMode: string | null;
  tables: number | null;
};

/** PUT /api/namespaces/:ns/uploads with the file's bytes as body; `uploadId` then goes into CreateDatabaseBody. */
export type UploadView = { uploadId: string; sizeBytes: number; sha256: string };

/** The job that makes a database usable, as POST …/databases answers it beside the database. */
export type JobView = {
  id: string;
  kind: string;
  databaseId: string | null;
  status: "queued" | "running" | "completed" | "failed" | "cancelled";
  stage: string | null;
  progress: { done: number; total: number } | null;
  error: { code: string; message: string; hint: string | null } | null;
  lines: { timeMs: number; text: string }[];
  createdAtMs: number;
  startedAtMs: number | null;
  finishedAtMs: number | null;
};

/** One of a restore's four sources, as the routes and server actions take it. A number is Unix ms, a string RFC 3339. */
export type RestoreSourceBody =
  | { snapshotId: string }
  | { bookmark: string }
  | { timestamp: number | string }
  | { backupKey: string };

/** What a server action answers: never throws at the browser. */
export type ActionResult<T> =
  | { ok: true; value: T }
  | { ok: false; error: { code: string; message: string; details: ErrorDetails; requestId: string } };

/** One row of GET /api/namespaces/:ns/tokens → {tokens: TokenView[]}, newest first. */
export type TokenView = {
  id: string;
  name: string;
  /** Its first characters, to tell it from others. */
  prefix: string;
  owner: { userId: string; email: string; role: Role | null };
  /** As they were given. */
  actions: "all" | Action[];
  /** Those that count now: never more than its owner may. */
  actionsNow: Action[];
  /** A database that was purged has no name any more. */
  databases: "all" | { id: string; name: string | null }[];
  /** Calls a minute; null: no limit. */
  ratePerMinute: number | null;
  createdAtMs: number;
  expiresAtMs: number | null;
  /** To the minute. */
  lastUsedMs: number | null;
  lastAddress: string | null;
  revokedAtMs: number | null;
  revokedBy: string | null;
  /** `ownerless`: whoever made it is no member any more, so it opens nothing. */
  state: "active" | "expired" | "revoked" | "ownerless";
  mayRevoke: boolean;
};

/** POST …/tokens {name, preset | actions, databases, expiresInHours, ratePerMinute?}: the only answer that has the token. */
export type CreatedTokenView = TokenView & { token: string };

/** One row of GET …/deleted → {databases: DeletedDatabaseView[]}, the latest first. */
export type DeletedDatabaseView = {
  id: string;
  name: string;
  origin: DatabaseOrigin;
  createdAtMs: number;
  deletedAtMs: number;
  deletedBy: string | null;
  /** From then on it cannot be brought back. */
  purgeAfterMs: number;
  /** `purging`: it is too late, its history is being removed. */
  state: "kept" | "purging";
  /** Another database has its name by now. */
  isNameTaken: boolean;
};

/** A namespace that its owner can bring back. */
export type DeletedNamespaceView = {
  id: string;
  slug: string;
  name: string;
  deletedAtMs: number;
  deletedBy: string | null;
  purgeAfterMs: number;
  databases: number;
};
/** One row of GET …/audit?before=&limit=&actor=&action=&outcome=&database=&from=&to= */
export type AuditEntryView = {
  /** Decimal: numbers beyond 2^53 must survive JSON. */
  seq: string;
  id: string;
  timeMs: number;
  actor: { kind: string; id: string | null; name: string | null };
  action: string;
  outcome: string;
  target: { kind: string; id: string } | null;
  /** The database it is about; its name is null once nobody knows it any more. */
  database: { id: string; name: string | null } | null;
  address: string | null;
  requestId: string;
  detail: Record<string, unknown>;
  hash: string;
};
/** What GET …/audit takes; times as `from` and `to`. */
export type AuditQuery = {
  actor?: string;
  action?: string;
  outcome?: string;
  database?: string;
  from?: string;
  to?: string;
  before?: string;
  limit?: string;
};
/** `next` is what `before` takes for the page after this one; null at the end. */
export type AuditPageView = { entries: AuditEntryView[]; next: string | null };
/** GET …/audit/status: the newest entries, proven; `lastgood audit verify` proves all. */
export type AuditStatusView = {
  ok: boolean;
  checked: { from: string; to: string; toMs: number | null };
  finding: { seq: string; message: string } | null;
  anchor: { seq: string; timeMs: number } | null;
};
/** GET …/audit/anchor, for `lastgood audit verify --anchors`. */
export type AuditAnchorView = AuditAnchor;
