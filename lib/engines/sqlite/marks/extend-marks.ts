import { DeleteStreak } from "../../../domain/delete-streak.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { CommitInfo, HistoryView } from "../history/records.ts";
import { type Candidate, findCandidates } from "./find-candidates.ts";
import { keepLargest } from "./keep-largest.ts";
import { type MarkIndex, readMarkIndex, writeMarkIndex } from "./mark-index.ts";
import { PageHeads } from "./page-heads.ts";

/** Written down this often, so that what has been read can be shown and is not read again after a kill. Milliseconds. */
const WRITE_EVERY_MS = 2_000;
const LOOK_EVERY_COMMITS = 4_096;
const TIDY_ABOVE = 2_000;

/**
 * Brings the index in `file` up to the history's newest commit, or makes it anew: where there is none, where it is of another
 * history, or of commits that are no longer there. A stretch that is damaged is stepped over, and the index is blind then.
 */
export function extendMarks(
  history: HistoryView,
  file: string,
  report: (done: number, total: number) => void = () => undefined,
): MarkIndex {
  const index = fitting(history, readMarkIndex(file)) ?? begin(history);
  const toTxid = history.newest().txid;
  let writtenAtMs = performance.now();
  const walked = (txid: number) => {
    if (txid % LOOK_EVERY_COMMITS !== 0) return;
    report(txid, toTxid);
    if (performance.now() - writtenAtMs < WRITE_EVERY_MS) return;
    standAt(index, history.byTxid(txid));
    writeMarkIndex(file, index);
    writtenAtMs = performance.now();
  };
  while (index.through.txid < toTxid) {
    const damage = walk(history, index, toTxid, walked);
    if (damage === null) standAt(index, history.byTxid(toTxid));
    else stepOver(history, index, damage);
  }
  index.candidates = keepLargest(index.candidates).sort((a, b) => a.txid - b.txid);
  writeMarkIndex(file, index);
  return index;
}

/** Goes as far as the records can be read. Answers the damage that ended it, else null. */
function walk(
  history: HistoryView,
  index: MarkIndex,
  toTxid: number,
  walked: (txid: number) => void,
): LastgoodError | null {
  let last = index.through.txid;
  const reached = (txid: number) => {
    last = txid;
    walked(txid);
  };
  try {
    const streak = new DeleteStreak(index.streak);
    for (const found of findCandidates(history, index.heads, last + 1, toTxid, { streak, walked: reached })) {
      // Behind damage no number is certain but that the cookie's bits changed.
      if (index.isBlind && !found.schema) continue;
      take(index, index.isBlind ? { ...found, rows: 0, emptied: false } : found);
      if (index.candidates.length > TIDY_ABOVE) index.candidates = keepLargest(index.candidates);
    }
    return null;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "history_damaged") throw error;
    standAt(index, history.byTxid(last));
    return error;
  }
}

/** One of many commits is told again as it grows, and then has to be counted anew. */
function take(index: MarkIndex, found: Candidate): void {
  const isIt = ({ txid, streak }: Candidate) => txid === found.txid && streak !== undefined;
  const at = found.streak ? index.candidates.findLastIndex(isIt) : -1;
  if (at >= 0) index.candidates[at] = found;
  else index.candidates.push(found);
}

function stepOver(history: HistoryView, index: MarkIndex, damage: LastgoodError): void {
  const newest = history.newest();
  const { toTxid } = damage.details;
  const last = typeof toTxid === "number" ? Math.max(toTxid, index.through.txid + 1) : newest.txid;
  const commit = [...history.infos(last, last)][0] ?? newest;
  index.isBlind = true;
  index.streak = new DeleteStreak().state;
  index.heads = new PageHeads(commit.sizeAfter);
  standAt(index, commit);
}

function standAt(index: MarkIndex, commit: CommitInfo | null): void {
  if (!commit) return;
  const { txid, timeMs, recordTag } = commit;
  index.through = { txid, timeMs, recordTag };
}

function begin(history: HistoryView): MarkIndex {
  const base = history.base();
  const commit = history.byTxid(base.txid);
  const { timeMs, recordTag } = commit ?? history.oldest();
  return {
    historyId: history.historyId,
    pageSize: history.pageSize,
    through: { txid: base.txid, timeMs, recordTag },
    isBlind: false,
    streak: new DeleteStreak().state,
    candidates: [],
    heads: PageHeads.ofImage(base.path, history.pageSize, base.sizePages),
  };
}

/** The index if it goes on where this history does. */
function fitting(history: HistoryView, index: MarkIndex | null): MarkIndex | null {
  if (!index?.historyId.equals(history.historyId) || index.pageSize !== history.pageSize) return null;
  // A history whose newest commits were set aside goes on with others under their numbers.
  if (history.byTxid(index.through.txid)?.recordTag !== index.through.recordTag) return null;
  // Once the damage has left the history nothing has to be guessed any more.
  if (index.isBlind && history.lostCommits() === null) return null;
  const oldestMs = history.oldest().timeMs;
  index.candidates = index.candidates.filter(({ timeMs }) => timeMs >= oldestMs);
  return index;
}
