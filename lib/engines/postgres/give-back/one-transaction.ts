import { setTimeout as sleep } from "node:timers/promises";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { requireClusterBookmark } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { StageClock } from "../../stage-clock.ts";
import { accessOf } from "../look/cluster-access.ts";
import { explainServerError, ServerSession, withSession } from "../look/server-session.ts";
import type { SqlRoles } from "../look/sql-role.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import { findCommit } from "./find-commit.ts";

/** A transaction that may have been committed. `xid` is PostgreSQL's whole one, which never comes again. */
export type TransactionAttempt<Summary> = {
  version: 1;
  xid: string;
  beforeLsn: string;
  activation: number;
  summary: Summary;
};
export type AttemptFiles<Summary> = {
  readAttempt(restoreId: string): TransactionAttempt<Summary> | null;
  writeAttempt(restoreId: string, attempt: TransactionAttempt<Summary>): void;
  forgetAttempt(restoreId: string): void;
};
/** What took place. `commit` is null where there was nothing to write. */
export type Took<Summary> = {
  commit: { bookmark: Bookmark; timeMs: number } | null;
  previous: { bookmark: Bookmark; timeMs: number };
  summary: Summary;
};

/** So long somebody else's lock on a table is waited for. */
const LOCK_WAIT_MS = 10_000;
/** So long the end of a connection that a dead agent has left is waited for: its server looks for it every two seconds. */
const ENDING_MS = 15_000;
const LOOK_EVERY_MS = 200;
/** So long the log of what was committed is waited for. */
const RECEIVED_WITHIN_MS = 5 * 60_000;
const LOCK_NOT_AVAILABLE = "55P03";

/**
 * Something of ours written into the live database of a cluster as one transaction: wholly or not at all, and never twice. Its number
 * is written down before it is committed; after a crash PostgreSQL itself says what became of that number.
 */
export class OneTransaction<Summary> {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;
  readonly #roles: SqlRoles;
  readonly #files: AttemptFiles<Summary>;

  constructor(context: PostgresContext, recoveries: Recoveries, roles: SqlRoles, files: AttemptFiles<Summary>) {
    this.#context = context;
    this.#recoveries = recoveries;
    this.#roles = roles;
    this.#files = files;
  }

  /**
   * Never as a superuser: what the tables' owners made of them runs with the session's rights while they are written. Throws
   * `not_supported` where an attached server was given with one.
   */
  async open(db: ProtectedDatabase): Promise<ServerSession> {
    const access = accessOf(this.#context, db);
    if (db.origin === "hosted") return this.#roles.open(db.id, access, "ours");
    const session = await ServerSession.open(access);
    try {
      await refuseSuperuser(session, db);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** What an earlier try reached; null when there was none, or it had no effect. */
  async settle(db: ProtectedDatabase, restoreId: string): Promise<Took<Summary> | null> {
    const attempt = this.#files.readAttempt(restoreId);
    if (!attempt || !(await this.#tookPlace(db, restoreId, attempt))) return null;
    return this.#told(db, attempt);
  }

  /**
   * @param work writes within the transaction; `isEmpty`: there was nothing to write
   * @param open how it is connected, as by `open` where left out
   */
  async run(
    db: ProtectedDatabase,
    restoreId: string,
    work: (session: ServerSession) => Promise<{ summary: Summary; isEmpty: boolean }>,
    { run, clock, open }: { run: Run; clock: StageClock; open?: () => Promise<ServerSession> },
  ): Promise<Took<Summary>> {
    const before = await this.#recoveries.moments.current(db);
    clock.enter("prepare");
    const attempt = await this.#write(db, restoreId, work, {
      ...{ run, clock, before: before.bookmark },
      open: open ?? (() => this.open(db)),
    });
    if (attempt.xid === "") {
      const { bookmark, timeMs } = before;
      return { commit: null, previous: { bookmark, timeMs }, summary: attempt.summary };
    }
    clock.enter("check");
    return this.#told(db, attempt);
  }

  /** Cancelled before it is committed it leaves nothing. */
  async #write(
    db: ProtectedDatabase,
    restoreId: string,
    work: (session: ServerSession) => Promise<{ summary: Summary; isEmpty: boolean }>,
    { run, clock, before, open }: { run: Run; clock: StageClock; before: Bookmark; open(): Promise<ServerSession> },
  ): Promise<TransactionAttempt<Summary>> {
    const session = await open();
    const cut = () => session.cut();
    run.signal.addEventListener("abort", cut, { once: true });
    let isCommitting = false;
    try {
      // Whatever role and database have for their transactions: what is committed while ours waits has to be seen.
      await session.run(
        `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = ${LOCK_WAIT_MS}; SET LOCAL statement_timeout = 0`,
      );
      const { summary, isEmpty } = await work(session);
      const beforeLsn = (await session.value("SELECT pg_catalog.pg_current_wal_insert_lsn()")) ?? "";
      const { activation } = requireClusterBookmark(before);
      const xid = isEmpty ? null : await session.value("SELECT pg_catalog.pg_current_xact_id()");
      const attempt = { version: 1 as const, xid: xid ?? "", beforeLsn, activation, summary };
      run.signal.throwIfAborted();
      await run.goAhead?.();
      run.signal.throwIfAborted();
      if (xid === null) {
        await session.run("ROLLBACK");
        return attempt;
      }
      this.#files.writeAttempt(restoreId, attempt);
      reachPoint("transaction.attempt-written");
      // From here on it is not cancelled any more: nobody could tell what became of it.
      run.signal.removeEventListener("abort", cut);
      isCommitting = true;
      clock.enter("apply");
      await session.run("COMMIT");
      reachPoint("transaction.committed");
      return attempt;
    } catch (error) {
      if (!isCommitting) {
        run.signal.throwIfAborted();
        throw explainLock(explainServerError(error));
      }
      // Until the server can be asked nobody knows: that is not told as a failure.
      const attempt = this.#files.readAttempt(restoreId);
      if (attempt && (await patiently(() => this.#tookPlace(db, restoreId, attempt)))) return attempt;
      throw explainServerError(error);
    } finally {
      run.signal.removeEventListener("abort", cut);
      if (isCommitting) await session.close();
      else session.cut();
    }
  }

  /** Throws `restore_failed` where nobody knows any more, since another state has been put in its place meanwhile. */
  async #tookPlace(
    db: ProtectedDatabase,
    restoreId: string,
    { xid, activation }: TransactionAttempt<Summary>,
  ): Promise<boolean> {
    const { bookmark } = await this.#recoveries.moments.current(db);
    const isSameState = requireClusterBookmark(bookmark).activation === activation;
    const status = isSameState ? await this.#statusOf(db, xid) : null;
    if (status === "committed") return true;
    if (status === "in progress") {
      throw new LastgoodError("restore_conflict", "An earlier try is still writing.", {
        hint: "Try again in a moment.",
        retryAfterSeconds: 3,
      });
    }
    if (status === null) {
      throw new LastgoodError("restore_failed", "Nobody can tell any more whether an earlier try took place.", {
        hint: "Look at the rows; if they are not as you want them, begin anew.",
        outcome: "unknown",
      });
    }
    this.#files.forgetAttempt(restoreId);
    return false;
  }

  /** What PostgreSQL says of a transaction; an agent that died leaves it under way until its server has noticed. */
  async #statusOf(db: ProtectedDatabase, xid: string): Promise<string | null> {
    return withSession(accessOf(this.#context, db), async (session) => {
      for (const untilMs = performance.now() + ENDING_MS; ; await sleep(LOOK_EVERY_MS)) {
        const status = await session.value("SELECT pg_catalog.pg_xact_status($1::pg_catalog.xid8)", [xid]);
        if (status !== "in progress" || performance.now() > untilMs) return status;
      }
    });
  }

  /** It took place: that its log is still on its way is waited for rather than told as a failure. */
  #told(db: ProtectedDatabase, attempt: TransactionAttempt<Summary>): Promise<Took<Summary>> {
    return patiently(() => this.#find(db, attempt));
  }

  async #find(db: ProtectedDatabase, { xid, beforeLsn, summary }: TransactionAttempt<Summary>): Promise<Took<Summary>> {
    const { moments } = this.#recoveries;
    const found = await findCommit({ context: this.#context, moments }, db, { xid, fromLsn: beforeLsn });
    const { bookmark, timeMs, txid } = await moments.resolve(db, { bookmark: found });
    const around = await moments.commits(db, { timeMs, before: 1000, after: 1000 });
    const before = around.find((one) => one.txid === txid - 1);
    if (!before) {
      throw new LastgoodError("history_damaged", "The commit before this one is not in the history.", {
        hint: "Look at the protection of the database.",
      });
    }
    return { commit: { bookmark, timeMs }, previous: { bookmark: before.bookmark, timeMs: before.timeMs }, summary };
  }
}

/** Tries again while server or receiver do not answer. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const untilMs = performance.now() + RECEIVED_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    try {
      return await work();
    } catch (error) {
      const isLate =
        error instanceof LastgoodError && (error.code === "agent_unavailable" || error.code === "not_protected");
      if (!isLate || performance.now() > untilMs) throw error;
    }
  }
}

function explainLock(error: unknown): unknown {
  if (!(error instanceof LastgoodError) || error.details.sqlState !== LOCK_NOT_AVAILABLE) return error;
  return new LastgoodError("restore_conflict", "Somebody else has had one of the tables locked for too long.", {
    hint: "Nothing was changed. Try again when their transaction has ended.",
    retryAfterSeconds: 5,
  });
}

async function refuseSuperuser(session: ServerSession, { name }: ProtectedDatabase): Promise<void> {
  if ((await session.value("SELECT current_setting('is_superuser')")) !== "on") return;
  throw new LastgoodError(
    "not_supported",
    `${name} was attached with a superuser, who writes nothing into tables of others.`,
    {
      hint: "Attach it with a role that has REPLICATION and owns these tables; or restore the moment into a preview and copy the rows from there.",
      outcome: "nothing",
    },
  );
}
