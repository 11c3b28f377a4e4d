import { existsSync } from "node:fs";
import path from "node:path";
import type { Logger } from "pino";
import type { CaptureStatus } from "../../domain/capture.ts";
import type { ClusterConnection } from "../../domain/cluster-connection.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { RuntimePaths } from "../../runtime-paths.ts";
import type { CopySource } from "../../storage/copy/listed-file.ts";
import type { ProtectedDatabase, Run } from "../engine.ts";
import type { OwnedEngine, Removed } from "../owned-engine.ts";
import { type ClusterPlaces, clusterPlaces } from "./cluster.ts";
import { ClusterRoom } from "./cluster-room.ts";
import { copyStamp, listForCopy } from "./copy/list-for-copy.ts";
import { ClusterDocuments } from "./documents/cluster-documents.ts";
import { ClusterDrills } from "./drills/cluster-drills.ts";
import { readClusterHistory } from "./history/cluster-history.ts";
import { ClusterImages } from "./images/cluster-images.ts";
import { ClusterDiffs } from "./look/cluster-diffs.ts";
import { ClusterRows } from "./look/cluster-rows.ts";
import { ClusterViews } from "./look/cluster-views.ts";
import { SqlRoles } from "./look/sql-role.ts";
import { TableNames } from "./look/table-names.ts";
import { ClusterMoments } from "./moments/cluster-moments.ts";
import { OpenedHistories } from "./moments/opened-histories.ts";
import type { PostgresContext } from "./postgres-context.ts";
import { requirePrograms } from "./programs/find-programs.ts";
import { ClusterCapture } from "./receiver/cluster-capture.ts";
import { isMarkedUnprotected, nothingKept } from "./receiver/limited-mode.ts";
import { majorOf } from "./receiver/prepare-hosted.ts";
import { ReceiverClient } from "./receiver/receiver-client.ts";
import { Recoveries } from "./recovery/recoveries.ts";
import type { AttachedCopies } from "./restore/attached-copies.ts";
import { ClusterRestores } from "./restore/cluster-restores.ts";
import { StoredClusters } from "./restore/stored-clusters.ts";

const PASSWORD_TIMEOUT_MS = 20_000;

export type PostgresEngineOptions = {
  paths: RuntimePaths;
  log: Logger;
  /** The folder that LASTGOOD_POSTGRES names; null: where the distribution puts its programs. */
  programs: string | null;
  /** Whether states of servers of somebody else's may run here; `listed` where left out. */
  attachedCopies?: AttachedCopies;
};

/** PostgreSQL: hosted and attached clusters, whose log the receiver keeps. One database of ours is one cluster. */
export class PostgresEngine implements OwnedEngine {
  readonly #context: PostgresContext;
  readonly #capture: ClusterCapture;
  readonly #moments: ClusterMoments;
  readonly #recoveries: Recoveries;
  readonly #restores: ClusterRestores;
  readonly #views: ClusterViews;
  readonly #names: TableNames;
  readonly #copied: OpenedHistories;
  readonly copies: ClusterRestores;
  readonly diffs: ClusterDiffs;
  readonly rows: ClusterRows;
  readonly images: ClusterImages;
  readonly documents: ClusterDocuments;
  readonly drills: ClusterDrills;
  readonly stored: StoredClusters;
  readonly room: ClusterRoom;

  constructor({ paths, log, programs, attachedCopies = "listed" }: PostgresEngineOptions) {
    const context: PostgresContext = {
      paths,
      programsFolder: programs,
      log,
      receiver: new ReceiverClient(paths),
      attachedCopies,
      places: ({ id }) => clusterPlaces(paths, id),
      historyOf: (db) => readClusterHistory(context.places(db).history) ?? notProtected(db, context.places(db)),
      programsOf: (db) => requirePrograms(programs, context.historyOf(db).serverVersion),
    };
    this.#context = context;
    this.#capture = new ClusterCapture(context);
    this.#moments = new ClusterMoments(context);
    this.#copied = new OpenedHistories(context);
    this.#recoveries = new Recoveries(context, this.#moments);
    this.#restores = new ClusterRestores(context, this.#recoveries, this.#capture);
    const roles = new SqlRoles();
    this.#names = new TableNames(context);
    this.#views = new ClusterViews(context, this.#recoveries, roles);
    this.copies = this.#restores;
    this.diffs = new ClusterDiffs(context, this.#recoveries);
    this.rows = new ClusterRows(context, this.#recoveries, roles);
    this.images = new ClusterImages(context, this.#recoveries, this.#capture);
    this.stored = new StoredClusters(context, this.#capture);
    this.drills = new ClusterDrills(context, this.#recoveries);
    this.documents = new ClusterDocuments(context, this.#recoveries, roles);
    const [moments, recoveries] = [this.#moments, this.#recoveries];
    const forget = (db: ProtectedDatabase) => this.#forget(db);
    this.room = new ClusterRoom(context, { moments, recoveries, forget, pause: (why) => this.#capture.pause(why) });
  }

  readonly protect: OwnedEngine["protect"] = (db, source, run) => this.#capture.protect(db, source, run);
  readonly window: OwnedEngine["window"] = (db) => this.#moments.window(db);
  readonly resolve: OwnedEngine["resolve"] = (db, at) => this.#moments.resolve(db, at);
  readonly current: OwnedEngine["current"] = (db) => this.#moments.current(db);
  readonly commits: OwnedEngine["commits"] = (db, around) => this.#moments.commits(db, around);
  readonly follow: OwnedEngine["follow"] = (db, state) => this.#moments.follow(db, state);
  readonly density: OwnedEngine["density"] = (db, range) => this.#moments.density(db, range);
  readonly marks: OwnedEngine["marks"] = async (db, range) => this.#moments.marks(db, range, await this.#names.of(db));
  readonly isPruningDue: OwnedEngine["isPruningDue"] = (db, from) => this.#moments.isPruningDue(db, from);
  readonly prune: OwnedEngine["prune"] = (db, from, run) => this.#moments.prune(db, from, run);
  readonly readAheadMarks: OwnedEngine["readAheadMarks"] = (db) => this.#moments.readAheadMarks(db);
  readonly plan: OwnedEngine["plan"] = (db, to, last) => this.#restores.plan(db, to, last);
  readonly restore: OwnedEngine["restore"] = (db, ...rest) => this.#restores.restore(db, ...rest);
  readonly runScript: OwnedEngine["runScript"] = async (db) => {
    throw new LastgoodError("not_supported", `${db.name} is a cluster; files of SQL are run by its own program.`, {
      hint: "Use psql with its connection string.",
    });
  };
  readonly query: OwnedEngine["query"] = (db, statement) => this.#views.query(db, statement);
  readonly view: OwnedEngine["view"] = (db, ...rest) => this.#views.view(db, ...rest);

  /** What the receiver says, which numbers commits by its present folder: here the newest one has its number in the whole past. */
  async status(db: ProtectedDatabase): Promise<CaptureStatus> {
    const status = this.#tellMissing(db, await this.#capture.status(db));
    if (!status.last) return status;
    try {
      const { txid } = await this.#moments.resolve(db, { bookmark: status.last.bookmark });
      return { ...status, last: { ...status.last, txid } };
    } catch (error) {
      if (error instanceof LastgoodError) return status;
      throw error;
    }
  }

  /** A hosted cluster whose data directory is lost is made anew by a restore in place. */
  #tellMissing(db: ProtectedDatabase, status: CaptureStatus): CaptureStatus {
    if (db.origin !== "hosted" || !status.problem) return status;
    if (existsSync(path.join(this.#context.places(db).live, "PG_VERSION"))) return status;
    return { ...status, problem: { ...status.problem, isFileMissing: true } };
  }

  copySource(db: ProtectedDatabase): CopySource {
    const directory = this.#context.places(db).history;
    return { stamp: () => copyStamp(directory), list: () => listForCopy(this.#copied.of(db), directory) };
  }

  async setPassword(db: ProtectedDatabase, { user, password }: ClusterConnection): Promise<void> {
    await this.#context.receiver.ask("setPassword", { database: db.id, role: user, password }, PASSWORD_TIMEOUT_MS);
  }

  register(db: ProtectedDatabase): void {
    this.#capture.register(db);
  }

  registerAll(databases: readonly ProtectedDatabase[]): void {
    this.#capture.registerAll(databases);
  }

  async release(databaseId: string, run: Run | null = null): Promise<void> {
    this.diffs.drop(databaseId);
    await this.#recoveries.drop(databaseId);
    await this.#capture.release(databaseId, run);
  }

  async remove(databaseId: string, run: Run): Promise<Removed> {
    await this.release(databaseId, run);
    return this.#capture.remove(databaseId, run);
  }

  /** Ends and removes what was derived from states of the past. */
  async #forget(db: ProtectedDatabase): Promise<void> {
    this.diffs.drop(db.id);
    this.#names.forget(db);
    this.rows.forget(this.#context.historyOf(db).tag);
    await this.#recoveries.drop(db.id);
    this.#moments.forgetPlans(db);
  }

  /** Whether the receiver answers. */
  isReceiving(): Promise<boolean> {
    return this.#context.receiver.isThere();
  }

  async close(): Promise<void> {
    this.diffs.end();
    await this.#views.close();
    await this.#recoveries.close();
    this.#context.receiver.close();
  }
}

function notProtected(db: ProtectedDatabase, places: ClusterPlaces): never {
  if (isMarkedUnprotected(places)) throw nothingKept(majorOf(places.live));
  throw new LastgoodError("not_protected", `${db.name} is not protected yet.`, {
    hint: "Wait until its first base backup is complete.",
  });
}
