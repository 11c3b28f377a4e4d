import type { Bookmark } from "../../../domain/bookmark.ts";
import type { DatabaseDiff, DiffMoment, DiffRows } from "../../../domain/diff.ts";
import type { DiffRowsQuestion, EngineDiffs, ProtectedDatabase, Run } from "../../engine.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import { preferredDatabase } from "./cluster-access.ts";
import { DiffJobs, type OpenedStates } from "./diff-jobs.ts";
import { openCopy } from "./tame-copy.ts";

type Ends = { from: DiffMoment; to: DiffMoment };

/** What differs between two moments of a cluster: both are restored beside it and compared there. */
export class ClusterDiffs implements EngineDiffs {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;
  readonly #jobs = new DiffJobs();

  constructor(context: PostgresContext, recoveries: Recoveries) {
    this.#context = context;
    this.#recoveries = recoveries;
  }

  async diff(db: ProtectedDatabase, from: Bookmark, to: Bookmark): Promise<DatabaseDiff> {
    const ends = await this.#ends(db, from, to);
    const { compared, durationMs } = await this.#jobs.compare(keyOf(db, ends), (signal) =>
      this.#open(db, ends, signal),
    );
    const { isComplete, ...rest } = compared;
    return { ...ends, state: isComplete ? "complete" : "counting", ...rest, durationMs };
  }

  async diffRows(db: ProtectedDatabase, { from, to, ...query }: DiffRowsQuestion): Promise<DiffRows> {
    const ends = await this.#ends(db, from, to);
    return this.#jobs.rows(keyOf(db, ends), (signal) => this.#open(db, ends, signal), query);
  }

  /** Forgets what belongs to a database. */
  drop(databaseId: string): void {
    this.#jobs.drop(`${databaseId} `);
  }

  end(): void {
    this.#jobs.end();
  }

  async #ends(db: ProtectedDatabase, from: Bookmark, to: Bookmark): Promise<Ends> {
    const { moments } = this.#recoveries;
    const momentOf = async (at: Bookmark): Promise<DiffMoment> => {
      const { bookmark, timeMs, txid } = await moments.resolve(db, { bookmark: at });
      return { bookmark, timeMs, txid };
    };
    return { from: await momentOf(from), to: await momentOf(to) };
  }

  async #open(db: ProtectedDatabase, { from, to }: Ends, signal: AbortSignal): Promise<OpenedStates> {
    const run: Run = { signal, progress: () => undefined };
    const preferred = preferredDatabase(this.#context, db);
    const one = await this.#recoveries.warm(db, from.bookmark, run);
    try {
      const other = await this.#recoveries.warm(db, to.bookmark, run);
      try {
        const [before, after] = [await openCopy(one.server, preferred), await openCopy(other.server, preferred)];
        const done = () => {
          one.done();
          other.done();
        };
        const touched = await this.#recoveries.moments.touched(db, from.bookmark, to.bookmark, signal);
        return { from: before.compare, to: after.compare, touched, done };
      } catch (error) {
        other.done();
        throw error;
      }
    } catch (error) {
      one.done();
      throw error;
    }
  }
}

function keyOf(db: ProtectedDatabase, { from, to }: Ends): string {
  return `${db.id} ${from.bookmark} ${to.bookmark}`;
}
