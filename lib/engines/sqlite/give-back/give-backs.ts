import { randomUUID } from "node:crypto";
import { statfs } from "node:fs/promises";
import { LastgoodError } from "../../../domain/errors.ts";
import type { GiveBackPlan, GivenBack, RowsOrder, RowsRun } from "../../../domain/give-back.ts";
import type { ProtectedDatabase, RowsOfThePast, Run } from "../../engine.ts";
import { runChild } from "../../processes/run-child.ts";
import type { EngineContext } from "../engine-context.ts";
import { COMMIT_FLAGS, type CommitInfo } from "../history/records.ts";
import type { CommitContext } from "../one-commit/one-commit.ts";
import { asMoment, findBookmark } from "../restore/find-moment.ts";
import type { Materialised, MaterialiseQuestion } from "../restore/materialise-child.ts";
import { GiveBackFiles, KeptPlans } from "./give-back-files.ts";
import type { PlanAnswer, PlanQuestion } from "./plan-messages.ts";
import { runGiveBack } from "./run-give-back.ts";

/** Has something done while no query of ours runs on a hosted database; those that come wait. */
export type Queries = { aside<T>(db: ProtectedDatabase, work: () => Promise<T>): Promise<T> };

/** Rows of the past for the present: first the plan, which changes nothing, then the plan carried out. */
export class GiveBacks implements RowsOfThePast {
  readonly #engine: EngineContext;
  readonly #queries: Queries;
  readonly #plans: KeptPlans;

  constructor(engine: EngineContext, queries: Queries) {
    this.#engine = engine;
    this.#queries = queries;
    this.#plans = new KeptPlans(engine.paths.temporary);
    this.#plans.removeOld(Date.now());
  }

  /**
   * What giving rows back, or undoing that, would do. Throws `not_found` for a table that the moment does not have,
   * `invalid_input` for keys that name no row.
   */
  async plan(db: ProtectedDatabase, order: RowsOrder, run: Run): Promise<GiveBackPlan> {
    this.#plans.removeOld(Date.now());
    const past = await this.#engine.find(db, { bookmark: order.kind === "undo" ? order.previous : order.from });
    const left = order.kind === "undo" ? this.#leftBy(db, order.reached) : null;
    const id = randomUUID();
    const draft = (what: "stage" | "past" | "left") => this.#plans.draft(id, what);
    try {
      await this.#requireRoom(db, left ? [past, left] : [past]);
      await Promise.all([
        this.#materialise(db, past, draft("past"), run),
        ...(left ? [this.#materialise(db, left, draft("left"), run)] : []),
      ]);
      const question: PlanQuestion = {
        databaseId: db.id,
        livePath: db.path,
        pastImage: draft("past"),
        leftImage: left && draft("left"),
        stageFile: draft("stage"),
        fromBookmark: this.#engine.historyOf(db).bookmarkOf(past),
        tables: order.kind === "undo" ? order.tables.map((name) => ({ name })) : order.selection.tables,
        includeParents: order.kind === "give-back" && order.selection.include.includes("parents"),
      };
      const answer = await runChild<PlanAnswer>({
        script: new URL("./plan-child.ts", import.meta.url),
        input: question,
        signal: run.signal,
        report: (done, total) => run.progress("plan", done, total),
      });
      const rows = answer.tables.reduce((sum, one) => sum + one.inserted + one.setBack + one.removed, 0);
      const plan: GiveBackPlan = {
        databaseId: db.id,
        from: asMoment(this.#engine.historyOf(db), past),
        ...answer,
        rows,
        estimateMs: Math.round(500 + rows / 50),
      };
      this.#plans.keep(draft("stage"), { order, plan });
      return plan;
    } finally {
      this.#plans.removeDraft(id);
    }
  }

  /** A plan that was made for the same question less than a day ago; null when it is gone. */
  kept(db: ProtectedDatabase, order: RowsOrder, digest: string): GiveBackPlan | null {
    const kept = this.#plans.read(digest);
    const isSame = kept?.plan.databaseId === db.id && JSON.stringify(kept.order) === JSON.stringify(order);
    return kept && isSame ? kept.plan : null;
  }

  /**
   * Carries a plan out as one commit. `restoreId` makes a repeat after a crash harmless: it finds out whether the first try took
   * place. Throws `conflict` when something is in the way that may not be skipped, or the plan is another one by now.
   */
  async run(db: ProtectedDatabase, restoreId: string, rows: RowsRun, run: Run): Promise<GivenBack> {
    const files = new GiveBackFiles(this.#engine.paths.temporary, restoreId);
    const done = files.readDone();
    if (done) return done;
    if (!files.hasRows) {
      run.progress("plan", 0, 1);
      const plan = this.kept(db, rows.order, rows.planDigest) ?? (await this.plan(db, rows.order, run));
      if (plan.digest !== rows.planDigest) throw planMoved();
      files.adopt(this.#plans.stageFile(plan.digest));
    }
    const engine = this.#engine;
    const alone: CommitContext<GiveBackFiles>["alone"] = (work) =>
      db.origin === "hosted" ? this.#queries.aside(db, work) : work();
    try {
      return await runGiveBack({ db, engine, files, alone }, rows, run);
    } catch (error) {
      // Only an attempt that nobody can tell the end of still needs its rows.
      if (!files.readAttempt()) files.removeRows();
      throw error;
    }
  }

  /** What a give-back left: its own commit, and nobody else's. */
  #leftBy(db: ProtectedDatabase, reached: string): CommitInfo {
    const commit = findBookmark(this.#engine.historyOf(db), reached, null);
    if ((commit.flags & COMMIT_FLAGS.healed) === 0) return commit;
    throw new LastgoodError("conflict", "Capture was interrupted then: the commit holds other changes as well.", {
      hint: "Choose the rows by hand, from the moment before it.",
    });
  }

  async #materialise(db: ProtectedDatabase, { txid }: CommitInfo, file: string, run: Run): Promise<void> {
    const input: MaterialiseQuestion = { historyDirectory: this.#engine.historyDirectory(db), txid, file };
    await runChild<Materialised>({
      script: new URL("../restore/materialise-child.ts", import.meta.url),
      input,
      signal: run.signal,
    });
  }

  async #requireRoom(db: ProtectedDatabase, states: readonly CommitInfo[]): Promise<void> {
    const { pageSize } = this.#engine.historyOf(db);
    const neededBytes = states.reduce((sum, { sizeAfter }) => sum + sizeAfter * pageSize * 1.2, 0);
    const { bavail, bsize } = await statfs(this.#plans.directory);
    if (bavail * bsize >= neededBytes) return;
    throw new LastgoodError("storage_full", "There is too little disk to write the former state out.", {
      hint: `Free ${Math.ceil(neededBytes / 1024 / 1024)} MiB in the data directory and try again.`,
    });
  }
}

export function planMoved(): LastgoodError {
  return new LastgoodError("conflict", "The plan changed since it was shown.", {
    field: "planDigest",
    hint: "Nothing was changed. Read the new plan and confirm again.",
  });
}
