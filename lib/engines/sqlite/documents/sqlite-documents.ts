import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import type { Bookmark } from "../../../domain/bookmark.ts";
import type { RestorePlan } from "../../../domain/restore.ts";
import { disk } from "../../../storage/disk.ts";
import type { ImageTarget, ProtectedDatabase, Run } from "../../engine.ts";
import type {
  DocumentOptions,
  DocumentRestored,
  EngineDocuments,
  DocumentFacts as StoredFacts,
  WrittenDocument,
} from "../../engine-documents.ts";
import { DOCUMENT_HEAP_MIB } from "../../json/document-limits.ts";
import { runChild } from "../../processes/run-child.ts";
import type { DatabaseCopies } from "../copies/database-copies.ts";
import type { EngineContext } from "../engine-context.ts";
import { CommitFiles } from "../one-commit/commit-files.ts";
import { removeOldRestores } from "../restore/restore-files.ts";
import { requireSchema } from "./document-tables.ts";
import { planDocument } from "./plan-document.ts";
import type { ReplacedTables } from "./replace-tables.ts";
import { type DocumentContext, runDocumentRestore } from "./run-document-restore.ts";
import type { DocumentFacts, WriteDocumentQuestion } from "./write-document.ts";

/** Has something done while no query of ours runs on a hosted database. */
export type Callers = { hold(db: ProtectedDatabase): Promise<void>; release(db: ProtectedDatabase): void };

const DRAFT = /^out-.*\.(db|json|pages)$/;
const DRAFT_KEPT_MS = 24 * 60 * 60_000;

/** Portable documents of SQLite databases: written from the history, restored as one commit of the live database. */
export class SqliteDocuments implements EngineDocuments {
  readonly #engine: EngineContext;
  readonly #copies: DatabaseCopies;
  readonly #callers: Callers;
  readonly #drafts: string;
  readonly #restores: string;

  constructor(engine: EngineContext, copies: DatabaseCopies, callers: Callers) {
    this.#engine = engine;
    this.#copies = copies;
    this.#callers = callers;
    this.#drafts = path.join(engine.paths.temporary, "documents");
    this.#restores = path.join(this.#drafts, "restores");
    removeOldRestores(this.#restores, Date.now());
    this.#removeOldDrafts(Date.now());
  }

  async write(db: ProtectedDatabase, at: Bookmark, options: DocumentOptions, run: Run): Promise<WrittenDocument> {
    requireSchema(options.schema);
    const draft = path.join(this.#drafts, `out-${randomUUID()}`);
    const [imageFile, file] = [`${draft}.db`, `${draft}.json`];
    const discard = () => disk.rmSync(file, { force: true });
    try {
      const { bookmark, timeMs } = await this.#copies.writeOut(db, at, imageFile, run);
      const input: WriteDocumentQuestion = {
        imageFile,
        file,
        excludeTables: options.excludeTables,
        database: { id: db.id, name: db.name },
        bookmark,
        timeMs,
      };
      const facts = await runChild<DocumentFacts>({
        script: new URL("./write-document-child.ts", import.meta.url),
        input,
        signal: run.signal,
        report: (done, total) => run.progress("document", done, total),
        heapMib: DOCUMENT_HEAP_MIB,
      });
      return { ...facts, bookmark, timeMs, body: readOnce(file, discard), discard };
    } catch (error) {
      discard();
      throw error;
    } finally {
      for (const end of ["", ".pages"]) disk.rmSync(`${imageFile}${end}`, { force: true });
    }
  }

  async plan(db: ProtectedDatabase, document: StoredFacts, target: ImageTarget): Promise<RestorePlan> {
    return planDocument(db, this.#engine.historyOf(db), document, target);
  }

  async restore(
    db: ProtectedDatabase,
    restoreId: string,
    fetch: () => Promise<string>,
    run: Run,
  ): Promise<DocumentRestored> {
    const files = new CommitFiles<ReplacedTables, DocumentRestored>(this.#restores, restoreId);
    const done = files.readDone();
    if (done) return done;
    const alone: DocumentContext["alone"] = (work) => (db.origin === "hosted" ? this.#hold(db, work) : work());
    try {
      return await runDocumentRestore({ db, engine: this.#engine, files, alone }, fetch, run);
    } catch (error) {
      // Only an attempt that nobody can tell the end of still needs its rows.
      if (!files.readAttempt()) files.removeRows();
      throw error;
    }
  }

  async #hold<T>(db: ProtectedDatabase, work: () => Promise<T>): Promise<T> {
    await this.#callers.hold(db);
    try {
      return await work();
    } finally {
      this.#callers.release(db);
    }
  }

  /** What a process left that died while it wrote one. */
  #removeOldDrafts(nowMs: number): void {
    for (const name of disk.readdirSync(this.#drafts)) {
      const file = path.join(this.#drafts, name);
      if (DRAFT.test(name) && disk.statSync(file).mtimeMs < nowMs - DRAFT_KEPT_MS) disk.rmSync(file, { force: true });
    }
  }
}

/** The bytes of a file that is removed once they were read, or nobody reads on. */
async function* readOnce(file: string, discard: () => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of createReadStream(file, { highWaterMark: 256 * 1024 })) yield part as Buffer;
  } finally {
    discard();
  }
}
