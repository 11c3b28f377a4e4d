import type { Bookmark } from "../../../domain/bookmark.ts";
import type { DatabaseDiff, DiffMoment, DiffRows } from "../../../domain/diff.ts";
import type { DiffRowsQuestion, ProtectedDatabase } from "../../engine.ts";
import type { EngineContext } from "../engine-context.ts";
import type { CommitInfo } from "../history/records.ts";
import { DiffJobs } from "./diff-jobs.ts";

/** What differs between two moments of a database. This process only asks: children read the pages. */
export class DatabaseDiffs {
  readonly #context: EngineContext;
  readonly #jobs = new DiffJobs();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  async diff(db: ProtectedDatabase, from: Bookmark, to: Bookmark): Promise<DatabaseDiff> {
    const ends = await this.#ends(db, from, to);
    const { compared, durationMs } = await this.#jobs.compare(this.#task(db, ends));
    const { isComplete, ...rest } = compared;
    const [one, other] = [this.#momentOf(db, ends.from), this.#momentOf(db, ends.to)];
    return { from: one, to: other, state: isComplete ? "complete" : "counting", ...rest, durationMs };
  }

  async diffRows(db: ProtectedDatabase, { from, to, ...query }: DiffRowsQuestion): Promise<DiffRows> {
    return this.#jobs.rows(this.#task(db, await this.#ends(db, from, to)), query);
  }

  /** Somebody is likely to ask about this database soon: has a process ready. */
  prepare(db: ProtectedDatabase): void {
    this.#jobs.prepare(this.#context.historyDirectory(db));
  }

  drop(databaseId: string): void {
    this.#jobs.drop(this.#context.historyDirectory({ id: databaseId }));
  }

  end(): void {
    this.#jobs.end();
  }

  async #ends(db: ProtectedDatabase, from: Bookmark, to: Bookmark): Promise<{ from: CommitInfo; to: CommitInfo }> {
    return {
      from: await this.#context.find(db, { bookmark: from }),
      to: await this.#context.find(db, { bookmark: to }),
    };
  }

  #task(db: ProtectedDatabase, { from, to }: { from: CommitInfo; to: CommitInfo }) {
    const named = ({ txid, recordTag }: CommitInfo) => ({ txid, recordTag });
    return { historyDirectory: this.#context.historyDirectory(db), from: named(from), to: named(to) };
  }

  #momentOf(db: ProtectedDatabase, commit: CommitInfo): DiffMoment {
    return { bookmark: this.#context.historyOf(db).bookmarkOf(commit), timeMs: commit.timeMs, txid: commit.txid };
  }
}
