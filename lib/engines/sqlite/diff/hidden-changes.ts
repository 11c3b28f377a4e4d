import type { PageSet } from "../history/page-set.ts";
import { PageSet as Pages } from "../history/page-set.ts";
import type { DatabaseState } from "./database-state.ts";
import { Payload } from "./payload.ts";
import { type RowCell, RowCells } from "./row-cells.ts";
import type { SchemaEntry } from "./schema-entries.ts";
import type { StateSchema, TablePair } from "./table-pair.ts";
import { RowComparison } from "./table-row.ts";
import { readU32 } from "./tree-page.ts";
import { treePages } from "./tree-pages.ts";

const SCHEMA_ROOT = 1;
const CELLS_AT_ONCE = 256;

export type HiddenSearch = {
  from: StateSchema;
  to: StateSchema;
  changed: PageSet;
  /** Changed pages that belong to no tree of `pairs`; used up by the search. */
  candidates: PageSet;
  pairs: readonly TablePair[];
  /** Pages of a pair's trees that hold the same rows in both, as far as their cells say. */
  sharedOf(pair: TablePair): PageSet;
  /** A table is looked through as a whole. */
  scanning(pair: TablePair): void;
  /** A row on `page` differs in what stands in its overflow chain alone. */
  found(pair: TablePair, page: number): void;
};

/**
 * Finds rows whose cell lies on a page that is the same in both states, while its overflow chain is not: SQLite overwrites a
 * long value in place, and page numbers are used again.
 *
 * The first page of such a chain that changed is an overflow page in both states, and what comes before it did not change. So
 * only changed pages count that are neither a tree's nor free in either state, without those that another one of them leads
 * to. Most times none is left, or all belong to rows that differ anyway. Only if some are not accounted for the tables are
 * looked through for the rows they belong to. Pauses after some cells, telling how many pages it read since.
 */
export function* findHiddenChanges(search: HiddenSearch): Generator<number> {
  leaveOutOthers(search);
  if (search.candidates.size === 0) return;
  const heads = chainHeads(search.from.state, search.candidates);
  yield* leaveOutDiffering(search, heads);
  const pairs = search.pairs.filter(({ from, to }) => from && to);
  const bySize = pairs
    .map((pair) => ({ pair, shared: search.sharedOf(pair) }))
    .sort((a, b) => a.shared.size - b.shared.size);
  for (const { pair, shared } of bySize) {
    if (heads.size === 0) return;
    search.scanning(pair);
    yield* scan(search, pair, shared, heads);
  }
}

/** Pages of other trees, of either state, and those that are free or SQLite's own. */
function leaveOutOthers({ from, to, candidates, pairs }: HiddenSearch): void {
  for (const { state, entries } of [from, to]) {
    if (candidates.size === 0 || state.isEmpty) continue;
    state.addUnused({ add: (page) => candidates.delete(page) });
    for (const page of treePages(state, SCHEMA_ROOT)) candidates.delete(page);
    for (const { root } of otherTrees(entries, state, pairs)) {
      if (candidates.size === 0) return;
      for (const page of treePages(state, root)) candidates.delete(page);
    }
  }
}

function otherTrees(entries: readonly SchemaEntry[], state: DatabaseState, pairs: readonly TablePair[]): SchemaEntry[] {
  const paired = new Set(
    pairs.flatMap(({ from, to }) => [from, to].filter((side) => side?.state === state).map((side) => side?.root)),
  );
  return entries.filter(({ root }) => root > 0 && !paired.has(root));
}

/** Those that none of the others leads to. */
function chainHeads(state: DatabaseState, candidates: PageSet): PageSet {
  const heads = new Pages();
  for (const page of candidates) heads.add(page);
  for (const page of candidates) heads.delete(readU32(state.page(page), 0));
  return heads;
}

/** Takes out what belongs to rows and entries on pages that differ: those are compared, chain and all. */
function* leaveOutDiffering({ from, to, changed, pairs, sharedOf }: HiddenSearch, heads: PageSet): Generator<number> {
  const { state, entries } = from;
  if (state.isEmpty) return;
  yield* leaveOut(new RowCells(state, SCHEMA_ROOT, "rowid"), heads);
  for (const pair of pairs) {
    if (!pair.from || heads.size === 0) continue;
    const shared = sharedOf(pair);
    const kind = pair.from.layout.isWithoutRowid ? "index" : "rowid";
    yield* leaveOut(new RowCells(state, pair.from.root, kind, { page: (page) => shared.has(page) }), heads);
  }
  for (const { root, type, name } of otherTrees(entries, state, pairs)) {
    if (heads.size === 0) return;
    const other = to.entries.find((entry) => entry.type === type && entry.name === name && entry.root > 0);
    const after = other ? treePages(to.state, other.root) : new Pages();
    const { kind } = state.treePage(root);
    const isSame = (page: number) => after.has(page) && !changed.has(page);
    yield* leaveOut(new RowCells(state, root, kind, { page: isSame }), heads);
  }
}

function* leaveOut(cells: RowCells, heads: PageSet): Generator<number> {
  let count = 0;
  for (let cell = cells.next(); cell && heads.size > 0; cell = cells.next()) {
    if (cell.payload.overflow !== 0) for (const page of cell.payload.chain()) heads.delete(page);
    if (++count % CELLS_AT_ONCE === 0) yield cells.takePagesRead();
  }
  yield cells.takePagesRead();
}

function* scan({ changed, found }: HiddenSearch, pair: TablePair, shared: PageSet, heads: PageSet): Generator<number> {
  const { from, to } = pair;
  if (!from || !to) return;
  const comparison = new RowComparison(from.layout, to.layout);
  for (const number of shared) {
    if (heads.size === 0) return;
    const page = to.state.treePage(number);
    if (page.kind === "index" || page.isLeaf) {
      for (let index = 0; index < page.cellCount; index++) {
        const place = page.cell(index);
        if (place.overflow === 0) continue;
        const cellOf = (state: DatabaseState): RowCell => ({
          rowid: place.rowid,
          payload: new Payload(state, page, place),
        });
        if (!meets(cellOf(from.state).payload, changed, heads)) continue;
        if (!comparison.isSame(cellOf(from.state), cellOf(to.state))) found(pair, number);
      }
    }
    yield 1;
  }
}

/** Whether a changed page is in the chain; what is, is accounted for. */
function meets(payload: Payload, changed: PageSet, heads: PageSet): boolean {
  let isMet = false;
  for (const page of payload.chain()) {
    if (changed.has(page)) isMet = true;
    heads.delete(page);
  }
  return isMet;
}
