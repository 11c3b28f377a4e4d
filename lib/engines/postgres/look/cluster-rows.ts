import { randomUUID } from "node:crypto";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { requireClusterBookmark } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { GiveBackPlan, GiveBackSummary, GivenBack, RowsOrder, RowsRun } from "../../../domain/give-back.ts";
import type { ProtectedDatabase, RowsOfThePast, Run } from "../../engine.ts";
import { StageClock } from "../../stage-clock.ts";
import { findCommit } from "../give-back/find-commit.ts";
import { RowPlan } from "../give-back/plan-rows.ts";
import { RowFiles, type RowsAttempt } from "../give-back/row-files.ts";
import { RowWriter } from "../give-back/write-rows.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import { accessOf, preferredDatabase } from "./cluster-access.ts";
import { explainServerError, ServerSession, withSession } from "./server-session.ts";
import type { SqlRoles } from "./sql-role.ts";
import { openCopy } from "./tame-copy.ts";

/** So long somebody else's lock on a table is waited for. */
const LOCK_WAIT_MS = 10_000;

/** Rows of the past given back to a cluster: first the plan, which changes nothing, then the plan as one transaction. */
export class ClusterRows implements RowsOfThePast {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;
  readonly #roles: SqlRoles;
  readonly #files: RowFiles;

  constructor(context: PostgresContext, recoveries: Recoveries, roles: SqlRoles) {
    this.#context = context;
    this.#recoveries = recoveries;
    this.#roles = roles;
    this.#files = new RowFiles(context.paths.temporary);
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
      const live = await this.#live(db);
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
    const done = this.#files.readDone(restoreId) ?? (await this.#settle(db, restoreId, rows, clock));
    if (done) return done;
    const plan = this.kept(db, rows.order, rows.planDigest) ?? (await this.plan(db, rows.order, run));
    if (plan.digest !== rows.planDigest) throw planMoved();
    clock.enter("keep");
    const before = await this.#recoveries.moments.current(db);
    clock.enter("prepare");
    const attempt = await this.#write(db, restoreId, rows, { run, clock, before: before.bookmark });
    if (attempt.summary.rows === 0) {
      const { bookmark, timeMs } = before;
      const nothing = { previous: { bookmark, timeMs }, restoreBookmark: null };
      return this.#finish(restoreId, { ...(await this.#reached(db, rows)), ...nothing }, attempt.summary, clock);
    }
    clock.enter("check");
    return this.#told(db, restoreId, rows, attempt, clock);
  }

  /** One transaction: written, checked, written down as tried, committed. Cancelled before that it leaves nothing. */
  async #write(
    db: ProtectedDatabase,
    restoreId: string,
    rows: RowsRun,
    { run, clock, before }: { run: Run; clock: StageClock; before: Bookmark },
  ): Promise<RowsAttempt> {
    const session = await this.#live(db);
    const cut = () => session.cut();
    run.signal.addEventListener("abort", cut, { once: true });
    let isCommitting = false;
    try {
      await session.run(`BEGIN; SET LOCAL lock_timeout = ${LOCK_WAIT_MS}; SET LOCAL statement_timeout = 0`);
      const beforeLsn = (await session.value("SELECT pg_catalog.pg_current_wal_insert_lsn()")) ?? "";
      const writer = new RowWriter(session, this.#files.rowsOf(rows.planDigest), rows.onConflict, (done, total) =>
        clock.report(done, total),
      );
      const summary = await writer.write();
      const { activation } = requireClusterBookmark(before);
      const xid = summary.rows === 0 ? null : await session.value("SELECT pg_catalog.pg_current_xact_id()");
      const attempt: RowsAttempt = { version: 1, xid: xid ?? "", beforeLsn, activation, summary };
      run.signal.throwIfAborted();
      if (xid === null) {
        await session.run("ROLLBACK");
        return attempt;
      }
      this.#files.writeAttempt(restoreId, attempt);
      // From here on it is not cancelled any more: nobody could tell what became of it.
      run.signal.removeEventListener("abort", cut);
      isCommitting = true;
      clock.enter("apply");
      await session.run("COMMIT");
      return attempt;
    } catch (error) {
      if (!isCommitting) {
        this.#files.forgetAttempt(restoreId);
        run.signal.throwIfAborted();
        throw explainLock(explainServerError(error));
      }
      const attempt = this.#files.readAttempt(restoreId);
      if (attempt && (await this.#tookPlace(db, restoreId, attempt))) return attempt;
      throw explainServerError(error);
    } finally {
      run.signal.removeEventListener("abort", cut);
      if (isCommitting) await session.close();
      else session.cut();
    }
  }

  /** What an earlier try reached; null when there was none, or it had no effect. */
  async #settle(db: ProtectedDatabase, restoreId: string, rows: RowsRun, clock: StageClock): Promise<GivenBack | null> {
    const attempt = this.#files.readAttempt(restoreId);
    if (!attempt || !(await this.#tookPlace(db, restoreId, attempt))) return null;
    return this.#told(db, restoreId, rows, attempt, clock);
  }

  /** PostgreSQL itself knows what became of a transaction. Throws `restore_failed` where it does not any more. */
  async #tookPlace(db: ProtectedDatabase, restoreId: string, { xid, activation }: RowsAttempt): Promise<boolean> {
    const { bookmark } = await this.#recoveries.moments.current(db);
    const status =
      requireClusterBookmark(bookmark).activation === activation
        ? await withSession(accessOf(this.#context, db), (session) =>
            session.value("SELECT pg_catalog.pg_xact_status($1::pg_catalog.xid8)", [xid]),
          )
        : null;
    if (status === "committed") return true;
    if (status === "in progress") {
      throw new LastgoodError("restore_conflict", "The rows are still being written by an earlier try.", {
        hint: "Try again in a moment.",
        retryAfterSeconds: 3,
      });
    }
    if (status === null) {
      throw new LastgoodError("restore_failed", "Nobody can tell any more whether the rows were given back.", {
        hint: "Look at the rows; if they are not as you want them, make a new plan.",
        outcome: "unknown",
      });
    }
    this.#files.forgetAttempt(restoreId);
    return false;
  }

  async #told(
    db: ProtectedDatabase,
    restoreId: string,
    rows: RowsRun,
    { xid, beforeLsn, summary }: RowsAttempt,
    clock: StageClock,
  ): Promise<GivenBack> {
    const { moments } = this.#recoveries;
    const commit = await findCommit({ context: this.#context, moments }, db, { xid, fromLsn: beforeLsn });
    const own = await moments.resolve(db, { bookmark: commit });
    const around = await moments.commits(db, { timeMs: own.timeMs, before: 1000, after: 1000 });
    const before = around.find(({ txid }) => txid === own.txid - 1);
    if (!before)
      throw new LastgoodError("history_damaged", "The commit before that of the rows is not in the history.");
    const previous = { bookmark: before.bookmark, timeMs: before.timeMs };
    return this.#finish(
      restoreId,
      { ...(await this.#reached(db, rows)), previous, restoreBookmark: own.bookmark },
      summary,
      clock,
    );
  }

  async #reached(db: ProtectedDatabase, { order }: RowsRun): Promise<Pick<GivenBack, "reached">> {
    const target = order.kind === "undo" ? order.previous : order.from;
    const { bookmark, timeMs } = await this.#recoveries.moments.resolve(db, { bookmark: target });
    return { reached: { bookmark, timeMs } };
  }

  #finish(
    restoreId: string,
    restored: Pick<GivenBack, "reached" | "previous" | "restoreBookmark">,
    rows: GiveBackSummary,
    clock: StageClock,
  ): GivenBack {
    const done: GivenBack = { ...restored, pages: 0, timings: clock.end(), rows };
    this.#files.writeDone(restoreId, done);
    return done;
  }

  /** Never as a superuser of ours: what the tables' owners made of them runs with our rights while they are written. */
  #live(db: ProtectedDatabase): Promise<ServerSession> {
    const access = accessOf(this.#context, db);
    return db.origin === "hosted" ? this.#roles.open(db.id, access, "ours") : ServerSession.open(access);
  }
}

function planMoved(): LastgoodError {
  return new LastgoodError("conflict", "The plan changed since it was shown.", {
    field: "planDigest",
    hint: "Nothing was changed. Read the new plan and confirm again.",
  });
}

const LOCK_NOT_AVAILABLE = "55P03";

function explainLock(error: unknown): unknown {
  if (!(error instanceof LastgoodError) || error.details.sqlState !== LOCK_NOT_AVAILABLE) return error;
  return new LastgoodError("restore_conflict", "Somebody else has had one of the tables locked for too long.", {
    hint: "Nothing was changed. Try again when their transaction has ended.",
    retryAfterSeconds: 5,
  });
}
