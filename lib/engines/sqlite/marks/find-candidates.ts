import type { DeleteStreak, Streak } from "../../../domain/delete-streak.ts";
import type { HistoryView } from "../history/records.ts";
import type { PageHeads } from "./page-heads.ts";

/** A commit that may be worth a mark, as the heads of its pages tell. */
export type Candidate = {
  txid: number;
  timeMs: number;
  /** Whether the schema cookie changed. */
  schema: boolean;
  /** About how many rows went; 0: nothing of note. */
  rows: number;
  /** About how many rows there were before. */
  of: number;
  /** Whether a table was emptied. */
  emptied: boolean;
  /** It stands for many commits in a row, from this one on. */
  streak?: Pick<Streak, "through" | "throughMs" | "commits">;
};

const LEAST_ROWS = 10;
/** So many rows are a large delete when they are such a share of all rows. */
const LARGE: readonly { rows: number; share: number }[] = [
  { rows: 20, share: 0.1 },
  { rows: 100, share: 0.01 },
  { rows: 5_000, share: 0 },
];

/** Whether so many rows that went are worth a mark. `of`: rows that there were before. */
export function isLargeDelete({ rows, of, emptied }: Pick<Candidate, "rows" | "of" | "emptied">): boolean {
  if (emptied && rows >= LEAST_ROWS) return true;
  return LARGE.some((least) => rows >= least.rows && rows >= of * least.share);
}

/**
 * Walks through commits and takes those out that changed the schema or deleted a lot, from the heads of pages alone.
 *
 * Rows that went show as cells that leaves lost. Where a leaf becomes free, SQLite does not write it, so its cells show only in
 * the number of free pages, times the rows that a page holds on average. When such a page is used again its former cells
 * seem to go: as many pages as left the list of free ones are therefore left out, those that held the most.
 *
 * Many small deletes in a row are added up by `streak`; theirs is a candidate too, which is given again as it grows.
 * @param heads as of the commit before `fromTxid`; afterwards as of `toTxid`
 */
export function* findCandidates(
  history: HistoryView,
  heads: PageHeads,
  fromTxid: number,
  toTxid: number,
  { streak, walked }: { streak: DeleteStreak; walked: (txid: number) => void },
): Generator<Candidate> {
  let commit = begin(heads);
  for (const { pages, isLast, ...info } of history.recordParts(fromTxid, toTxid, "ascending")) {
    for (const { page, delta } of pages) {
      const { rows, entries, former, emptied } = heads.apply(page, delta);
      commit.rows += rows;
      commit.entries += entries;
      if (rows < 0) commit.lost -= rows;
      commit.emptied ||= emptied;
      if (former > 0) commit.former.push(former);
    }
    if (!isLast) continue;
    heads.truncate(info.sizeAfter);
    const found = judge(heads, commit, info);
    if (found) yield found;
    const { cells: of } = commit;
    // Behind another schema other tables are compared.
    if (found?.schema) streak.end();
    else {
      const together = streak.add(info.txid, info.timeMs, lostInCommit(heads, commit, info));
      if (together) yield candidateOf(together, of);
    }
    walked(info.txid);
    commit = begin(heads);
  }
}

type Counted = {
  cookie: number;
  freePages: number;
  cells: number;
  rows: number;
  entries: number;
  /** Rows of the pages that have fewer now. */
  lost: number;
  emptied: boolean;
  /** What each page held before. */
  former: number[];
};

function begin(heads: PageHeads): Counted {
  const { schemaCookie: cookie, freePages, tableCells, indexCells } = heads;
  return {
    cookie,
    freePages,
    cells: tableCells > 0 ? tableCells : indexCells,
    rows: 0,
    entries: 0,
    lost: 0,
    emptied: false,
    former: [],
  };
}

function judge(
  heads: PageHeads,
  before: Counted,
  { txid, timeMs, sizeBefore }: { txid: number; timeMs: number; sizeBefore: number },
): Candidate | null {
  const schema = heads.schemaCookie !== before.cookie;
  const freed = heads.freePages - before.freePages;
  // A table's own rows count; entries of indexes only where no rows went, as in a table WITHOUT ROWID.
  const change = before.rows < 0 ? before.rows : before.entries;
  const reused = freed < 0 && change < 0 ? sum(before.former.sort((a, b) => b - a).slice(0, -freed)) : 0;
  const perPage = before.cells / Math.max(1, sizeBefore - before.freePages);
  const unseen = freed > 1 || before.emptied ? Math.max(0, freed) * perPage : 0;
  const rows = Math.round(Math.max(0, -change - reused) + unseen);
  const found = { txid, timeMs, schema, rows, of: before.cells, emptied: before.emptied && !schema };
  const isDelete = rows > 0 && isLargeDelete(found);
  if (!schema && !isDelete) return null;
  return isDelete ? found : { ...found, rows: 0 };
}

/**
 * About how many rows of tables a small commit took away. Where no page came or went, rows moved between pages at most a little: then those
 * that pages lost count, and what was written into other tables besides (a log of what was deleted) takes nothing off.
 */
function lostInCommit(heads: PageHeads, commit: Counted, info: { sizeBefore: number; sizeAfter: number }): number {
  const isSamePages = heads.freePages === commit.freePages && info.sizeAfter === info.sizeBefore;
  if (isSamePages && commit.lost > 0) return commit.lost;
  return -(commit.rows === 0 ? commit.entries : commit.rows);
}

function candidateOf({ from, fromMs, through, throughMs, rows }: Streak, of: number): Candidate {
  // All that there were meanwhile: which of them took nothing away is only estimated.
  const commits = through - from + 1;
  const common = { txid: from, timeMs: fromMs, schema: false, emptied: false };
  return { ...common, rows: Math.round(rows), of, streak: { through, throughMs, commits } };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
