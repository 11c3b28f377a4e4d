import path from "node:path";
import type { Logger } from "pino";
import { assert } from "../../domain/assert.ts";
import type { Bookmark } from "../../domain/bookmark.ts";
import type { CaptureStatus } from "../../domain/capture.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Moment, ResolvedMoment } from "../../domain/moment.ts";
import type { Preflight } from "../../domain/preflight.ts";
import type { CommitSummary, RecoveryWindow } from "../../domain/recovery-window.ts";
import type { Restored, RestorePlan } from "../../domain/restore.ts";
import type { RuntimePaths } from "../../runtime-paths.ts";
import type {
  DensityBucket,
  ProtectedDatabase,
  QueryAnswer,
  QueryStatement,
  RestoreAround,
  Run,
  ScriptAnswer,
} from "../engine.ts";
import type { OwnedEngine, ProtectSource } from "../owned-engine.ts";
import { fence } from "./apply/apply-pages.ts";
import { CaptureClient, type CaptureHealth } from "./capture-client.ts";
import { chooseRestoreWay } from "./choose-restore-way.ts";
import { DatabaseCopies, type EngineHands } from "./copies/database-copies.ts";
import { StoredHistories } from "./copies/stored-histories.ts";
import { copySourceOf } from "./copy/list-for-copy.ts";
import { DatabaseDiffs } from "./diff/database-diffs.ts";
import { SqliteDocuments } from "./documents/sqlite-documents.ts";
import { SqliteDrills } from "./drills/sqlite-drills.ts";
import type { EngineContext } from "./engine-context.ts";
import { GiveBacks } from "./give-back/give-backs.ts";
import { densityOf } from "./history/density-of.ts";
import type { History } from "./history/open-history.ts";
import { QueryPool } from "./hosted/query-pool.ts";
import { DatabaseImages } from "./images/database-images.ts";
import { HistoryMarks } from "./marks/history-marks.ts";
import { isFileMissing, makeFileAnew, tellMissingFile } from "./missing-file.ts";
import { OpenHistories } from "./open-histories.ts";
import { preflightFile } from "./preflight/preflight-file.ts";
import { makeDatabaseFile, waitUntilLetGo, waitUntilProtected } from "./protect-database.ts";
import { isPruningDue } from "./prune/plan-pruning.ts";
import { pruneInChild } from "./prune/prune-in-child.ts";
import { RegisteredDatabases } from "./registered-databases.ts";
import { type Removed, removeOnceLetGo } from "./remove-stored.ts";
import { requireHosted } from "./require-hosted.ts";
import { asResolved, policyOf, resolveMoment } from "./resolve-moment.ts";
import { oldestUsable, windowOf } from "./restore/find-moment.ts";
import { followState } from "./restore/follow-state.ts";
import { planRestore } from "./restore/plan-restore.ts";
import { restoreDatabase } from "./restore/restore-database.ts";
import { removeOldRestores } from "./restore/restore-files.ts";
import { type GoalSource, ownGoal } from "./restore/restore-goal.ts";
import { RestoreProcesses } from "./restore/restore-processes.ts";
import { SqliteRoom } from "./sqlite-room.ts";
import { stoppedStatus } from "./stopped-status.ts";
import { SqliteViews } from "./view/sqlite-views.ts";

export type SqliteEngineOptions = { paths: RuntimePaths; attachRoots: readonly string[]; log: Logger };

/** So little is computed when a plan is read, before anybody restores. */
const AHEAD_COMMITS = 20_000;
const AHEAD_BYTES = 64 * 1024 * 1024;

/**
 * SQLite: hosted and attached files, captured by keepers and reader. This process opens histories, never a live database:
 * whatever touches one happens in a short-lived child.
 */
export class SqliteEngine implements OwnedEngine {
  readonly #paths: RuntimePaths;
  readonly #attachRoots: readonly string[];
  readonly #log: Logger;
  readonly #capture: CaptureClient;
  readonly #queries: QueryPool;
  readonly #histories = new OpenHistories();
  readonly #restoring = new Set<string>();
  readonly #processes: RestoreProcesses;
  readonly #registered: RegisteredDatabases;
  readonly #context: EngineContext;
  readonly #marks: HistoryMarks;
  readonly #views: SqliteViews;
  readonly copies: DatabaseCopies;
  readonly diffs: DatabaseDiffs;
  readonly images: DatabaseImages;
  readonly documents: SqliteDocuments;
  readonly drills: SqliteDrills;
  readonly stored: StoredHistories;
  readonly rows: GiveBacks;
  readonly room: SqliteRoom;

  constructor({ paths, attachRoots, log }: SqliteEngineOptions) {
    this.#paths = paths;
    this.#attachRoots = attachRoots;
    this.#log = log;
    this.#capture = new CaptureClient(paths);
    this.#registered = new RegisteredDatabases(
      paths.registry,
      (id) => this.#historyDirectory({ id }),
      () => void this.#capture.nudge(),
      paths.hosted,
    );
    this.#context = {
      paths,
      log,
      capture: this.#capture,
      historyOf: (db) => this.#history(db),
      historyDirectory: (db) => this.#historyDirectory(db),
      find: (db, at) => resolveMoment(db, at, () => this.#history(db), this.#capture),
    };
    this.#marks = new HistoryMarks(this.#context);
    this.room = new SqliteRoom(this.#context, this.#registered, this.#marks, {
      isRead: (id) => this.copies.isRead(id) || this.#restoring.has(id),
      letGo: (id) => this.#letGo(id),
      resolve: (db, at) => this.resolve(db, at),
    });
    this.diffs = new DatabaseDiffs(this.#context);
    const hands: EngineHands = {
      protect: (db, run) => this.protect(db, { kind: "existing" }, run),
      bring: (db, ...how) => this.#bring(db, ...how),
    };
    this.copies = new DatabaseCopies(this.#context, hands);
    this.stored = new StoredHistories(this.copies);
    this.drills = new SqliteDrills(this.#context, this.copies);
    this.images = new DatabaseImages(this.#context, hands, this.copies);
    this.#queries = new QueryPool({
      temporaryDirectory: paths.temporary,
      acknowledgement: {
        requireReady: () => this.room.requireReady(this.#capture),
        flush: (databaseId) => this.#capture.flush(databaseId),
        fence,
      },
    });
    this.rows = new GiveBacks(this.#context, this.#queries);
    this.documents = new SqliteDocuments(this.#context, this.copies, this.#queries);
    removeOldRestores(this.#restoresDirectory, Date.now());
    this.#processes = new RestoreProcesses(this.#restoresDirectory);
    this.#views = new SqliteViews(this.#context);
  }

  async status(db: ProtectedDatabase): Promise<CaptureStatus> {
    const [status, kept] = await Promise.all([
      this.#capture.status(db.id).catch((error: unknown) => stoppedStatus(db.id, error)),
      this.#capture.keeperStatus(db.id),
    ]);
    const paused = this.room.pausedStatus(db.id);
    if (paused) return paused;
    if (!status) return { ...stoppedStatus(db.id, null), state: "starting", problem: null };
    const problem = status.problem ?? kept?.problem ?? null;
    return tellMissingFile(db, { ...status, spare: kept?.spare ?? false, problem });
  }

  async window(db: ProtectedDatabase): Promise<RecoveryWindow> {
    const status = await this.#capture.status(db.id).catch((error: unknown) => this.#unanswered(db, error));
    const history = this.#history(db);
    const capturedThroughMs = status?.capturedThroughMs ?? history.watermarkMs();
    return windowOf(history, { ...policyOf(db), capturedThroughMs });
  }

  async resolve(db: ProtectedDatabase, at: Moment): Promise<ResolvedMoment> {
    const found = await this.#context.find(db, at);
    this.#views.prepare(db, found);
    return asResolved(this.#history(db), found, "bookmark" in at ? null : at.timestampMs);
  }

  readonly view: OwnedEngine["view"] = (db, ...rest) => this.#views.run(db, ...rest);

  async current(db: ProtectedDatabase): Promise<ResolvedMoment> {
    const { txid } = await this.#capture.flush(db.id);
    const history = this.#history(db);
    const commit = history.byTxid(txid);
    assert(commit, "what the reader made durable is in the history");
    return asResolved(history, commit, null);
  }

  async commits(
    db: ProtectedDatabase,
    { timeMs, before, after }: { timeMs: number; before: number; after: number },
  ): Promise<CommitSummary[]> {
    const history = this.#history(db);
    const oldest = oldestUsable(history, policyOf(db));
    const at = Math.max(history.atOrBefore(timeMs)?.txid ?? 0, oldest.txid - 1);
    return Array.from(history.infos(Math.max(oldest.txid, at - before + 1), at + after), (commit) => ({
      bookmark: history.bookmarkOf(commit),
      txid: commit.txid,
      timeMs: commit.timeMs,
      pages: commit.pageCount,
      bytes: commit.bytes,
    }));
  }

  readonly follow: OwnedEngine["follow"] = async (db, state) => followState(this.#history(db), state);

  async density(
    db: ProtectedDatabase,
    { fromMs, toMs, buckets }: { fromMs: number; toMs: number; buckets: number },
  ): Promise<DensityBucket[]> {
    const history = this.#history(db);
    return densityOf(history, oldestUsable(history, policyOf(db)).txid, { fromMs, toMs, buckets });
  }

  readonly marks: OwnedEngine["marks"] = async (db, range) => this.#marks.marks(db, range);

  /** Has what is new in a history read for marks, before anybody asks. Reads nothing else. */
  readonly readAheadMarks: OwnedEngine["readAheadMarks"] = (db) => this.#marks.readAhead(db);

  async plan(db: ProtectedDatabase, to: Bookmark, lastRestoreId: string | null): Promise<RestorePlan> {
    const target = await this.#context.find(db, { bookmark: to });
    this.diffs.prepare(db);
    const plan = planRestore(db, this.#history(db), target, lastRestoreId);
    if (plan.way === "append" && plan.pages > 0) {
      const task = { historyDirectory: this.#historyDirectory(db), toTxid: target.txid };
      const isNear = plan.commits !== null && plan.commits <= AHEAD_COMMITS;
      this.#processes.prepare(
        { ...task, otherDirectory: null, imageFile: null },
        isNear && plan.pages * plan.pageSizeBytes <= AHEAD_BYTES,
      );
    }
    return plan;
  }

  restore(db: ProtectedDatabase, restoreId: string, to: Bookmark, run: Run, around?: RestoreAround): Promise<Restored> {
    const goal: GoalSource = { reached: null, find: () => ownGoal(this.#history(db), to) };
    return this.#bring(db, restoreId, goal, run, around);
  }

  async #bring(
    db: ProtectedDatabase,
    restoreId: string,
    source: GoalSource,
    run: Run,
    around?: RestoreAround,
  ): Promise<Restored> {
    if (this.#restoring.has(db.id)) {
      throw new LastgoodError("restore_conflict", `${db.name} is being restored already.`, {
        hint: "Wait until that restore has ended.",
        retryAfterSeconds: 2,
      });
    }
    this.#restoring.add(db.id);
    const historyOf = () => this.#history(db);
    const isHosted = db.origin === "hosted";
    try {
      if (isFileMissing(db)) await makeFileAnew(db, this, historyOf, run);
      return await restoreDatabase(
        {
          db,
          capture: this.#capture,
          // What other questions share: opened anew when it had to be closed meanwhile.
          get history() {
            return historyOf();
          },
          workRoot: this.#restoresDirectory,
          log: this.#log,
          processes: this.#processes,
          callers: {
            hold: async () => (isHosted ? this.#queries.hold(db) : undefined),
            release: () => (isHosted ? this.#queries.release(db) : undefined),
          },
        },
        restoreId,
        source,
        run,
        around,
      );
    } finally {
      this.#restoring.delete(db.id);
    }
  }

  isPruningDue(db: ProtectedDatabase, keepFromMs: number): boolean {
    return isPruningDue(this.#history(db), keepFromMs);
  }

  async prune(db: ProtectedDatabase, keepFromMs: number, run: Run): Promise<{ removedBytes: number }> {
    // What another database is being made from stays; it is looked at again in a while.
    if (this.copies.isRead(db.id)) return { removedBytes: 0 };
    return pruneInChild({ historyDirectory: this.#historyDirectory(db), keepFromMs }, run);
  }

  async query(db: ProtectedDatabase, statement: QueryStatement): Promise<QueryAnswer> {
    requireHosted(db);
    return this.#queries.run(db, statement);
  }

  async runScript(db: ProtectedDatabase, file: string): Promise<ScriptAnswer> {
    requireHosted(db);
    return this.#queries.runScript(db, file);
  }

  /** Looks at a file before it is attached. Changes nothing. */
  preflight(file: string): Promise<Preflight> {
    const { data, temporary, hosted } = this.#paths;
    return preflightFile(file, {
      attachRoots: this.#attachRoots,
      ownPaths: [data, hosted, temporary],
      registered: this.#registered.all().map((one) => one.path),
      dataDirectory: data,
    });
  }

  /**
   * Takes a database under protection: puts its file into place, has it captured, and returns once every commit is. May be
   * repeated after a crash. Throws `attach_refused` or `not_protected`.
   */
  async protect(db: ProtectedDatabase, source: ProtectSource, run: Run): Promise<{ restoreWay: "append" | "backup" }> {
    assert(source.kind !== "connection", "a file has no connection");
    await makeDatabaseFile(db.path, source, run);
    // The sample is attached, and yet lies in our own folder, where nobody can have put another file.
    const isOurs = path.dirname(db.path) === this.#paths.hosted;
    if (db.origin === "attached" && !isOurs) await this.#requireUnchanged(db);
    this.register(db);
    await waitUntilProtected(db, this.#capture, run);
    const { pageSize } = this.#history(db);
    const { restoreWay, reason } = await chooseRestoreWay(db.path, pageSize, this.#paths.temporary, run);
    if (reason) this.#log.warn({ database: db.id, reason }, "commits cannot be appended here; restores copy instead");
    return { restoreWay };
  }

  readonly copySource: OwnedEngine["copySource"] = (db) =>
    copySourceOf(this.#historyDirectory(db), () => this.#history(db));

  async setPassword(db: ProtectedDatabase): Promise<void> {
    throw new LastgoodError("not_supported", `${db.name} is a file; nobody connects to it with a password.`);
  }

  register(db: ProtectedDatabase): void {
    this.#registered.add(db);
  }

  /** Makes the registry hold exactly these databases; for the agent's start. */
  registerAll(databases: readonly ProtectedDatabase[]): void {
    this.#registered.replaceAll(databases);
  }

  /** Ends the capture of a database; with a run it answers when that has ended. Its file and its history stay. */
  async release(databaseId: string, run: Run | null = null): Promise<void> {
    await this.#letGo(databaseId);
    await this.#queries.drop(databaseId);
    await this.#marks.drop(databaseId);
    this.#registered.remove(databaseId);
    if (run) await waitUntilLetGo(databaseId, this.#capture, run);
  }

  async #letGo(databaseId: string): Promise<void> {
    this.#histories.drop(this.#historyDirectory({ id: databaseId }));
    this.diffs.drop(databaseId);
    await this.#views.drop(databaseId);
  }

  /** Ends its capture and removes its history, and its file where it is hosted. There is no way back. */
  async remove(databaseId: string, run: Run): Promise<Removed> {
    await this.release(databaseId, run);
    return removeOnceLetGo(databaseId, this.#paths, run);
  }

  health(): Promise<CaptureHealth> {
    return this.#capture.health();
  }

  /** Ends query processes and lets go of all files. */
  async close(): Promise<void> {
    this.#processes.end();
    this.diffs.end();
    await this.#queries.close();
    await this.#marks.close();
    await this.#views.close();
    this.#capture.close();
    this.#histories.close();
  }

  /** Between the look that a person was shown and now the file may have been exchanged. */
  async #requireUnchanged(db: ProtectedDatabase): Promise<void> {
    if (this.#registered.all().some(({ id }) => id === db.id)) return;
    const { ok, path: found, refusals } = await this.preflight(db.path);
    if (ok && found === db.path) return;
    throw new LastgoodError("attach_refused", refusals[0]?.cause ?? "The file is not where it was.", {
      hint: refusals[0]?.remedy ?? "Attach it again under its own path.",
      refusals,
    });
  }

  get #restoresDirectory(): string {
    return path.join(this.#paths.temporary, "restores");
  }

  #historyDirectory(db: { id: string }): string {
    return path.join(this.#paths.history, db.id);
  }

  #history(db: ProtectedDatabase): History {
    return this.#histories.get(this.#historyDirectory(db));
  }

  #unanswered(db: ProtectedDatabase, error: unknown): null {
    this.#log.debug({ err: error, database: db.id }, "the reader does not answer");
    return null;
  }
}
