import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { Run } from "../../engine.ts";
import type { StageClock } from "../../stage-clock.ts";
import type { Applied, LockedState } from "../apply/apply-messages.ts";
import { applyPages } from "../apply/apply-pages.ts";
import type { ApplyProcess } from "../apply/apply-process.ts";
import type { CommitInfo, HistoryView, LogPosition } from "../history/records.ts";
import type { ContentState } from "./content-messages.ts";
import type { ContentProcess } from "./content-process.ts";
import type { RestoreContext } from "./restore-context.ts";
import type { RestoreFiles } from "./restore-files.ts";
import type { RestoreGoal } from "./restore-goal.ts";
import { raiseCookieFloor, readCookieFloor } from "./schema-cookie.ts";

const LOCK_TIMEOUT_MS = 30_000;
/** How long writers may be kept waiting for the last pages. */
const PAGES_TIMEOUT_MS = 10_000;
/** While writes are held on purpose, they may wait longer for them. */
const HELD_PAGES_TIMEOUT_MS = 30_000;
const HOLD_REPORT_MS = 500;
/** Computing goes on before the lock is taken until what came in meanwhile takes no longer than this. */
const SHORT_PASS_MS = 150;
const MAX_PASSES = 6;

/** The pages are computed while the database is in use, then become one commit of its log. */
export class AppendWay {
  readonly #context: RestoreContext;
  readonly #files: RestoreFiles;
  readonly #content: ContentProcess;
  /** Started at once, so that it is ready when the pages are. */
  readonly #applying: ApplyProcess;
  readonly #holdMs: number | null;
  #highestCookie = 0;

  /** @param holdMs how long writers are held in all, from the lock on; null: only while the pages are written */
  static async start(
    context: RestoreContext,
    files: RestoreFiles,
    goal: RestoreGoal,
    holdMs: number | null,
  ): Promise<AppendWay> {
    const applying = context.processes.takeApply();
    const { directory: historyDirectory } = context.history;
    const { txid: toTxid, otherDirectory, imageFile } = goal;
    const content = await context.processes.takeContent({ historyDirectory, toTxid, otherDirectory, imageFile });
    return new AppendWay(context, files, content, applying, holdMs);
  }

  private constructor(
    context: RestoreContext,
    files: RestoreFiles,
    content: ContentProcess,
    applying: ApplyProcess,
    holdMs: number | null,
  ) {
    this.#context = context;
    this.#files = files;
    this.#content = content;
    this.#applying = applying;
    this.#holdMs = holdMs;
  }

  /** Computes the pages touched since the target, again for what came in meanwhile, until little does. */
  async prepare(run: Run, clock: StageClock): Promise<ContentState> {
    const cancel = () => this.#content.kill();
    run.signal.addEventListener("abort", cancel, { once: true });
    try {
      for (let pass = 1; ; pass++) {
        run.signal.throwIfAborted();
        const startedMs = performance.now();
        const state = await this.#content.state("more", (done, total) => clock.report(done, total));
        this.#highestCookie = state.highestCookie;
        if (pass >= MAX_PASSES || performance.now() - startedMs <= SHORT_PASS_MS) break;
      }
      return await this.#content.state("seal");
    } catch (error) {
      run.signal.throwIfAborted();
      throw error;
    } finally {
      run.signal.removeEventListener("abort", cancel);
    }
  }

  /** Applies them, with those that were touched up to the moment of the lock. */
  async apply(prepared: ContentState, run: Run, whenLocked: () => void): Promise<Applied> {
    const { db, history } = this.#context;
    const floor = Math.max(readCookieFloor(history.directory), this.#highestCookie);
    const applied = await applyPages(
      {
        restoreId: path.basename(this.#files.directory),
        databasePath: db.path,
        intentPath: this.#files.intentPath,
        pagesFile: prepared.pagesFile,
        cookieFloor: floor,
        lockTimeoutMs: Math.min(this.#holdMs ?? LOCK_TIMEOUT_MS, LOCK_TIMEOUT_MS),
        pagesTimeoutMs: this.#pagesTimeoutMs,
        ...(this.#holdMs !== null && { holdMs: this.#holdMs }),
      },
      (locked) => {
        whenLocked();
        return this.#lastPages(locked);
      },
      run,
      () => this.#applying,
    );
    if (!applied) throw new Error("the pages are always provided");
    raiseCookieFloor(history.directory, applied.schemaCookie);
    reachPoint("restore.cookie-raised");
    return applied;
  }

  get #pagesTimeoutMs(): number {
    return this.#holdMs === null ? PAGES_TIMEOUT_MS : Math.min(this.#holdMs, HELD_PAGES_TIMEOUT_MS);
  }

  /**
   * After `apply`: holds writers until the signal says that they may go on, or their time is over, whichever comes first. The process
   * that holds them keeps the time itself, and lets go when this one dies.
   */
  async hold(signal: AbortSignal, clock: StageClock): Promise<void> {
    if (this.#holdMs === null) return;
    const totalMs = this.#holdMs;
    clock.enter("hold");
    const startedMs = performance.now();
    const report = () => clock.report(Math.min(totalMs, performance.now() - startedMs), totalMs);
    const timer = setInterval(report, HOLD_REPORT_MS);
    reachPoint("restore.held");
    try {
      await this.#applying.untilReleased(signal);
    } finally {
      clearInterval(timer);
    }
    reachPoint("restore.let-go");
  }

  /** Nobody can commit now: everything committed is brought into the history, and what it touched is computed. */
  async #lastPages(locked: LockedState) {
    const { db, capture } = this.#context;
    const flushed = await capture.flush(db.id, false, this.#pagesTimeoutMs / 2);
    reachPoint("restore.last-flushed");
    const last = await this.#content.state("last");
    reachPoint("restore.last-computed");
    const isComplete = last.throughTxid >= flushed.txid;
    const agrees = last.livePages === locked.livePages && last.pageSize === locked.pageSize;
    if (!isComplete || !agrees) {
      throw new LastgoodError("restore_conflict", "The history does not agree with the database as it is now.", {
        hint: "Nothing was changed. Wait until the database is shown as protected and restore again.",
        retryAfterSeconds: 5,
      });
    }
    return { pagesFile: last.pagesFile, sizeAfterPages: last.sizePages };
  }

  /** What is wrong with the restore's own commit as the history recorded it, or null. */
  check(txid: number): Promise<string | null> {
    return this.#content.check(txid);
  }

  /** Ends its processes; nothing needs to wait for that, since the one that writes has let go before it answered. */
  end(): void {
    this.#applying.kill();
    this.#content.kill();
  }
}

/** The commit after `afterTxid` that ended exactly there in the log, or null. */
export function findByPosition(history: HistoryView, afterTxid: number, end: LogPosition): CommitInfo | null {
  for (const info of history.infos(afterTxid + 1, history.newest().txid)) {
    const { salt1, salt2, frame, sum1, sum2 } = info.position;
    const isSame =
      salt1 === end.salt1 && salt2 === end.salt2 && frame === end.frame && sum1 === end.sum1 && sum2 === end.sum2;
    if (isSame) return info;
  }
  return null;
}
