import path from "node:path";
import type { CommitMark, CommitMarks } from "../../../domain/commit-mark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import type { ProtectedDatabase } from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import type { EngineContext } from "../engine-context.ts";
import type { History } from "../history/open-history.ts";
import { policyOf } from "../resolve-moment.ts";
import { oldestUsable } from "../restore/find-moment.ts";
import { chooseMarks } from "./choose-marks.ts";
import { describeMark, restoreCommits } from "./describe-marks.ts";
import { markFile } from "./mark-file.ts";
import { type IndexedCandidate, isOpen, type MarkList, readMarkList } from "./mark-index.ts";
import type { ReadMarksQuestion } from "./read-marks-child.ts";

/** Between two children for one database. */
const PAUSE_MS = 4_000;
/** Lists that are kept in memory; another one is read from its file. */
const MOST_LISTS = 8;

type Reading = { abort: AbortController; ended: Promise<void> };
export type MarkRange = { fromMs: number; toMs: number; limit: number };

/**
 * Marks of histories, from derived files of the agent's own. Whoever asks has what is new since read by a child of low
 * priority, and gets at once what is known.
 */
export class HistoryMarks {
  readonly #context: EngineContext;
  readonly #reading = new Map<string, Reading>();
  readonly #endedAtMs = new Map<string, number>();
  readonly #lists = new Map<string, { stamp: string; list: MarkList | null }>();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** The marks of [fromMs, toMs), Unix milliseconds, at most `limit`, the largest. Throws as `openHistory` does. */
  marks(db: ProtectedDatabase, { fromMs, toMs, limit }: MarkRange): CommitMarks {
    const history = this.#context.historyOf(db);
    const list = this.#fittingList(db.id, history);
    const newest = history.newest();
    if (!list) {
      this.#read(db, []);
      return { marks: [], leftOut: 0, readThroughMs: null, isReading: true };
    }
    const isBehind = list.through.txid < newest.txid;
    const oldest = oldestUsable(history, policyOf(db));
    const inRange = list.candidates.filter(
      ({ timeMs, txid, facts }) => facts !== null && timeMs >= fromMs && timeMs < toMs && txid > oldest.txid,
    );
    const restores = inRange.length > 0 ? restoreCommits(history) : new Set<number>();
    const isRestore = ({ txid, streak }: IndexedCandidate) =>
      streak ? restores.values().some((at) => at >= txid && at <= streak.through) : restores.has(txid);
    const worth = inRange.filter((candidate) => !isRestore(candidate));
    const chosen = chooseMarks(worth, limit);
    const open = chosen.filter(isOpen).map(({ txid }) => txid);
    if (isBehind || open.length > 0) this.#read(db, open);
    const marks = chosen
      .map((candidate) => describeMark(history, candidate))
      .filter((mark): mark is CommitMark => mark !== null);
    return {
      marks,
      leftOut: worth.length - chosen.length,
      readThroughMs: isBehind ? list.through.timeMs : Math.max(list.through.timeMs, history.watermarkMs()),
      isReading: isBehind || open.length > 0,
    };
  }

  /** Has what is new since read, if anything is, and waits for it. Throws as `openHistory` does, and what the child threw. */
  async readAhead(db: ProtectedDatabase): Promise<void> {
    const history = this.#context.historyOf(db);
    const list = this.#fittingList(db.id, history);
    const isDone = list && list.through.txid >= history.newest().txid && !list.candidates.some(isOpen);
    if (!isDone) await (this.#reading.get(db.id)?.ended ?? this.#start(db, []));
  }

  /** Ends what reads a database's history. Its file stays. */
  async drop(databaseId: string): Promise<void> {
    const reading = this.#reading.get(databaseId);
    reading?.abort.abort(new Error("the database was let go"));
    await reading?.ended;
    this.#endedAtMs.delete(databaseId);
    this.#lists.delete(databaseId);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#reading.keys()].map((id) => this.drop(id)));
  }

  #read(db: ProtectedDatabase, wanted: readonly number[]): void {
    if (this.#reading.has(db.id)) return;
    if (performance.now() - (this.#endedAtMs.get(db.id) ?? Number.NEGATIVE_INFINITY) < PAUSE_MS) return;
    void this.#start(db, wanted);
  }

  #start(db: ProtectedDatabase, wanted: readonly number[]): Promise<void> {
    const abort = new AbortController();
    const file = markFile(this.#context.paths.temporary, db.id);
    disk.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const input: ReadMarksQuestion = { historyDirectory: this.#context.historyDirectory(db), file, wanted };
    const ended = runChild<null>({
      script: new URL("./read-marks-child.ts", import.meta.url),
      input,
      signal: abort.signal,
    })
      .then(() => undefined)
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        // Marks are an aid: a history that cannot be read for them says so wherever it matters.
        const level = error instanceof LastgoodError && error.code !== "internal" ? "debug" : "warn";
        this.#context.log[level]({ err: error, database: db.id }, "a history could not be read for marks");
      })
      .finally(() => {
        this.#reading.delete(db.id);
        this.#endedAtMs.set(db.id, performance.now());
      });
    this.#reading.set(db.id, { abort, ended });
    return ended;
  }

  /** What the file says, if it is of this history. */
  #fittingList(databaseId: string, history: History): MarkList | null {
    const list = this.#list(databaseId);
    if (!list?.historyId.equals(history.historyId)) return null;
    return history.byTxid(list.through.txid)?.recordTag === list.through.recordTag ? list : null;
  }

  #list(databaseId: string): MarkList | null {
    const file = markFile(this.#context.paths.temporary, databaseId);
    const found = disk.statSync(file, { throwIfNoEntry: false, bigint: true });
    const stamp = found ? `${found.ino}-${found.mtimeNs}-${found.size}` : "none";
    const known = this.#lists.get(databaseId);
    this.#lists.delete(databaseId);
    const entry = known?.stamp === stamp ? known : { stamp, list: found ? readMarkList(file) : null };
    this.#lists.set(databaseId, entry);
    for (const oldest of this.#lists.keys()) {
      if (this.#lists.size <= MOST_LISTS) break;
      this.#lists.delete(oldest);
    }
    return entry.list;
  }
}
