import type { Bookmark } from "../../../domain/bookmark.ts";
import { formatClusterBookmark, parseLsn } from "../../../domain/cluster-bookmark.ts";
import type { ClusterHistory, Stretch } from "../history/cluster-history.ts";
import type { IncarnationIndex } from "../history/incarnation-index.ts";

/** A commit of a cluster's one line of states. `ordinal` counts from 1 over all stretches; `timeMs` never falls. */
export type ClusterCommit = {
  ordinal: number;
  activation: number;
  incarnation: number;
  timeline: number;
  lsn: number;
  timeMs: number;
};

/** One stretch with its commits: those with the numbers (rankStart, rankEnd] of its incarnation. */
export type Piece = {
  stretch: Stretch;
  index: IncarnationIndex;
  rankStart: number;
  rankEnd: number;
  /** Commits of the line before it. */
  before: number;
  /** No commit of it is earlier than this: a clock that goes back does not lead into an older stretch. */
  floorUs: number;
};

/** What is known of a stretch's numbers where log of it is gone. */
export type StretchOrdinals = { activation: number; before: number; rankStart: number; floorUs?: number | undefined };

/** All commits that ever served, in their order. */
export class ClusterLine {
  readonly history: ClusterHistory;
  readonly pieces: Piece[] = [];

  constructor(
    history: ClusterHistory,
    indexOf: (incarnation: number) => IncarnationIndex,
    kept: readonly StretchOrdinals[] = [],
  ) {
    this.history = history;
    let [before, floorUs] = [0, 0];
    for (const stretch of [...history.stretches].sort((a, b) => a.activation - b.activation)) {
      const index = indexOf(stretch.incarnation);
      const known = kept.find(({ activation }) => activation === stretch.activation);
      if (known) before = known.before;
      floorUs = Math.max(floorUs, known?.floorUs ?? 0);
      const rankStart = known?.rankStart ?? index.rankBefore(position(stretch.startLsn));
      const upTo = stretch.endLsn === null ? index.lastRank : index.rankBefore(position(stretch.endLsn));
      const rankEnd = Math.max(upTo, rankStart);
      this.pieces.push({ stretch, index, rankStart, rankEnd, before, floorUs });
      before += rankEnd - rankStart;
      floorUs = Math.max(floorUs, index.commit(rankEnd)?.timeUs ?? 0);
    }
  }

  /** The number of the newest commit; 0: there is none. */
  get last(): number {
    const piece = this.pieces.at(-1);
    return piece ? piece.before + piece.rankEnd - piece.rankStart : 0;
  }

  /** Times up to this one mean the same for ever: something of the log is later. Unix milliseconds; null: none. */
  get settledThroughMs(): number | null {
    const piece = this.pieces.at(-1);
    const lastUs = piece && piece.index.lastTimeUs > 0 ? Math.max(piece.index.lastTimeUs, piece.floorUs) : 0;
    return lastUs > 0 ? Math.floor(lastUs / 1000) - 1 : null;
  }

  /** A commit by its number; null where there is none, or none any more. */
  commit(ordinal: number): ClusterCommit | null {
    const piece = this.pieces.findLast(({ before }) => before < ordinal);
    if (!piece) return null;
    const rank = piece.rankStart + ordinal - piece.before;
    const found = rank > piece.rankEnd ? null : piece.index.commit(rank);
    if (!found) return null;
    const { activation, incarnation } = piece.stretch;
    const timeMs = Math.floor(Math.max(found.timeUs, piece.floorUs) / 1000);
    return { ordinal, activation, incarnation, timeline: found.timeline, lsn: found.lsn, timeMs };
  }

  /**
   * The number of the commit in force at a time: the last one before the first record that is later than the time's millisecond.
   * 0: that time is before all of them.
   */
  ordinalAt(timeMs: number): number {
    const limitUs = (timeMs + 1) * 1000;
    for (const { index, rankStart, rankEnd, before, floorUs } of [...this.pieces].reverse()) {
      if (floorUs >= limitUs) continue;
      const rank = Math.min(index.rankBeforeTime(limitUs), rankEnd);
      if (rank > rankStart) return before + rank - rankStart;
    }
    return 0;
  }

  /** The commit whose record begins at a position of a stretch. */
  commitAt(activation: number, lsn: number): ClusterCommit | null {
    const piece = this.pieces.find(({ stretch }) => stretch.activation === activation);
    if (!piece) return null;
    const found = this.commit(piece.before + piece.index.rankBefore(lsn) + 1 - piece.rankStart);
    return found?.lsn === lsn && found.activation === activation ? found : null;
  }

  bookmarkOf(commit: ClusterCommit): Bookmark {
    const { activation, lsn, timeline, incarnation } = commit;
    return formatClusterBookmark({
      activation,
      lsn: BigInt(lsn),
      historyTag: this.history.tag,
      timeline,
      incarnation,
    });
  }

  /** Bytes of log between two commits, the older one first. */
  bytesBetween(from: ClusterCommit, to: ClusterCommit): number {
    if (from.activation === to.activation) return to.lsn - from.lsn;
    let bytes = 0;
    for (const { stretch, index } of this.pieces) {
      if (stretch.activation < from.activation || stretch.activation > to.activation) continue;
      const startLsn = stretch.activation === from.activation ? from.lsn : position(stretch.startLsn);
      const ended = stretch.endLsn === null ? (index.covers?.toLsn ?? startLsn) : position(stretch.endLsn);
      bytes += Math.max(0, (stretch.activation === to.activation ? to.lsn : ended) - startLsn);
    }
    return bytes;
  }

  /** Bytes of log since the commit before, or since its stretch began. */
  bytesOf(commit: ClusterCommit): number {
    const before = this.commit(commit.ordinal - 1);
    if (before?.activation === commit.activation) return commit.lsn - before.lsn;
    const piece = this.pieces.find(({ stretch }) => stretch.activation === commit.activation);
    return piece ? Math.max(0, commit.lsn - position(piece.stretch.startLsn)) : 0;
  }
}

/** A position that stands in a history, as a number. */
export function position(lsn: string): number {
  const parsed = parseLsn(lsn);
  if (parsed === null) throw new Error("assumption violated: a history's positions are positions");
  return Number(parsed);
}
