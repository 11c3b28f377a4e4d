import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Restored, RestorePlan } from "../../../domain/restore.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import { readJsonFile } from "../../../storage/read-json-file.ts";
import type { ProtectedDatabase, RestoreAround, Run } from "../../engine.ts";
import { StageClock } from "../../stage-clock.ts";
import { type AttemptFiles, OneTransaction, type Took, type TransactionAttempt } from "../give-back/one-transaction.ts";
import { accessOf } from "../look/cluster-access.ts";
import { placeOfCopy, ServerSession, withSession } from "../look/server-session.ts";
import { SqlRoles } from "../look/sql-role.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { checkIndexesIfAsked } from "../recovery/check-state.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import type { RecoveredServer } from "../recovery/recovery-plan.ts";
import { planOf } from "../restore/plan-cluster-restore.ts";
import { type Definitions, readDefinitions } from "./definitions.ts";
import { makeExact } from "./exact-session.ts";
import { lockTables } from "./lock-tables.ts";
import { findNotTransferred } from "./not-transferred.ts";
import { readKeptSchemas } from "./owned-objects.ts";
import { prepareCopy } from "./prepare-copy.ts";
import { replaceContents } from "./replace-contents.ts";
import { findMisfits, findObstacles, type Obstacle, readStanding } from "./rights.ts";

/** What a transfer leaves to be told: how many commits came after the plan's last one. */
type Summary = { commitsSince: number };

const KEPT_MS = 7 * 24 * 60 * 60_000;
/** Rows written, compared and indexed, of a database's size on disk. */
const BYTES_PER_MS = 12_000;
const SHORTEST_LIMIT_MS = 10 * 60_000;
/** How much longer than expected a database's tables may be locked. */
const LIMIT_FACTOR = 5;
const GONE_WITHIN_MS = 10_000;

/**
 * Restores in place of servers whose files are not ours: the moment is recovered beside, and everything in the attached database is
 * replaced by what it holds, as one transaction of the server's own. Undo is the same again.
 */
export class ClusterTransfers {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;
  readonly #transaction: OneTransaction<Summary>;
  readonly #folder: string;

  constructor(context: PostgresContext, recoveries: Recoveries) {
    this.#context = context;
    this.#recoveries = recoveries;
    this.#folder = path.join(context.paths.temporary, "cluster-transfers");
    this.#transaction = new OneTransaction(context, recoveries, new SqlRoles(), this.#attempts());
  }

  /** As `Engine.plan`. Throws `not_supported` with what keeps the server's role from it. */
  async plan(db: ProtectedDatabase, to: Bookmark, lastRestoreId: string | null): Promise<RestorePlan> {
    const { moments } = this.#recoveries;
    const { base, walBytes, timeMs } = await moments.recovery(db, to);
    const from = await moments.current(db);
    const { commits } = await moments.between(db, to, from.bookmark);
    const { leavesBehind, databaseBytes } = await this.#ask(db);
    const plan = planOf({
      databaseId: db.id,
      target: "project",
      to: { bookmark: to, timeMs },
      from: { bookmark: from.bookmark, timeMs: from.timeMs },
      commits,
      way: "transfer",
      clusterBytes: base.clusterBytes,
      walBytes,
      isReady: false,
      leavesBehind,
      bound: [lastRestoreId],
    });
    return { ...plan, estimateMs: plan.estimateMs + Math.round(databaseBytes / BYTES_PER_MS) };
  }

  /** As `Engine.restore`. */
  async restore(
    db: ProtectedDatabase,
    restoreId: string,
    to: Bookmark,
    run: Run,
    around: RestoreAround,
  ): Promise<Restored> {
    const clock = new StageClock(run);
    if (around.holdWritesMs !== null) throw cannotHold();
    const { moments } = this.#recoveries;
    const { timeMs } = await moments.resolve(db, { bookmark: to });
    const finish = async ({ commit, previous }: Took<Summary>): Promise<Restored> => {
      const reached = { bookmark: to, timeMs };
      const restored = { reached, restoreBookmark: commit?.bookmark ?? null, previous, pages: 0, timings: clock.end() };
      await around.after(restored);
      return restored;
    };
    this.#removeOld(Date.now());
    const earlier = await this.#transaction.settle(db, restoreId);
    if (earlier) return finish(earlier);
    const planned = await moments.current(db);
    if (planned.bookmark === to) {
      const now = { bookmark: to, timeMs };
      return { reached: now, restoreBookmark: null, previous: now, pages: 0, timings: clock.end() };
    }
    const { databaseBytes } = await this.#ask(db);
    clock.enter("prepare");
    const progress = (_: string, done: number, total: number) => clock.report(done, total);
    const server = await this.#recoveries.recover(
      db,
      to,
      { id: restoreId, purpose: "throwaway" },
      { ...run, progress },
    );
    try {
      await checkIndexesIfAsked(server, run);
      const definitions = await this.#readCopy(db, server, restoreId, run.signal);
      await around.before();
      run.signal.throwIfAborted();
      const took = await this.#transfer(db, { server, definitions, restoreId, planned, databaseBytes }, { run, clock });
      return await finish(took);
    } finally {
      await server.discard();
    }
  }

  /** What the server says of itself, of what is in the way and of what would not come along. */
  async #ask(db: ProtectedDatabase): Promise<{ leavesBehind: string[]; databaseBytes: number }> {
    return withSession(accessOf(this.#context, db), async (session) => {
      refuseFor(await findObstacles(session));
      const leavesBehind = await findNotTransferred(session);
      const databaseBytes = Number(await session.value("SELECT pg_database_size(current_database())"));
      return { leavesBehind, databaseBytes };
    });
  }

  /** How the recovered state is defined. Throws `not_supported` with what of it cannot be made on the server as it is now. */
  async #readCopy(
    db: ProtectedDatabase,
    server: RecoveredServer,
    restoreId: string,
    signal: AbortSignal,
  ): Promise<Definitions> {
    const access = accessOf(this.#context, db);
    const place = placeOfCopy(server, server.superuser, access.database);
    const kept = await withSession(place, (copy) =>
      withSession(
        access,
        async (live) => {
          await prepareCopy(copy);
          refuseFor(await findMisfits(copy, live));
          const names = (await readKeptSchemas(live)).map(({ name }) => name).filter((name) => name !== "public");
          const rows = await copy.rows("SELECT oid FROM pg_namespace WHERE nspname = ANY ($1)", [names]);
          return rows.map(([oid]) => oid ?? "");
        },
        signal,
      ),
    );
    const folder = path.join(this.#folder, `${path.basename(restoreId)}.definitions`);
    const programs = this.#context.programsOf(db);
    return readDefinitions(programs, { access: { ...place, password: "" }, folder, kept }, signal);
  }

  async #transfer(
    db: ProtectedDatabase,
    order: {
      server: RecoveredServer;
      definitions: Definitions;
      restoreId: string;
      planned: { bookmark: Bookmark };
      databaseBytes: number;
    },
    { run, clock }: { run: Run; clock: StageClock },
  ): Promise<Took<Summary>> {
    const { server, definitions, restoreId, planned, databaseBytes } = order;
    const access = accessOf(this.#context, db);
    const limit = new AbortController();
    const limitMs = Math.max(SHORTEST_LIMIT_MS, (databaseBytes / BYTES_PER_MS) * LIMIT_FACTOR);
    const late = setTimeout(() => limit.abort(tooLong(limitMs)), limitMs);
    const signal = AbortSignal.any([run.signal, limit.signal]);
    let pid: string | null = null;
    const work = async (live: ServerSession) => {
      pid = await live.value("SELECT pg_backend_pid()");
      const { isSuperuser } = await readStanding(live);
      await makeExact(live, isSuperuser);
      await lockTables(live, access);
      refuseFor(await findObstacles(live));
      const commitsSince = await this.#keepWhatIsThere(db, planned.bookmark, run);
      run.note?.("Its tables are locked: everything in it is being replaced.");
      const copy = await ServerSession.open(placeOfCopy(server, server.superuser, access.database));
      const cut = () => copy.cut();
      signal.addEventListener("abort", cut, { once: true });
      try {
        await makeExact(copy, true);
        let done = 0;
        await replaceContents({ copy, live }, { definitions, restoreId, run }, (bytes) => {
          done += bytes;
          clock.report(Math.min(done, databaseBytes), databaseBytes);
        });
      } finally {
        signal.removeEventListener("abort", cut);
        copy.cut();
      }
      return { summary: { commitsSince }, isEmpty: false };
    };
    try {
      const open = () => ServerSession.open(access);
      return await this.#transaction.run(db, restoreId, work, { run: { ...run, signal }, clock, open });
    } catch (error) {
      // Nobody is told that nothing was changed while its tables are still locked.
      if (pid !== null) await this.#untilGone(db, pid);
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  /**
   * With every table locked: what was committed up to now is received, and can be gone back to. Answers how many commits that are more
   * than the one that the plan was made at. Throws what keeps it from being so.
   */
  async #keepWhatIsThere(db: ProtectedDatabase, planned: Bookmark, run: Run): Promise<number> {
    const { moments } = this.#recoveries;
    const { bookmark } = await moments.current(db);
    await moments.recovery(db, bookmark);
    const { commits } = await moments.between(db, planned, bookmark);
    if (commits > 0) {
      const those = commits === 1 ? "One commit was" : `${commits} commits were`;
      run.note?.(
        `${those} made while the moment was recovered. They are in the history, up to ${bookmark}; an undo brings them back.`,
      );
    }
    return commits;
  }

  /** Waits until a connection of ours has ended on the server, and its transaction with it. */
  async #untilGone(db: ProtectedDatabase, pid: string): Promise<void> {
    const work = async (session: ServerSession) => {
      for (const untilMs = performance.now() + GONE_WITHIN_MS; performance.now() < untilMs; await sleep(50)) {
        const is = await session.value(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1::int4 AND usename = current_user AND application_name = 'lastgood'",
          [pid],
        );
        if (is === null) return;
      }
    };
    await withSession(accessOf(this.#context, db), work).catch((error: unknown) =>
      this.#context.log.warn({ err: error, database: db.id }, "the end of a transaction was not seen"),
    );
  }

  #attempts(): AttemptFiles<Summary> {
    const file = (restoreId: string) => path.join(this.#folder, `${path.basename(restoreId)}.attempt`);
    return {
      readAttempt: (id) => readJsonFile<TransactionAttempt<Summary>>(file(id)),
      writeAttempt: (id, attempt) => writeFileDurably(file(id), Buffer.from(JSON.stringify(attempt))),
      forgetAttempt: (id) => rmSync(file(id), { force: true }),
    };
  }

  /** What nobody asks for any more. */
  #removeOld(nowMs: number): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(this.#folder)) {
      const found = statSync(path.join(this.#folder, name), { throwIfNoEntry: false });
      if (found && found.mtimeMs < nowMs - KEPT_MS)
        rmSync(path.join(this.#folder, name), { force: true, recursive: true });
    }
  }
}

function refuseFor(obstacles: readonly Obstacle[]): void {
  if (obstacles.length === 0) return;
  throw new LastgoodError("not_supported", obstacles.map(({ what }) => what).join(" "), {
    hint: `Nothing was changed. On the server: ${obstacles.map(({ remedy }) => remedy).join(" ")} A preview or a new database needs none of that.`,
    outcome: "nothing",
  });
}

function cannotHold(): LastgoodError {
  return new LastgoodError("restore_failed", "Writes cannot be held beyond this restore: it is one transaction.", {
    hint: "Nothing was changed. Restore without holding writes; while it runs nobody writes to the database's tables.",
    outcome: "nothing",
  });
}

function tooLong(limitMs: number): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    `It took longer than ${Math.round(limitMs / 60_000)} minutes and was ended.`,
    {
      hint: "Nothing was changed. Restore the moment to a new database, and point applications there.",
      outcome: "nothing",
    },
  );
}
