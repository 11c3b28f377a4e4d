import { formatClusterBookmark, parseLsn } from "../../../domain/cluster-bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { nextIncarnation } from "../history/begin-stretch.ts";
import type { ClusterHistory, Stretch } from "../history/cluster-history.ts";
import type { NewestCommit } from "./swap-hands.ts";
import type { SwapJournal } from "./swap-journal.ts";

/** The stretch that a restore began; null while it has not. */
export function stretchOf({ stretches }: ClusterHistory, restoreId: string): Stretch | null {
  return stretches.find((stretch) => stretch.restoreId === restoreId) ?? null;
}

/** The history from the moment on at which a swap is decided. */
export function withSwap(history: ClusterHistory, journal: SwapJournal, slot: string): ClusterHistory {
  const { order, decidedAtMs, endLsn, startLsn } = journal;
  if (stretchOf(history, order.restoreId)) return history;
  if (decidedAtMs === null || endLsn === null) throw new LastgoodError("internal", "This swap was not decided.");
  const number = nextIncarnation(history);
  const ended = history.stretches.map((stretch) =>
    stretch.endedAtMs === null ? { ...stretch, endedAtMs: decidedAtMs, endLsn } : stretch,
  );
  return {
    ...history,
    incarnations: [
      ...history.incarnations,
      { number, parent: order.parent, timeline: order.timeline, slot, createdAtMs: decidedAtMs },
    ],
    stretches: [
      ...ended,
      {
        activation: Math.max(0, ...history.stretches.map(({ activation }) => activation)) + 1,
        incarnation: number,
        timeline: order.timeline,
        startedAtMs: decidedAtMs,
        startLsn,
        endedAtMs: null,
        endLsn: null,
        restoreId: order.restoreId,
        origin: order.origin,
      },
    ],
  };
}

/** The history as if a swap that nobody could write to had not been. */
export function withoutSwap(history: ClusterHistory, { order, endLsn }: SwapJournal): ClusterHistory {
  const undone = stretchOf(history, order.restoreId);
  if (!undone) return history;
  return {
    ...history,
    incarnations: history.incarnations.filter(({ number }) => number !== undone.incarnation),
    stretches: history.stretches
      .filter((stretch) => stretch !== undone)
      .map((stretch) =>
        stretch.activation === undone.activation - 1 && stretch.endLsn === endLsn
          ? { ...stretch, endedAtMs: null, endLsn: null }
          : stretch,
      ),
  };
}

/** The stretch that a swap ended. */
export function endedBy(history: ClusterHistory, restoreId: string): Stretch {
  const began = stretchOf(history, restoreId);
  const ended = history.stretches.findLast((stretch) => began && stretch.activation < began.activation);
  if (ended) return ended;
  throw new LastgoodError("history_damaged", "The history does not say what served before.", {
    hint: "Restore history.json from a copy of the data directory.",
  });
}

/** A commit of a stretch as people name it; where a stretch holds none, the state that it began with. */
export function momentIn(
  history: ClusterHistory,
  stretch: Stretch,
  commit: NewestCommit | null,
): { bookmark: string; timeMs: number } {
  const [start, at] = [parseLsn(stretch.startLsn) ?? 0n, parseLsn(commit?.lsn ?? "") ?? 0n];
  if (!commit || at < start) {
    if (stretch.origin) return { bookmark: stretch.origin, timeMs: stretch.startedAtMs };
    throw new LastgoodError("not_protected", "Nothing was committed yet that could be gone back to.", {
      hint: "Wait until the first base backup is complete.",
    });
  }
  const { activation, timeline, incarnation } = stretch;
  const bookmark = formatClusterBookmark({
    activation,
    lsn: at,
    historyTag: history.tag,
    timeline,
    incarnation,
  });
  return { bookmark, timeMs: commit.timeMs };
}
