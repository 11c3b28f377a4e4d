import { z } from "zod";
import type { Bookmark } from "../domain/bookmark.ts";
import type { CaptureStatus } from "../domain/capture.ts";
import { clusterConnectionSchema } from "../domain/cluster-connection.ts";
import type { CommitMarks } from "../domain/commit-mark.ts";
import { type DatabaseDiff, DIFF_KINDS, type DiffRows } from "../domain/diff.ts";
import type { WireError } from "../domain/errors.ts";
import type { LiveFacts } from "../domain/exposure.ts";
import { GIVE_BACK_KINDS, type GiveBackPlan } from "../domain/give-back.ts";
import type { HooksFound } from "../domain/hooks.ts";
import type { ResolvedMoment } from "../domain/moment.ts";
import type { Preflight } from "../domain/preflight.ts";
import type { CommitSummary, RecoveryWindow } from "../domain/recovery-window.ts";
import type { RestorePlan } from "../domain/restore.ts";
import type { BucketCopies } from "../domain/second-copy.ts";
import type { DensityBucket } from "../engines/engine.ts";
import type { ErasureStart } from "../engines/engine-room.ts";

/**
 * Which questions an agent understands, and which answers a console does. It grows by one with every change after which an older end
 * would take the newer one wrongly; new questions and new optional fields are no such change.
 */
export const AGENT_PROTOCOL = 1;

/**
 * The questions a console may ask its agent: `POST /rpc/<method>` with a JSON body over the agent's private Unix socket,
 * answered `{ok: true, result}` or `{ok: false, error: WireError}`. Commands that change something are jobs in the
 * metadata; `wake` only says that one is waiting.
 */
const moment = z.union([z.object({ bookmark: z.string() }), z.object({ timestampMs: z.number().int() })]);
const databaseId = z.uuid();
const waitMs = z.number().int().min(0).max(1_800_000);
const rowsOrder = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("give-back"),
    from: z.string(),
    selection: z.object({
      tables: z.array(
        z.object({
          name: z.string(),
          keys: z.array(z.string()).optional(),
          kinds: z.array(z.enum(GIVE_BACK_KINDS)).optional(),
        }),
      ),
      include: z.array(z.literal("parents")),
    }),
  }),
  z.object({ kind: z.literal("undo"), previous: z.string(), reached: z.string(), tables: z.array(z.string()) }),
]);

export const agentMethods = {
  health: z.object({}),
  /** Where this agent keeps hosted databases, for consoles of another data directory. */
  place: z.object({}),
  /** Something that its engine goes by was changed of a database. */
  register: z.object({ databaseId }),
  /** Gives the role that applications use another password. */
  setPassword: z.object({ databaseId, connection: clusterConnectionSchema }),
  wake: z.object({}),
  /** What monitoring wants to know of all that this agent owns. */
  vitals: z.object({}),
  /** Whether new backups are sealed with a key of the operator. */
  sealing: z.object({}),
  /** What the bucket of second copies holds, of one database or of all. */
  listCopies: z.object({ databaseId: z.string().max(128).nullable() }),
  /** Writes, reads and removes a small object in a bucket. */
  tryStore: z.object({
    endpoint: z.string(),
    region: z.string(),
    bucket: z.string(),
    prefix: z.string(),
    pathStyle: z.boolean(),
    accessKeyId: z.string(),
    secretAccessKey: z.string(),
  }),
  preflight: z.object({ path: z.string().max(4096) }),
  /** How each of these stands, and what was committed after states that copies elsewhere hold. */
  exposure: z.object({
    databases: z.array(z.object({ databaseId, bookmarks: z.array(z.string().max(64)).max(10) })).max(2000),
  }),
  status: z.object({ databaseIds: z.array(databaseId).max(1000) }),
  window: z.object({ databaseId }),
  resolve: z.object({ databaseId, at: moment }),
  current: z.object({ databaseId }),
  /** What its history would begin with if everything before a time were erased. */
  planErasure: z.object({ databaseId, beforeMs: z.number() }),
  commits: z.object({
    databaseId,
    timeMs: z.number(),
    before: z.number().int().min(0).max(500),
    after: z.number().int().min(0).max(500),
  }),
  density: z.object({
    databaseId,
    fromMs: z.number(),
    toMs: z.number(),
    buckets: z.number().int().min(1).max(2000),
  }),
  marks: z.object({ databaseId, fromMs: z.number(), toMs: z.number(), limit: z.number().int().min(1).max(500) }),
  diff: z.object({ databaseId, from: z.string(), to: z.string() }),
  diffRows: z.object({
    databaseId,
    from: z.string(),
    to: z.string(),
    table: z.string().max(1000),
    kinds: z.array(z.enum(DIFF_KINDS)),
    after: z.string().nullable(),
    limit: z.number().int().min(1).max(500),
  }),
  /** True once the restore has ended, false when it has not that much later; what became of it stands in the metadata. */
  restoreEnded: z.object({ restoreId: z.uuid(), timeoutMs: z.number().int().min(0).max(30_000) }),
  plan: z.object({ databaseId, to: z.string(), lastRestoreId: z.string().nullable() }),
  /** What giving rows back would do; a plan that was made already is found by its digest. */
  planRows: z.object({ databaseId, order: rowsOrder, digest: z.string().max(64).optional() }),
  /** Which programs the operator has put there for restores of a database. */
  hooks: z.object({ databaseId }),
  planCopy: z.object({ databaseId, to: z.string(), kind: z.enum(["new_preview", "new_database"]) }),
  /** What giving a database a state of `sourceId` would do; `since`: the bookmark from which its own commits count. */
  planTakeOver: z.object({
    databaseId,
    sourceId: databaseId,
    to: z.string(),
    kind: z.enum(["preview", "cutover"]),
    since: z.string().nullable(),
    lastRestoreId: z.string().nullable(),
  }),
  /** What a restore from a backup would do; `databaseId` is what is written, or where that is still to be made what it is of. */
  planBackup: z.object({
    databaseId,
    backupId: z.uuid(),
    sha256: z.string().max(64),
    kind: z.enum(["project", "preview", "new_preview", "new_database"]),
    lastRestoreId: z.string().nullable(),
  }),
  /** Writes a state out as a file to download; `GET /downloads/<id>` then streams it, whole or in parts. */
  prepareDownload: z.object({ databaseId, at: z.string() }),
  /** The same as SQL; it is waited for that long, and made once however often it is asked for. */
  prepareSqlText: z.object({
    databaseId,
    at: z.string(),
    options: z.object({ schema: z.boolean(), data: z.boolean(), tables: z.array(z.string().max(1000)).max(1000) }),
    waitMs,
  }),
  /** Runs an uploaded file of SQL, which must have that MD5, as one transaction. Beginning it twice begins it once. */
  runScript: z.object({ databaseId, uploadId: z.uuid(), md5: z.string().max(32), waitMs }),
  /** How the newest such run stands that began at a bookmark. */
  scriptRun: z.object({ databaseId, atBookmark: z.string(), waitMs }),
  query: z.object({
    databaseId,
    sql: z.string(),
    params: z.array(z.unknown()).optional(),
    /** Refuses, as `forbidden`, what would change the database. */
    readOnly: z.boolean().optional(),
    more: z.array(z.object({ sql: z.string(), params: z.array(z.unknown()).optional() })).optional(),
    asLists: z.boolean().optional(),
    valueLimitBytes: z.number().int().min(1).optional(),
    /** Lastgood itself asks: it is none of somebody's queries. */
    isUncounted: z.boolean().optional(),
    /** Results then name it. */
    servedBy: z.object({ name: z.string(), region: z.string() }).optional(),
  }),
  /** What was asked of a hosted database in [fromMs, toMs), by whole hours. */
  queryCounts: z.object({ databaseId, fromMs: z.number(), toMs: z.number() }),
  /** Read-only SQL on the database as it was at a moment; ended when the call is. */
  view: z.object({ databaseId, at: moment, sql: z.string(), params: z.array(z.unknown()).optional() }),
} as const;

export type AgentMethod = keyof typeof agentMethods;
export type AgentParams<M extends AgentMethod> = z.infer<(typeof agentMethods)[M]>;

export type AgentHealth = {
  agent: "ready";
  keeper: "ready" | "starting" | "down";
  spare: "ready" | "starting" | "down";
  reader: "ready" | "starting" | "down";
  receiver: "ready" | "starting" | "down";
};

/** Of a recovery window: its oldest moment, and how many stretches of it cannot be brought back. */
export type WindowVitals = { oldestMs: number | null; gaps: number; damaged: number };

/** `window` is null where it is not known; `disk` is the one of the data directory. */
export type AgentVitals = {
  databases: { status: CaptureStatus; window: WindowVitals | null }[];
  disk: { freeBytes: number; sizeBytes: number };
};

export type { Preflight };

/** How many statements ran on a hosted database, and what they read and wrote. */
export type QueryCounts = { readQueries: number; writeQueries: number; rowsRead: number; rowsWritten: number };

/** `resultsJson` is the finished JSON text of `[{results, success, meta}]`: exact 64-bit integers would not survive a parse. */
export type QueryReply = { resultsJson: string; bookmark: Bookmark };

export type AgentResults = {
  health: AgentHealth;
  place: { hosted: string; clusters: string };
  register: null;
  setPassword: null;
  wake: null;
  vitals: AgentVitals;
  /** `problem`: why backups are to be sealed and cannot be. */
  sealing: { isOn: boolean; problem: string | null };
  listCopies: BucketCopies;
  tryStore: null;
  preflight: Preflight;
  /** Those that this agent owns and whose status it knows. */
  exposure: (LiveFacts & { databaseId: string })[];
  status: CaptureStatus[];
  window: RecoveryWindow;
  resolve: ResolvedMoment;
  current: ResolvedMoment;
  planErasure: ErasureStart;
  commits: CommitSummary[];
  density: DensityBucket[];
  marks: CommitMarks;
  diff: DatabaseDiff;
  diffRows: DiffRows;
  restoreEnded: boolean;
  plan: RestorePlan;
  planRows: GiveBackPlan;
  hooks: HooksFound;
  planCopy: RestorePlan;
  planTakeOver: RestorePlan;
  planBackup: RestorePlan;
  prepareDownload: DownloadReply;
  /** Null while it is being written. */
  prepareSqlText: DownloadReply | null;
  runScript: ScriptRunReply;
  scriptRun: ScriptRunReply;
  query: QueryReply;
  queryCounts: QueryCounts;
  view: QueryReply;
};

export type ScriptReport = {
  statements: number;
  durationMs: number;
  rowsRead: number;
  rowsWritten: number;
  sizeAfterBytes: number;
  bookmark: Bookmark;
};
/** `ended` is null while it runs. */
export type ScriptRunReply = {
  atBookmark: string;
  ended: null | ({ ok: true } & ScriptReport) | { ok: false; error: WireError };
};

/** `downloadId` is good for as long as somebody reads from it, and a while longer. */
export type DownloadReply = { downloadId: string; sizeBytes: number; bookmark: Bookmark; timeMs: number };

/** Uploads stream to `PUT /uploads/<uuid>`; the answer names size and SHA-256. The agent keeps the bytes. */
export type UploadReply = { uploadId: string; sizeBytes: number; sha256: string };
