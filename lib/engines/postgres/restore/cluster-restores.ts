import { randomUUID } from "node:crypto";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Copied, Restored, RestorePlan } from "../../../domain/restore.ts";
import type { EngineCopies, ProtectedDatabase, RestoreAround, Run } from "../../engine.ts";
import { runCheck } from "../../run-check.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { readAccess } from "../receiver/access-file.ts";
import type { ClusterCapture } from "../receiver/cluster-capture.ts";
import { withSession } from "../receiver/open-session.ts";
import { checkIndexesIfAsked } from "../recovery/check-state.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import { ClusterTransfers } from "../transfer/cluster-transfers.ts";
import { APPLICATIONS, claimCopy, openToApplications } from "./claim-copy.ts";
import { findLeftBehind } from "./left-behind.ts";
import { makeCopy } from "./make-copy.ts";
import { packState } from "./pack-state.ts";
import { planOf } from "./plan-cluster-restore.ts";
import { findAside, isNothing, type ReadyState, type SwapGoal, stopReady, swapIn } from "./swap-in.ts";

const NOTHING_AROUND: RestoreAround = {
  holdWritesMs: null,
  before: () => Promise.resolve(),
  after: () => Promise.resolve(),
};
/** Keeps a restored state's log from its fork on, until the receiver's own slot does. */
const FORK_SLOT = "lastgood_restored";

const IN_COPIES = [
  "Only the role app can log in there, with a password of its own; other roles are there and need one to be given.",
  "No role but Lastgood's own is a superuser there, and functions that had a superuser's rights have them no more.",
  "Subscriptions are there and switched off: the copy takes nothing from whatever the original follows.",
];

/** Restores in place (of hosted clusters rehearsed beside, then swapped in; of attached ones as one transaction) and copies. */
export class ClusterRestores implements EngineCopies {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;
  readonly #capture: ClusterCapture;
  readonly #transfers: ClusterTransfers;

  constructor(context: PostgresContext, recoveries: Recoveries, capture: ClusterCapture) {
    this.#context = context;
    this.#recoveries = recoveries;
    this.#capture = capture;
    this.#transfers = new ClusterTransfers(context, recoveries);
  }

  /** As `Engine.plan`. */
  async plan(db: ProtectedDatabase, to: Bookmark, lastRestoreId: string | null): Promise<RestorePlan> {
    if (db.origin === "attached") return this.#transfers.plan(db, to, lastRestoreId);
    const { moments } = this.#recoveries;
    const { base, walBytes, timeMs } = await moments.recovery(db, to);
    const from = await this.#newest(db);
    const { commits } = await moments.between(db, to, from.bookmark);
    const isReady = findAside(this.#context, db, to) !== null;
    return planOf({
      databaseId: db.id,
      target: "project",
      to: { bookmark: to, timeMs },
      from: { bookmark: from.bookmark, timeMs: from.timeMs },
      commits,
      way: "swap",
      clusterBytes: commits === 0 ? 0 : base.clusterBytes,
      walBytes,
      isReady,
      leavesBehind: await this.#leftBehind(db, isReady),
      bound: [lastRestoreId],
    });
  }

  /** As `Engine.restore`. What a former restore has set aside is exchanged again; any other state is made beside first. */
  async restore(
    db: ProtectedDatabase,
    restoreId: string,
    to: Bookmark,
    run: Run,
    around: RestoreAround = NOTHING_AROUND,
  ): Promise<Restored> {
    if (db.origin === "attached") return this.#transfers.restore(db, restoreId, to, run, around);
    const { timeMs } = await this.#recoveries.moments.resolve(db, { bookmark: to });
    const recovered = (again: Run) => this.#recoverOwn(db, to, restoreId, again);
    const goal: SwapGoal = {
      reached: { bookmark: to, timeMs },
      isThere: () => this.#isThere(db, to),
      makeReady: async (again) => (await this.#takeAside(db, to, again)) ?? recovered(again),
      needsBase: false,
    };
    try {
      return await swapIn(this.#context, db, { restoreId, goal, run, around });
    } catch (error) {
      if (!isNothing(error) || findAside(this.#context, db, to) === null || run.signal.aborted) throw error;
      // What was set aside cannot be used; everything that it holds is in the history as well.
      this.#context.log.warn({ err: error, restoreId }, "a state that was set aside is restored from the history");
      const again = { ...goal, makeReady: recovered };
      return swapIn(this.#context, db, { restoreId, goal: again, run, around: { ...around, before: async () => {} } });
    }
  }

  async planCopy(db: ProtectedDatabase, to: Bookmark, kind: "new_preview" | "new_database"): Promise<RestorePlan> {
    await this.#recoveries.requireCopyable(db);
    const { moments } = this.#recoveries;
    const { base, walBytes, timeMs } = await moments.recovery(db, to);
    const from = await this.#newest(db);
    const { commits } = await moments.between(db, to, from.bookmark);
    return planOf({
      databaseId: db.id,
      target: kind,
      to: { bookmark: to, timeMs },
      from: { bookmark: from.bookmark, timeMs: from.timeMs },
      commits,
      way: "copy",
      clusterBytes: base.clusterBytes,
      walBytes,
      isReady: false,
      leavesBehind: IN_COPIES,
      bound: [],
    });
  }

  async planTakeOver(
    db: ProtectedDatabase,
    source: ProtectedDatabase,
    to: Bookmark,
    facts: { kind: "preview" | "cutover"; since: Bookmark | null; lastRestoreId: string | null },
  ): Promise<RestorePlan> {
    refuseAttached(db);
    this.#requireSameCluster(db, source);
    const { moments } = this.#recoveries;
    const { base, walBytes, timeMs } = await moments.recovery(source, to);
    const from = await this.#newest(db);
    const since = facts.since === null ? null : await moments.between(db, facts.since, from.bookmark);
    return planOf({
      databaseId: db.id,
      target: facts.kind,
      to: { bookmark: to, timeMs },
      from: { bookmark: from.bookmark, timeMs: from.timeMs },
      commits: since?.commits ?? null,
      way: "swap",
      clusterBytes: base.clusterBytes,
      walBytes,
      isReady: false,
      leavesBehind: await this.#leftBehind(db, false),
      bound: [source.id, facts.lastRestoreId],
    });
  }

  /** As `EngineCopies.writeOut`: a tar of a data directory that PostgreSQL starts on. */
  async writeOut(
    db: ProtectedDatabase,
    at: Bookmark,
    file: string,
    run: Run,
  ): Promise<{ bookmark: Bookmark; timeMs: number; sizeBytes: number }> {
    const order = { id: `download-${randomUUID()}`, purpose: "lasting" as const, stage: "write" };
    const server = await this.#recoveries.recover(db, at, order, run);
    try {
      await server.stop();
      const sizeBytes = await packState(server.directory, file, run.signal);
      return { bookmark: server.bookmark, timeMs: server.timeMs, sizeBytes };
    } finally {
      await server.discard();
    }
  }

  copy(
    request: { source: ProtectedDatabase; to: Bookmark; target: ProtectedDatabase; restoreId: string },
    run: Run,
  ): Promise<Copied> {
    const means = { context: this.#context, recoveries: this.#recoveries, capture: this.#capture };
    return makeCopy(means, request, run);
  }

  /** Its own program writes a cluster's databases as SQL. */
  async writeSqlText(db: ProtectedDatabase): Promise<never> {
    throw new LastgoodError("not_supported", `${db.name} is a cluster, which is not written as SQL here.`, {
      hint: "Use pg_dump with its connection string.",
    });
  }

  /** As `EngineCopies.takeOver`; both are states of one cluster, or of copies of it. */
  async takeOver(
    db: ProtectedDatabase,
    restoreId: string,
    { source, to }: { source: ProtectedDatabase; to: Bookmark },
    run: Run,
    around: RestoreAround = NOTHING_AROUND,
  ): Promise<Restored> {
    refuseAttached(db);
    this.#requireSameCluster(db, source);
    const { timeMs } = await this.#recoveries.moments.resolve(source, { bookmark: to });
    const makeReady = async (again: Run): Promise<ReadyState> => {
      const order = { id: restoreId, purpose: "lasting" as const, into: db, slot: FORK_SLOT };
      const server = await this.#recoveries.recover(source, to, order, again);
      try {
        const password = readAccess(this.#context.places(db).access)?.password ?? "";
        if (source.origin === "attached") {
          await claimCopy(server, password);
          await openToApplications(server);
        }
        await checkIndexesIfAsked(server, again);
        return await stopReady(server, null);
      } catch (error) {
        await server.discard();
        throw error;
      }
    };
    const isThere = () => Promise.resolve(false);
    const goal: SwapGoal = { reached: { bookmark: to, timeMs }, isThere, makeReady, needsBase: true };
    return swapIn(this.#context, db, { restoreId, goal, run, around });
  }

  /** Asks the server; one that cannot be asked has what was received of it. */
  async #newest(db: ProtectedDatabase): Promise<{ bookmark: Bookmark; timeMs: number }> {
    const { moments } = this.#recoveries;
    try {
      return await moments.current(db);
    } catch (error) {
      const [newest] = await moments.commits(db, { timeMs: Date.now(), before: 1, after: 0 });
      if (!newest) throw error;
      this.#context.log.warn({ err: error, database: db.id }, "a cluster is planned for by what was received of it");
      return newest;
    }
  }

  /** Whether it serves that state already; one that does not serve has none. */
  async #isThere(db: ProtectedDatabase, to: Bookmark): Promise<boolean> {
    try {
      const now = await this.#recoveries.moments.current(db);
      if (now.bookmark !== to) return false;
      // What was received is known of a server that is gone as well.
      const access = readAccess(this.#context.places(db).access);
      if (access) await withSession(access, (session) => session.query("SELECT 1"));
      return access !== null;
    } catch (error) {
      this.#context.log.warn({ err: error, database: db.id }, "a cluster that does not answer is restored");
      return false;
    }
  }

  /** What was set aside whole. It is not taken where more is to be checked of it than that it stopped cleanly. */
  async #takeAside(db: ProtectedDatabase, to: Bookmark, run: Run): Promise<ReadyState | null> {
    const aside = run.checks?.indexes ? null : findAside(this.#context, db, to);
    const text = "Not read again: this state served here, stopped cleanly, and was set aside whole.";
    if (aside) await runCheck(run, "pages", async () => ({ isSkipped: true, read: null, text }));
    return aside;
  }

  async #recoverOwn(db: ProtectedDatabase, to: Bookmark, restoreId: string, run: Run): Promise<ReadyState> {
    const { incarnation } = await this.#recoveries.moments.recovery(db, to);
    const server = await this.#recoveries.recover(db, to, { id: restoreId, purpose: "lasting", slot: FORK_SLOT }, run);
    try {
      await checkIndexesIfAsked(server, run);
      void this.#writeAhead(db);
      const ready = await stopReady(server, incarnation);
      this.#context.log.info({ database: db.id, restoreId, timings: server.timings }, "a state was made ready");
      return ready;
    } catch (error) {
      await server.discard();
      throw error;
    }
  }

  /** What serves has to write everything before it stops; most of that is done while the new state is being checked. */
  async #writeAhead(db: ProtectedDatabase): Promise<void> {
    const access = db.origin === "hosted" ? readAccess(this.#context.places(db).access) : null;
    try {
      if (access) await withSession(access, (session) => session.query("CHECKPOINT"));
    } catch (error) {
      this.#context.log.debug({ err: error, database: db.id }, "what serves was not written ahead");
    }
  }

  async #leftBehind(db: ProtectedDatabase, isReady: boolean): Promise<string[]> {
    const access = readAccess(this.#context.places(db).access);
    return access ? findLeftBehind(access, { applications: APPLICATIONS, isReady }) : [];
  }

  /** Positions in the log of another cluster mean nothing in this one's. */
  #requireSameCluster(db: ProtectedDatabase, source: ProtectedDatabase): void {
    const [one, other] = [this.#context.historyOf(db), this.#context.historyOf(source)];
    if (one.systemIdentifier === other.systemIdentifier && one.serverVersion === other.serverVersion) return;
    throw new LastgoodError("conflict", `${source.name} is not a copy of the cluster that ${db.name} is.`, {
      hint: "Restore that state into a new database, and point applications there.",
    });
  }
}

/**
 * A copy of an attached server was disarmed: functions of it have lost a superuser's rights, roles were added. Given back, that
 * would be the server's own.
 */
function refuseAttached({ name, origin }: ProtectedDatabase): void {
  if (origin !== "attached") return;
  throw new LastgoodError("not_supported", `A copy of ${name} has other roles and rights than the attached server.`, {
    hint: "Restore the moment itself in place, give rows back, or point applications to the copy.",
    outcome: "nothing",
  });
}
