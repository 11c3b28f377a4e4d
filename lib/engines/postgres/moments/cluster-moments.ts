import type { Bookmark } from "../../../domain/bookmark.ts";
import { formatLsn, requireClusterBookmark } from "../../../domain/cluster-bookmark.ts";
import type { CommitMarks } from "../../../domain/commit-mark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Moment, ResolvedMoment } from "../../../domain/moment.ts";
import { type CommitSummary, placeMoment, type RecoveryWindow } from "../../../domain/recovery-window.ts";
import type { DensityBucket, FollowedState, ProtectedDatabase, Run } from "../../engine.ts";
import { readCapturedThrough } from "../history/captured-through.ts";
import type { PostgresContext } from "../postgres-context.ts";
import type { RecoveryPlan, WalSource } from "../recovery/recovery-plan.ts";
import { BranchLog } from "./branch-log.ts";
import { chooseBase } from "./choose-base.ts";
import type { ClusterCommit } from "./cluster-line.ts";
import { clusterMarks, type MarkRange, type NameOfFile } from "./cluster-marks.ts";
import { oldestOrdinal, windowOf } from "./cluster-window.ts";
import { damagedHere, inFuture, inGap, notCaptured, outsideWindow } from "./moment-errors.ts";
import { OpenedHistories, type OpenedHistory } from "./opened-histories.ts";
import { isWorthPruning, planPruning, type RecentPlan } from "./plan-pruning.ts";
import { touchedBetween } from "./touched-between.ts";

const FLUSH_TIMEOUT_MS = 15_000;
const STATUS_TIMEOUT_MS = 2_000;
const FLUSHES = 3;
/** Between the time that a commit takes and its record at most, by far. */
const IN_FLIGHT_MS = 1_000;
const PRUNE_TIMEOUT_MS = 10 * 60_000;
/** Whoever has asked for a state and been told of it begins to make it within this time. */
const RECENT_MS = 60 * 60_000;
const MOST_PLANS = 500;

/** Which moments of a cluster there are, and what it takes to bring one back. Reads the history, never a server. */
export class ClusterMoments {
  readonly #context: PostgresContext;
  readonly #histories: OpenedHistories;
  readonly #plans = new Map<string, (RecentPlan & { atMs: number })[]>();
  /** Those that states are being made by right now, however long that takes. */
  readonly #held = new Map<string, Set<RecentPlan>>();

  constructor(context: PostgresContext) {
    this.#context = context;
    this.#histories = new OpenedHistories(context);
  }

  /** As `Engine.window`. */
  async window(db: ProtectedDatabase): Promise<RecoveryWindow> {
    const status = await this.#context.receiver
      .ask("status", { database: db.id }, STATUS_TIMEOUT_MS)
      .catch((error: unknown) => this.#silent(db, error));
    const capturedThroughMs =
      status?.status?.capturedThroughMs ?? readCapturedThrough(this.#context.places(db).history);
    return this.#windowAt(db, this.#histories.of(db), capturedThroughMs);
  }

  /** As `Engine.resolve`. */
  async resolve(db: ProtectedDatabase, at: Moment): Promise<ResolvedMoment> {
    if ("bookmark" in at) {
      const opened = this.#histories.of(db);
      return resolved(opened, this.#byBookmark(db, opened, at.bookmark), null);
    }
    const { timestampMs: atMs } = at;
    const nowMs = Date.now();
    if (atMs > nowMs) throw inFuture(nowMs);
    const { opened, capturedThroughMs } = await this.#settle(db, atMs);
    const window = this.#windowAt(db, opened, capturedThroughMs);
    const placed = placeMoment(window, atMs, nowMs);
    if (placed.kind === "empty") throw outsideWindow("timestamp", {});
    if (placed.kind === "future") throw inFuture(nowMs);
    if (placed.kind === "before") throw outsideWindow("timestamp", placed.nearest);
    if (placed.kind === "damaged") throw damagedHere(placed.nearest);
    if (placed.kind === "gap") throw inGap("timestamp", placed.gap, placed.nearest);
    const commit = opened.line.commit(opened.line.ordinalAt(atMs));
    if (!commit) throw outsideWindow("timestamp", { afterMs: window.spans[0]?.fromMs ?? nowMs });
    this.#requireBase(opened, commit, "timestamp");
    return resolved(opened, commit, atMs);
  }

  /** As `Engine.current`: asks the receiver to flush first. */
  async current(db: ProtectedDatabase): Promise<ResolvedMoment> {
    await this.#context.receiver.ask("flush", { database: db.id }, FLUSH_TIMEOUT_MS);
    const opened = this.#histories.of(db);
    const commit = opened.line.commit(opened.line.last);
    if (commit) return resolved(opened, commit, null);
    throw new LastgoodError("not_protected", `${db.name} has no commit in its history yet.`, {
      hint: "Wait until its first base backup is complete.",
    });
  }

  /** As `Engine.commits`. */
  async commits(
    db: ProtectedDatabase,
    { timeMs, before, after }: { timeMs: number; before: number; after: number },
  ): Promise<CommitSummary[]> {
    const { line } = this.#histories.of(db);
    const oldest = this.#oldest(db);
    const at = Math.max(line.ordinalAt(timeMs), oldest - 1);
    const found: CommitSummary[] = [];
    for (let i = Math.max(oldest, at - before + 1); i <= Math.min(line.last, at + after); i++) {
      const commit = line.commit(i);
      if (!commit) continue;
      const { ordinal, timeMs: commitMs } = commit;
      found.push({
        bookmark: line.bookmarkOf(commit),
        txid: ordinal,
        timeMs: commitMs,
        pages: 0,
        bytes: line.bytesOf(commit),
      });
    }
    return found;
  }

  /** As `Engine.follow`; a state whose log was pruned has no number any more. */
  async follow(db: ProtectedDatabase, state: Bookmark): Promise<FollowedState | null> {
    try {
      const opened = this.#histories.of(db);
      const { ordinal } = this.#known(opened, state);
      return { txid: ordinal, nextMs: opened.line.commit(ordinal + 1)?.timeMs ?? null };
    } catch (error) {
      if (error instanceof LastgoodError) return null;
      throw error;
    }
  }

  /** As `Engine.density`. */
  async density(
    db: ProtectedDatabase,
    { fromMs, toMs, buckets }: { fromMs: number; toMs: number; buckets: number },
  ): Promise<DensityBucket[]> {
    if (!(toMs > fromMs)) {
      throw new LastgoodError("invalid_input", "The range ends before it begins.", {
        field: "to",
        hint: "Swap its ends.",
      });
    }
    const { line } = this.#histories.of(db);
    const width = (toMs - fromMs) / buckets;
    const none = this.#oldest(db) - 1;
    const edges = Array.from({ length: buckets + 1 }, (_, i) => (i === buckets ? toMs : fromMs + i * width));
    // Commits before an edge: what is in force at the last millisecond before it.
    const counts = edges.map((edge) => Math.max(none, line.ordinalAt(Math.ceil(edge) - 1)));
    return edges.slice(0, -1).map((edge, i) => ({
      fromMs: edge,
      toMs: edges[i + 1] ?? toMs,
      commits: (counts[i + 1] ?? none) - (counts[i] ?? none),
      pages: 0,
    }));
  }

  /** As `Engine.marks`. */
  async marks(db: ProtectedDatabase, range: MarkRange, nameOf?: NameOfFile): Promise<CommitMarks> {
    const { line } = this.#histories.of(db);
    return clusterMarks(line, this.#context.places(db).history, range, { oldest: this.#oldest(db), nameOf });
  }

  /** How the state of a bookmark is made. Throws `moment_outside_window`, `moment_in_gap`, `foreign_bookmark`, `history_damaged`. */
  async recovery(db: ProtectedDatabase, to: Bookmark): Promise<RecoveryPlan> {
    const opened = this.#histories.of(db);
    const commit = this.#byBookmark(db, opened, to);
    const { base, target } = this.#requireBase(opened, commit, "bookmark");
    this.#remember(db, { incarnation: commit.incarnation, base: base.base.directory });
    const endLsn = target === "immediate" ? base.stopLsn : commit.lsn;
    return {
      bookmark: opened.line.bookmarkOf(commit),
      timeMs: commit.timeMs,
      base: base.base,
      target: target === "immediate" ? "immediate" : { lsn: formatLsn(BigInt(commit.lsn)) },
      timeline: commit.timeline,
      incarnation: commit.incarnation,
      walBytes: Math.max(0, endLsn - base.startLsn),
    };
  }

  /** Keeps what a plan needs from being pruned until the answer is called. */
  hold(db: ProtectedDatabase, { incarnation, base }: RecoveryPlan): () => void {
    const held = this.#held.get(db.id) ?? new Set();
    this.#held.set(db.id, held);
    const plan = { incarnation, base: base.directory };
    held.add(plan);
    return () => {
      held.delete(plan);
    };
  }

  /** Whether a state of its history is being made right now. */
  isHeld({ id }: ProtectedDatabase): boolean {
    return (this.#held.get(id)?.size ?? 0) > 0;
  }

  /** Forgets who has asked for a state lately. */
  forgetPlans({ id }: ProtectedDatabase): void {
    this.#plans.delete(id);
  }

  /** The log that a plan replays, verified, and nothing of it beyond the plan's branch. */
  wal(db: ProtectedDatabase, plan: Pick<RecoveryPlan, "incarnation" | "timeline">): WalSource {
    const opened = this.#histories.of(db);
    return new BranchLog({
      branch: opened.branchOf(plan.incarnation),
      segmentBytes: opened.line.history.segmentBytes,
      timeline: plan.timeline,
      found: (file) => opened.damaged.add(file),
    });
  }

  /** How many commits lie between two moments, and how many bytes of log. */
  async between(db: ProtectedDatabase, from: Bookmark, to: Bookmark): Promise<{ commits: number; bytes: number }> {
    const opened = this.#histories.of(db);
    const [a, b] = [from, to].map((one) => this.#known(opened, one)).sort((x, y) => x.ordinal - y.ordinal);
    if (!a || !b) return { commits: 0, bytes: 0 };
    return { commits: b.ordinal - a.ordinal, bytes: opened.line.bytesBetween(a, b) };
  }

  /**
   * The files whose rows may differ between two commits, in whichever order they are given; null: that is not known. Never throws but the
   * signal's reason: whoever asks can compare everything instead.
   */
  async touched(db: ProtectedDatabase, one: Bookmark, other: Bookmark, signal: AbortSignal) {
    try {
      const opened = this.#histories.of(db);
      const [from, to] = [one, other].map((at) => this.#known(opened, at)).sort((a, b) => a.ordinal - b.ordinal);
      if (!from || !to) return null;
      const wal = this.wal(db, { incarnation: to.incarnation, timeline: to.timeline });
      const { segmentBytes } = opened.line.history;
      return await touchedBetween({ wal, segmentBytes, from, to, folder: this.#context.paths.temporary, signal });
    } catch (error) {
      signal.throwIfAborted();
      this.#context.log.debug({ err: error, database: db.id }, "the log between two moments cannot be read");
      return null;
    }
  }

  /** As `OwnedEngine.isPruningDue`. */
  isPruningDue(db: ProtectedDatabase, keepFromMs: number): boolean {
    const opened = this.#histories.of(db);
    return isWorthPruning(planPruning(opened, keepFromMs, this.#neededOf(db)), opened);
  }

  /** As `Engine.prune`: the receiver does it, which alone writes a history. What was planned to be restored lately stays. */
  prune(db: ProtectedDatabase, keepFromMs: number, run: Run): Promise<{ removedBytes: number }> {
    run.signal.throwIfAborted();
    const question = {
      database: db.id,
      keepFromMs,
      recent: this.#neededOf(db),
    };
    return this.#context.receiver.ask("prune", question, PRUNE_TIMEOUT_MS);
  }

  /** As `OwnedEngine.readAheadMarks`: notes are made as the log is received, so there is nothing to read ahead. */
  async readAheadMarks(_db: ProtectedDatabase): Promise<void> {}

  /** The history once a time means the same for ever: something of its log is later, or the server cannot write any more. */
  async #settle(
    db: ProtectedDatabase,
    atMs: number,
  ): Promise<{ opened: OpenedHistory; capturedThroughMs: number | null }> {
    let opened = this.#histories.of(db);
    let capturedThroughMs: number | null = null;
    for (let tries = 0; ; tries++) {
      const { settledThroughMs } = opened.line;
      if (settledThroughMs !== null && settledThroughMs >= atMs)
        return { opened, capturedThroughMs: maximum(capturedThroughMs, settledThroughMs) };
      // Nobody who asks can make such a server write: what was received by then is all there is.
      if (tries === FLUSHES && capturedThroughMs !== null && capturedThroughMs >= atMs)
        return { opened, capturedThroughMs };
      if (tries === FLUSHES) throw notCaptured(maximum(capturedThroughMs, settledThroughMs), null);
      try {
        const flushed = await this.#context.receiver.ask("flush", { database: db.id }, FLUSH_TIMEOUT_MS);
        capturedThroughMs = maximum(capturedThroughMs, flushed.capturedThroughMs);
      } catch (error) {
        const throughMs = readCapturedThrough(this.#context.places(db).history);
        // Whoever was committing when the clock was read has long been heard of.
        if (throughMs !== null && throughMs >= atMs + IN_FLIGHT_MS) return { opened, capturedThroughMs: throughMs };
        throw notCaptured(maximum(settledThroughMs, throughMs), error);
      }
      opened = this.#histories.of(db);
    }
  }

  #windowAt(db: ProtectedDatabase, opened: OpenedHistory, capturedThroughMs: number | null): RecoveryWindow {
    return windowOf({
      line: opened.line,
      branchOf: opened.branchOf,
      windowDays: db.windowDays,
      nowMs: Date.now(),
      capturedThroughMs: maximum(capturedThroughMs, opened.line.settledThroughMs),
    });
  }

  #oldest(db: ProtectedDatabase): number {
    const { line } = this.#histories.of(db);
    return oldestOrdinal({ line, windowDays: db.windowDays, nowMs: Date.now() });
  }

  /** The commit of a bookmark, wherever it lies. */
  #known({ line }: OpenedHistory, text: string): ClusterCommit {
    const parts = requireClusterBookmark(text);
    if (parts.historyTag !== line.history.tag) {
      throw new LastgoodError("foreign_bookmark", "This bookmark belongs to another database.", {
        field: "bookmark",
        hint: "Use a bookmark of this database, as its history lists them.",
      });
    }
    const found = line.commitAt(parts.activation, Number(parts.lsn));
    if (found && found.incarnation === parts.incarnation) return found;
    const piece = line.pieces.find(({ stretch }) => stretch.activation === parts.activation);
    const covers = piece?.index.covers;
    const isGone = piece && piece.stretch.incarnation === parts.incarnation && covers && parts.lsn < covers.fromLsn;
    if (isGone) throw outsideWindow("bookmark", {});
    throw new LastgoodError("invalid_moment", "This bookmark names no commit of this database.", {
      field: "bookmark",
      hint: "Copy it again as a whole; the history lists every valid one.",
    });
  }

  #byBookmark(db: ProtectedDatabase, opened: OpenedHistory, text: string): ClusterCommit {
    const found = this.#known(opened, text);
    const { line } = opened;
    const oldest = oldestOrdinal({ line, windowDays: db.windowDays, nowMs: Date.now() });
    if (found.ordinal < oldest) {
      const after = line.commit(oldest);
      throw outsideWindow("bookmark", after ? { afterMs: after.timeMs } : {});
    }
    this.#requireBase(opened, found, "bookmark");
    return found;
  }

  #requireBase(opened: OpenedHistory, commit: ClusterCommit, field: "timestamp" | "bookmark") {
    const piece = opened.line.pieces.find(({ stretch }) => stretch.activation === commit.activation);
    const branch = opened.branchOf(commit.incarnation);
    const chosen = piece ? chooseBase(branch, piece, commit) : null;
    if (chosen) return chosen;
    const isBroken = branch.bases.some(({ stopLsn }) => stopLsn <= commit.lsn);
    if (isBroken) throw damagedHere({});
    const hasOlder = opened.line.pieces.some(
      ({ stretch }) => stretch.activation < commit.activation && opened.branchOf(stretch.incarnation).bases.length > 0,
    );
    throw hasOlder ? inGap(field, null, {}) : outsideWindow(field, {});
  }

  #remember(db: ProtectedDatabase, plan: RecentPlan): void {
    this.#plans.set(db.id, [...this.#recentOf(db), { ...plan, atMs: performance.now() }].slice(-MOST_PLANS));
  }

  #neededOf(db: ProtectedDatabase): RecentPlan[] {
    const recent = this.#recentOf(db).map(({ incarnation, base }) => ({ incarnation, base }));
    return [...(this.#held.get(db.id) ?? []), ...recent];
  }

  #recentOf(db: ProtectedDatabase): (RecentPlan & { atMs: number })[] {
    return (this.#plans.get(db.id) ?? []).filter(({ atMs }) => performance.now() - atMs < RECENT_MS);
  }

  #silent(db: ProtectedDatabase, error: unknown): null {
    this.#context.log.debug({ err: error, database: db.id }, "the receiver does not answer");
    return null;
  }
}

function resolved({ line }: OpenedHistory, commit: ClusterCommit, askedMs: number | null): ResolvedMoment {
  return { bookmark: line.bookmarkOf(commit), txid: commit.ordinal, timeMs: commit.timeMs, askedMs, pages: 0 };
}

function maximum(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
