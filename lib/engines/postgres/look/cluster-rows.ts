import { randomUUID } from "node:crypto";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { GiveBackPlan, GiveBackSummary, GivenBack, RowsOrder, RowsRun } from "../../../domain/give-back.ts";
import type { ProtectedDatabase, RowsOfThePast, Run } from "../../engine.ts";
import { StageClock } from "../../stage-clock.ts";
import { OneTransaction, type Took } from "../give-back/one-transaction.ts";
import { RowPlan } from "../give-back/plan-rows.ts";
import { RowFiles } from "../give-back/row-files.ts";
import { RowWriter } from "../give-back/write-rows.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import { preferredDatabase } from "./cluster-access.ts";
import { explainServerError, ServerSession } from "./server-session.ts";
import type { SqlRoles } from "./sql-role.ts";
import { openCopy } from "./tame-copy.ts";

/** Rows of the past given back to a cluster: first the plan, which changes nothing, then the plan as one transaction. */
export class ClusterRows implements RowsOfThePast {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;
  readonly #transaction: OneTransaction<GiveBackSummary>;
  readonly #files: RowFiles;

  constructor(context: PostgresContext, recoveries: Recoveries, roles: SqlRoles) {
    this.#context = context;
    this.#recoveries = recoveries;
    this.#files = new RowFiles(context.paths.temporary);
    this.#transaction = new OneTransaction(context, recoveries, roles, this.#files);
  }

  /** Removes plans that hold rows of a history. */
  forget(historyTag: string): void {
    this.#files.forget(historyTag);
  }

  async plan(db: ProtectedDatabase, order: RowsOrder, run: Run): Promise<GiveBackPlan> {
    const { moments } = this.#recoveries;
    const from = await moments.resolve(db, { bookmark: order.kind === "undo" ? order.previous : order.from });
    const reached = order.kind === "undo" ? await moments.resolve(db, { bookmark: order.reached }) : null;
    const id = randomUUID();
    const opened: ServerSession[] = [];
    const given: (() => void)[] = [];
    const cut = () => {
      for (const session of opened) session.cut();
    };
    run.signal.addEventListener("abort", cut, { once: true });
    const open = async (at: Bookmark) => {
      const { server, done } = await this.#recoveries.warm(db, at, run);
      given.push(done);
      const copy = await openCopy(server, preferredDatabase(this.#context, db));
      const session = await ServerSession.open(copy.compare);
      opened.push(session);
      return session;
    };
    try {
      const past = await open(from.bookmark);
      const left = reached && (await open(reached.bookmark));
      const live = await this.#transaction.open(db);
      opened.push(live);
      for (const session of left ? [left, live] : [live]) {
        await session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      }
      const file = this.#files.draft(id);
      const made = await new RowPlan({ past, left, live }, order).make(db.id, file, (done, total) =>
        run.progress("plan", done, total),
      );
      const plan: GiveBackPlan = {
        ...made,
        from: { bookmark: from.bookmark, timeMs: from.timeMs },
        estimateMs: Math.round(500 + made.rows / 10),
      };
      this.#files.keep(file, { order, plan });
      return plan;
    } catch (error) {
      run.signal.throwIfAborted();
      throw explainServerError(error);
    } finally {
      run.signal.removeEventListener("abort", cut);
      await Promise.all(opened.map((session) => session.close()));
      for (const done of given) done();
      this.#files.removeDraft(id);
    }
  }

  kept(db: ProtectedDatabase, order: RowsOrder, digest: string): GiveBackPlan | null {
    const kept = this.#files.read(digest);
    const isSame = kept?.plan.databaseId === db.id && JSON.stringify(kept.order) === JSON.stringify(order);
    return kept && isSame ? kept.plan : null;
  }

  async run(db: ProtectedDatabase, restoreId: string, rows: RowsRun, run: Run): Promise<GivenBack> {
    const clock = new StageClock(run);
    const done = this.#files.readDone(restoreId);
    if (done) return done;
    const earlier = await this.#transaction.settle(db, restoreId);
    if (earlier) return this.#finish(db, restoreId, rows, earlier, clock);
    const plan = this.kept(db, rows.order, rows.planDigest) ?? (await this.plan(db, rows.order, run));
    if (plan.digest !== rows.planDigest) throw planMoved();
    clock.enter("keep");
    const write = async (session: ServerSession) => {
      const report = (written: number, total: number) => clock.report(written, total);
      const summary = await new RowWriter(session, this.#files.rowsOf(plan.digest), rows.onConflict, report).write();
      return { summary, isEmpty: summary.rows === 0 };
    };
    return this.#finish(db, restoreId, rows, await this.#transaction.run(db, restoreId, write, { run, clock }), clock);
  }

  async #reached(db: ProtectedDatabase, { order }: RowsRun): Promise<Pick<GivenBack, "reached">> {
    const target = order.kind === "undo" ? order.previous : order.from;
    const { bookmark, timeMs } = await this.#recoveries.moments.resolve(db, { bookmark: target });
    return { reached: { bookmark, timeMs } };
  }

  async #finish(
    db: ProtectedDatabase,
    restoreId: string,
    rows: RowsRun,
    { commit, previous, summary }: Took<GiveBackSummary>,
    clock: StageClock,
  ): Promise<GivenBack> {
    const done: GivenBack = {
      ...(await this.#reached(db, rows)),
      ...{ previous, restoreBookmark: commit?.bookmark ?? null, pages: 0, timings: clock.end(), rows: summary },
    };
    this.#files.writeDone(restoreId, done);
    return done;
  }
}

function planMoved(): LastgoodError {
  return new LastgoodError("conflict", "The plan changed since it was shown.", {
    field: "planDigest",
    hint: "Nothing was changed. Read the new plan and confirm again.",
  });
}
