import { createHash, randomUUID } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { Bookmark } from "../../../domain/bookmark.ts";
import type { RestorePlan } from "../../../domain/restore.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import { readJsonFile } from "../../../storage/read-json-file.ts";
import type { ImageTarget, ProtectedDatabase, Run } from "../../engine.ts";
import type {
  DocumentFacts,
  DocumentOptions,
  DocumentRestored,
  EngineDocuments,
  WrittenDocument,
} from "../../engine-documents.ts";
import { StageClock } from "../../stage-clock.ts";
import { type AttemptFiles, OneTransaction, type Took, type TransactionAttempt } from "../give-back/one-transaction.ts";
import { preferredDatabase } from "../look/cluster-access.ts";
import { withSession } from "../look/server-session.ts";
import type { SqlRoles } from "../look/sql-role.ts";
import { openCopy } from "../look/tame-copy.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import { proveDocument, type Replaced, replaceTables } from "./replace-tables.ts";
import { writeDocument } from "./write-document.ts";

const KEPT_MS = 7 * 24 * 60 * 60_000;
/** What planning says of the time it takes: to begin, and to write rows one by one. */
const BEGIN_MS = 1_500;
const BYTES_PER_MS = 5_000;

/** Portable documents of a cluster's schemas: written from a copy of the past, restored as one transaction of the live database. */
export class ClusterDocuments implements EngineDocuments {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;
  readonly #transaction: OneTransaction<Replaced>;
  readonly #folder: string;

  constructor(context: PostgresContext, recoveries: Recoveries, roles: SqlRoles) {
    this.#context = context;
    this.#recoveries = recoveries;
    this.#folder = path.join(context.paths.temporary, "cluster-documents");
    this.#transaction = new OneTransaction(context, recoveries, roles, this.#attempts());
  }

  async write(db: ProtectedDatabase, at: Bookmark, options: DocumentOptions, run: Run): Promise<WrittenDocument> {
    const { bookmark, timeMs } = await this.#recoveries.moments.resolve(db, { bookmark: at });
    this.#removeOld(Date.now());
    const file = path.join(this.#folder, `out-${randomUUID()}.json`);
    const discard = () => rmSync(file, { force: true });
    const { server, done } = await this.#recoveries.warm(db, bookmark, run);
    try {
      const copy = await openCopy(server, preferredDatabase(this.#context, db));
      const written = await withSession(
        copy.compare,
        async (session) => {
          await session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
          return writeDocument(session, { file, db, bookmark, timeMs, options }, run);
        },
        run.signal,
      );
      return { ...written, bookmark, timeMs, body: readOnce(file, discard), discard };
    } catch (error) {
      discard();
      throw error;
    } finally {
      done();
    }
  }

  async plan(db: ProtectedDatabase, document: DocumentFacts, target: ImageTarget): Promise<RestorePlan> {
    const { bookmark, timeMs } = await this.#recoveries.moments.current(db);
    const bound = ["document", db.id, document.backupId, document.sha256, target.kind, target.lastRestoreId];
    return {
      databaseId: db.id,
      target: target.kind,
      to: { bookmark: document.bookmark, timeMs: document.timeMs },
      from: { bookmark, timeMs },
      commits: null,
      pages: 0,
      pageSizeBytes: 8192,
      estimateMs: Math.round(BEGIN_MS + document.sizeBytes / BYTES_PER_MS),
      way: target.kind === "new_preview" || target.kind === "new_database" ? "copy" : "rows",
      digest: createHash("sha256").update(JSON.stringify(bound)).digest("hex"),
    };
  }

  async restore(
    db: ProtectedDatabase,
    restoreId: string,
    fetch: () => Promise<string>,
    run: Run,
  ): Promise<DocumentRestored> {
    const clock = new StageClock(run);
    const done = readJsonFile<DocumentRestored>(this.#file(restoreId, "done"));
    if (done) return done;
    const earlier = await this.#transaction.settle(db, restoreId);
    if (earlier) return this.#finish(restoreId, earlier, clock);
    run.signal.throwIfAborted();
    const file = await fetch();
    clock.enter("keep");
    await proveDocument(file);
    const took = await this.#transaction.run(
      db,
      restoreId,
      async (session) => {
        const summary = await replaceTables(session, file, (written, total) => clock.report(written, total));
        return { summary, isEmpty: summary.tables.every(({ removed, written }) => removed + written === 0) };
      },
      { run, clock },
    );
    return this.#finish(restoreId, took, clock);
  }

  #finish(restoreId: string, { commit, previous, summary }: Took<Replaced>, clock: StageClock): DocumentRestored {
    const done: DocumentRestored = {
      reached: commit ?? previous,
      restoreBookmark: commit?.bookmark ?? null,
      previous,
      pages: 0,
      timings: clock.end(),
      replaced: summary,
    };
    this.#write(restoreId, "done", done);
    return done;
  }

  #attempts(): AttemptFiles<Replaced> {
    return {
      readAttempt: (id) => readJsonFile<TransactionAttempt<Replaced>>(this.#file(id, "attempt")),
      writeAttempt: (id, attempt) => this.#write(id, "attempt", attempt),
      forgetAttempt: (id) => rmSync(this.#file(id, "attempt"), { force: true }),
    };
  }

  #file(restoreId: string, what: "attempt" | "done"): string {
    return path.join(this.#folder, `${path.basename(restoreId)}.${what}`);
  }

  #write(restoreId: string, what: "attempt" | "done", value: unknown): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileDurably(this.#file(restoreId, what), Buffer.from(JSON.stringify(value)));
  }

  /** What nobody can ask for any more, and what a process left that died while it wrote. */
  #removeOld(nowMs: number): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.#folder)) {
      const file = path.join(this.#folder, name);
      const found = statSync(file, { throwIfNoEntry: false });
      if (found && found.mtimeMs < nowMs - KEPT_MS) rmSync(file, { force: true });
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
