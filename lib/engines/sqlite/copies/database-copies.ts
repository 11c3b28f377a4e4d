import { randomUUID } from "node:crypto";
import { statfs } from "node:fs/promises";
import path from "node:path";
import { assert } from "../../../domain/assert.ts";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Copied, Restored, RestorePlan } from "../../../domain/restore.ts";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { EngineCopies, ProtectedDatabase, RestoreAround, Run, SqlTextOptions } from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import { runCheck } from "../../run-check.ts";
import { StageClock } from "../../stage-clock.ts";
import type { EngineContext } from "../engine-context.ts";
import type { CommitInfo, HistoryView } from "../history/records.ts";
import type { WriteStateQuestion, WrittenState } from "../offline/write-state-child.ts";
import { asMoment, findBookmark } from "../restore/find-moment.ts";
import { type GoalSource, otherGoal } from "../restore/restore-goal.ts";
import type { WriteSqlTextQuestion } from "../sql-text/write-sql-text-child.ts";
import type { CompareStatesQuestion } from "./compare-states-child.ts";
import { type CopiedState, digestContent, type WriteCopyQuestion, type WrittenCopy } from "./copy-question.ts";
import { planCopy, planTakeOver, type TakeOverFacts } from "./plan-copy.ts";

const COMPARE_WITHIN_MS = 10_000;
/** A copy, its history's first image, and what is written meanwhile. */
const ROOM_FACTOR = 2.1;

export type CopyRequest = { source: ProtectedDatabase; to: Bookmark; target: ProtectedDatabase; restoreId: string };
/** What becomes a database of its own. */
export type CopyOrder = {
  from: CopiedState;
  sizeBytes: number;
  reached: { bookmark: Bookmark; timeMs: number };
  target: ProtectedDatabase;
  restoreId: string;
};
export type TakeOverQuestion = Pick<TakeOverFacts, "kind" | "lastRestoreId"> & {
  /** The state of the database that is written since which its commits count; null or gone: since the begin of its history. */
  since: Bookmark | null;
};

/** What the engine does for a copy. */
export type EngineHands = {
  /** Has a file that is in its place captured. */
  protect(db: ProtectedDatabase, run: Run): Promise<{ restoreWay: "append" | "backup" }>;
  /** Brings a live database to a state; see `restoreDatabase`. */
  bring(
    db: ProtectedDatabase,
    restoreId: string,
    source: GoalSource,
    run: Run,
    around?: RestoreAround,
  ): Promise<Restored>;
};

/** States of one database as databases of their own: a preview, a lasting copy. The source is only read from its history. */
export class DatabaseCopies implements EngineCopies {
  readonly #context: EngineContext;
  readonly #engine: EngineHands;
  /** Histories that are being read: pruning waits. */
  readonly #inUse = new Map<string, number>();

  constructor(context: EngineContext, engine: EngineHands) {
    this.#context = context;
    this.#engine = engine;
  }

  /** Whether a history is being read by something long. */
  isRead(databaseId: string): boolean {
    return this.#inUse.has(databaseId);
  }

  /** Runs something that reads a history for long. */
  async reading<T>(databaseId: string, work: () => Promise<T>): Promise<T> {
    this.#inUse.set(databaseId, (this.#inUse.get(databaseId) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#inUse.get(databaseId) ?? 1) - 1;
      if (left > 0) this.#inUse.set(databaseId, left);
      else this.#inUse.delete(databaseId);
    }
  }

  async planCopy(db: ProtectedDatabase, to: Bookmark, kind: "new_preview" | "new_database"): Promise<RestorePlan> {
    const target = await this.#context.find(db, { bookmark: to });
    return planCopy(db.id, this.#context.historyOf(db), target, kind);
  }

  async planTakeOver(
    db: ProtectedDatabase,
    source: ProtectedDatabase,
    to: Bookmark,
    { kind, since, lastRestoreId }: TakeOverQuestion,
  ): Promise<RestorePlan> {
    const target = await this.#context.find(source, { bookmark: to });
    const pages = await this.#countDiffering(db, source, target);
    const history = this.#context.historyOf(db);
    return planTakeOver(history, this.#context.historyOf(source), target, {
      databaseId: db.id,
      sourceId: source.id,
      kind,
      way: db.restoreWay === "backup" ? "backup" : "append",
      since: since === null ? null : findIfThere(history, since),
      pages,
      lastRestoreId,
    });
  }

  /**
   * Writes the source's state as the target's file, a hosted one that must not exist, and has it captured. Repeating it after
   * a crash is harmless: the file has its name only once it is complete and durable. Throws `storage_full`,
   * `history_damaged`, `restore_failed`; then whatever is there of the target is to be removed.
   */
  async copy({ source, to, target, restoreId }: CopyRequest, run: Run): Promise<Copied> {
    return this.reading(source.id, () => {
      const history = this.#context.historyOf(source);
      const commit = findBookmark(history, to, null);
      const from = { historyDirectory: this.#context.historyDirectory(source), txid: commit.txid };
      const [sizeBytes, reached] = [commit.sizeAfter * history.pageSize, asMoment(history, commit)];
      return this.publish({ from, sizeBytes, reached, target, restoreId }, run);
    });
  }

  /** The same for any state that can be had whole. */
  async publish({ from, sizeBytes, reached, target, restoreId }: CopyOrder, run: Run): Promise<Copied> {
    const clock = new StageClock(run);
    clock.enter("write");
    if (!disk.existsSync(target.path)) await requireRoom(target.path, sizeBytes * ROOM_FACTOR);
    const written = await this.#write({ from, target, restoreId }, clock, run);
    reachPoint("copy.file-there");
    clock.enter("check");
    assert(disk.existsSync(target.path), "the copy was put into its place");
    await run.goAhead?.();
    clock.enter("place");
    const progress = (_: string, done: number, total: number) => clock.report(done, total);
    const { restoreWay } = await this.#engine.protect(target, { ...run, progress });
    reachPoint("copy.protected");
    const history = this.#context.historyOf(target);
    await runCheck(run, "content", async () => {
      requireSame(history, written.contentDigest);
      const text = "All pages were read back from the disk, and capture found them to be that moment's.";
      return { read: { count: written.pages, unit: "page" }, text };
    });
    const first = asMoment(history, history.oldest());
    disk.rmSync(this.#workOf(restoreId), { recursive: true, force: true });
    return { reached, copy: first, pages: written.pages, restoreWay, timings: clock.end() };
  }

  async writeOut(db: ProtectedDatabase, at: Bookmark, file: string, run: Run) {
    return this.reading(db.id, async () => {
      const commit = await this.#context.find(db, { bookmark: at });
      const { pageSize } = this.#context.historyOf(db);
      await requireRoom(file, commit.sizeAfter * pageSize);
      const { pages, pageSizeBytes } = await runChild<WrittenState>({
        script: new URL("../offline/write-state-child.ts", import.meta.url),
        input: {
          historyDirectory: this.#context.historyDirectory(db),
          txid: commit.txid,
          file,
          workspaceFile: `${file}.pages`,
        } satisfies WriteStateQuestion,
        signal: run.signal,
        report: (done, total) => run.progress("write", done, total),
      });
      const moment = asMoment(this.#context.historyOf(db), commit);
      return { ...moment, sizeBytes: pages * pageSizeBytes };
    });
  }

  async writeSqlText(db: ProtectedDatabase, at: Bookmark, file: string, options: SqlTextOptions, run: Run) {
    const state = `${file}.state`;
    try {
      const { bookmark, timeMs } = await this.writeOut(db, at, state, run);
      const { sizeBytes } = await runChild<{ sizeBytes: number }>({
        script: new URL("../sql-text/write-sql-text-child.ts", import.meta.url),
        input: { state, file, options } satisfies WriteSqlTextQuestion,
        signal: run.signal,
      });
      return { bookmark, timeMs, sizeBytes };
    } finally {
      disk.rmSync(state, { force: true });
    }
  }

  /** Brings a live database to a state of another one; see `restoreDatabase`. */
  takeOver(
    db: ProtectedDatabase,
    restoreId: string,
    { source, to }: { source: ProtectedDatabase; to: Bookmark },
    run: Run,
    around?: RestoreAround,
  ): Promise<Restored> {
    const goal: GoalSource = { reached: null, find: () => otherGoal(this.#context.historyOf(source), to) };
    return this.reading(source.id, () => this.#engine.bring(db, restoreId, goal, run, around));
  }

  async #write(
    { from, target, restoreId }: Pick<CopyOrder, "from" | "target" | "restoreId">,
    clock: StageClock,
    run: Run,
  ): Promise<WrittenCopy> {
    const work = this.#workOf(restoreId);
    disk.rmSync(work, { recursive: true, force: true });
    const input: WriteCopyQuestion = {
      from,
      // A name of its own for each try: a process that outlived its agent never writes into this one's.
      draft: path.join(work, `${randomUUID()}.db`),
      file: target.path,
    };
    const script = new URL("./write-copy-child.ts", import.meta.url);
    const report = (done: number, total: number) => clock.report(done, total);
    return runChild<WrittenCopy>({ script, input, signal: run.signal, report });
  }

  #workOf(restoreId: string): string {
    return path.join(this.#context.paths.temporary, "restores", restoreId);
  }

  /** By checksums, in a process of its own; where that takes too long every page counts. */
  async #countDiffering(db: ProtectedDatabase, source: ProtectedDatabase, target: CommitInfo): Promise<number> {
    const input: CompareStatesQuestion = {
      historyDirectory: this.#context.historyDirectory(db),
      otherDirectory: this.#context.historyDirectory(source),
      toTxid: target.txid,
    };
    const script = new URL("./compare-states-child.ts", import.meta.url);
    try {
      return await runChild<number>({ script, input, timeoutMs: COMPARE_WITHIN_MS });
    } catch (error) {
      if (error instanceof LastgoodError && error.code === "conflict") throw error;
      this.#context.log.debug({ err: error, database: db.id }, "the pages that differ were not counted");
      return target.sizeAfter;
    }
  }
}

/** Refuses what the disk has no room for, naming what is missing. */
async function requireRoom(file: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path.dirname(file));
  if (bavail * bsize >= sizeBytes) return;
  const missingBytes = sizeBytes - bavail * bsize;
  throw new LastgoodError("storage_full", "There is too little disk for another copy of this size.", {
    hint: `Free ${Math.ceil(missingBytes / 1024 / 1024)} MiB in the data directory, or delete a preview, and try again.`,
  });
}

/** What capture took as its first image is what was restored, page for page. */
function requireSame(history: HistoryView, contentDigest: string): void {
  const base = history.base();
  const crcs = Uint32Array.from({ length: base.sizePages }, (_, i) => base.crcOf(i + 1));
  if (base.txid === history.oldest().txid && digestContent(crcs) === contentDigest) return;
  throw new LastgoodError("restore_failed", "The new database is not what was restored into it.", {
    hint: "It is removed again; the source was not touched. Restore again, and keep the agent's log.",
  });
}

function findIfThere(history: HistoryView, bookmark: Bookmark): CommitInfo | null {
  try {
    return findBookmark(history, bookmark, null);
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}
