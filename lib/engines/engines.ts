import type { EngineCopies, EngineDiffs, EngineImages, ProtectedDatabase, RowsOfThePast, Run } from "./engine.ts";
import type { DocumentFacts, DocumentOptions, EngineDocuments } from "./engine-documents.ts";
import type { EngineDrills } from "./engine-drills.ts";
import type { EngineRoom } from "./engine-room.ts";
import type { EngineStored } from "./engine-stored.ts";
import type { OwnedEngine, Removed } from "./owned-engine.ts";

/** Which engines an agent has. */
export type EngineByKind = Record<ProtectedDatabase["engine"], OwnedEngine>;

const KINDS = ["sqlite", "postgres"] as const;
const IMAGE_FORMATS_OF_POSTGRES = /^postgres-/;

/** All engines as one: each question goes to the engine of the database that it is about. */
export class Engines implements OwnedEngine {
  readonly #by: EngineByKind;
  readonly rows: RowsOfThePast;
  readonly copies: EngineCopies;
  readonly diffs: EngineDiffs;
  readonly documents: EngineDocuments;
  readonly images: EngineImages;
  readonly drills: EngineDrills;
  readonly room: EngineRoom;
  readonly stored: EngineStored;

  constructor(by: EngineByKind) {
    this.#by = by;
    const of = (db: { engine: ProtectedDatabase["engine"] }) => by[db.engine];
    const ofFormat = (format: string) => (IMAGE_FORMATS_OF_POSTGRES.test(format) ? by.postgres : by.sqlite).images;
    this.rows = {
      plan: (db, ...rest) => of(db).rows.plan(db, ...rest),
      kept: (db, ...rest) => of(db).rows.kept(db, ...rest),
      run: (db, ...rest) => of(db).rows.run(db, ...rest),
    };
    this.copies = {
      planCopy: (db, ...rest) => of(db).copies.planCopy(db, ...rest),
      planTakeOver: (db, ...rest) => of(db).copies.planTakeOver(db, ...rest),
      writeOut: (db, ...rest) => of(db).copies.writeOut(db, ...rest),
      writeSqlText: (db, ...rest) => of(db).copies.writeSqlText(db, ...rest),
      copy: (request, run) => of(request.source).copies.copy(request, run),
      takeOver: (db, ...rest) => of(db).copies.takeOver(db, ...rest),
    };
    this.diffs = {
      diff: (db, ...rest) => of(db).diffs.diff(db, ...rest),
      diffRows: (db, ...rest) => of(db).diffs.diffRows(db, ...rest),
    };
    this.documents = {
      write: (db, at, options: DocumentOptions, run) => of(db).documents.write(db, at, options, run),
      plan: (db, document: DocumentFacts, target) => of(db).documents.plan(db, document, target),
      restore: (db, ...rest) => of(db).documents.restore(db, ...rest),
    };
    this.drills = {
      drill: (db, ...rest) => of(db).drills.drill(db, ...rest),
      clear: (db, id) => of(db).drills.clear(db, id),
    };
    this.stored = {
      requireCopyable: (history) => of(history).stored.requireCopyable(history),
      resolve: (history, at) => of(history).stored.resolve(history, at),
      copyStored: (order, run) => of(order.history).stored.copyStored(order, run),
    };
    const each = (kind: ProtectedDatabase["engine"], databases: readonly ProtectedDatabase[]) =>
      databases.filter((db) => db.engine === kind);
    this.room = {
      pauseCapture: (why) => {
        for (const engine of this.#all) engine.room.pauseCapture(why);
      },
      clearCaches: async (databases) => {
        for (const kind of KINDS) await by[kind].room.clearCaches(each(kind, databases));
      },
      planErasure: (db, ...rest) => of(db).room.planErasure(db, ...rest),
      prepareErasure: (db, ...rest) => of(db).room.prepareErasure(db, ...rest),
      erase: (db, ...rest) => of(db).room.erase(db, ...rest),
      dropSetAside: async (databases) => {
        for (const kind of KINDS) await by[kind].room.dropSetAside(each(kind, databases));
      },
    };
    this.images = {
      read: (db, ...rest) => of(db).images.read(db, ...rest),
      describe: (format, ...rest) => ofFormat(format).describe(format, ...rest),
      check: (format, file) => ofFormat(format).check(format, file),
      planImage: (db, ...rest) => of(db).images.planImage(db, ...rest),
      copyImage: (order, run) => of(order.target).images.copyImage(order, run),
      takeOverImage: (db, ...rest) => of(db).images.takeOverImage(db, ...rest),
    };
  }

  readonly status: OwnedEngine["status"] = (db) => this.#of(db).status(db);
  readonly window: OwnedEngine["window"] = (db) => this.#of(db).window(db);
  readonly resolve: OwnedEngine["resolve"] = (db, at) => this.#of(db).resolve(db, at);
  readonly current: OwnedEngine["current"] = (db) => this.#of(db).current(db);
  readonly commits: OwnedEngine["commits"] = (db, around) => this.#of(db).commits(db, around);
  readonly follow: OwnedEngine["follow"] = (db, state) => this.#of(db).follow(db, state);
  readonly density: OwnedEngine["density"] = (db, range) => this.#of(db).density(db, range);
  readonly marks: OwnedEngine["marks"] = (db, range) => this.#of(db).marks(db, range);
  readonly plan: OwnedEngine["plan"] = (db, ...rest) => this.#of(db).plan(db, ...rest);
  readonly restore: OwnedEngine["restore"] = (db, ...rest) => this.#of(db).restore(db, ...rest);
  readonly copySource: OwnedEngine["copySource"] = (db) => this.#of(db).copySource(db);
  readonly prune: OwnedEngine["prune"] = (db, ...rest) => this.#of(db).prune(db, ...rest);
  readonly query: OwnedEngine["query"] = (db, statement) => this.#of(db).query(db, statement);
  readonly runScript: OwnedEngine["runScript"] = (db, file) => this.#of(db).runScript(db, file);
  readonly view: OwnedEngine["view"] = (db, ...rest) => this.#of(db).view(db, ...rest);
  readonly protect: OwnedEngine["protect"] = (db, ...rest) => this.#of(db).protect(db, ...rest);
  readonly setPassword: OwnedEngine["setPassword"] = (db, connection) => this.#of(db).setPassword(db, connection);
  readonly isPruningDue: OwnedEngine["isPruningDue"] = (db, keepFromMs) => this.#of(db).isPruningDue(db, keepFromMs);
  readonly readAheadMarks: OwnedEngine["readAheadMarks"] = (db) => this.#of(db).readAheadMarks(db);

  register(db: ProtectedDatabase): void {
    this.#of(db).register(db);
  }

  registerAll(databases: readonly ProtectedDatabase[]): void {
    for (const [kind, engine] of Object.entries(this.#by)) {
      engine.registerAll(databases.filter((db) => db.engine === kind));
    }
  }

  async release(databaseId: string, run: Run | null = null): Promise<void> {
    for (const engine of this.#all) await engine.release(databaseId, run);
  }

  async remove(databaseId: string, run: Run): Promise<Removed> {
    const removed = [];
    // Both remove the history of that id. What a receiver still writes has to be let go of first.
    for (const engine of [this.#by.postgres, this.#by.sqlite]) removed.push(await engine.remove(databaseId, run));
    return {
      files: removed.reduce((sum, { files }) => sum + files, 0),
      bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((engine) => engine.close()));
  }

  get #all(): OwnedEngine[] {
    return Object.values(this.#by);
  }

  #of(db: ProtectedDatabase): OwnedEngine {
    return this.#by[db.engine];
  }
}
