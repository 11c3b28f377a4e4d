import type { DiffKind } from "../../../domain/diff.ts";
import { damagedPage } from "./damaged-page.ts";
import { KeyOrder, type OrderedKey } from "./key-order.ts";
import { NamedRows } from "./named-rows.ts";
import { type RowCell, RowCells, type Skips } from "./row-cells.ts";
import type { TablePair, TableSide } from "./table-pair.ts";
import { RowComparison } from "./table-row.ts";
import type { VarInteger } from "./varint.ts";

export type RowDifference = { kind: DiffKind; from: RowCell | null; to: RowCell | null };
export type DifferenceCounts = Record<DiffKind, number>;

/** Where to go on: behind the row with this rowid, or with these key values. */
export type After = { rowid: VarInteger } | { key: OrderedKey };

/** So many rows are gone through between two pauses. */
const ROWS_AT_ONCE = 512;

/** The rows are not in the order that their key should have: the application gave a built-in collation a meaning of its own. */
export class UnknownOrder extends Error {
  override readonly name = "UnknownOrder";
}

/** What became of one row; null: nothing. */
type Step = { kind: DiffKind | null; from: RowCell | null; to: RowCell | null };
type Place = { cell: RowCell; key: OrderedKey | null };

/**
 * Goes through the rows of both tables in the order of their keys, side by side: a row that only moved to another page meets
 * itself and cancels out. In memory is one page of each level of both trees. Pages in `isShared`, which must be in both trees
 * and the same, are left out.
 */
export class TableMerge {
  readonly #order: KeyOrder | null;
  readonly #comparison: RowComparison | null;
  readonly #from: Side | null;
  readonly #to: Side | null;
  readonly #names: NamedRows | null;
  /** The second half of a rowid that another row has now. */
  #pending: Step | null = null;

  constructor(pair: TablePair, isShared: (page: number) => boolean, after: After | null = null) {
    const { from, to } = pair;
    const any = from ?? to;
    this.#names = NamedRows.of(pair);
    this.#order = any?.layout.isWithoutRowid ? new KeyOrder(any.layout.key, any.state.encoding) : null;
    this.#comparison = from && to ? new RowComparison(from.layout, to.layout) : null;
    this.#from = from && new Side(from, this.#order, isShared, after);
    this.#to = to && new Side(to, this.#order, isShared, after);
  }

  /** Counts what differs into `counts`, with a pause after some rows that tells how many pages were read since the last one. */
  *count(counts: DifferenceCounts): Generator<number> {
    for (let rows = 1; ; rows++) {
      const next = this.#step();
      if (!next) break;
      if (next.kind) counts[next.kind]++;
      // Where one side has nothing up to the end of the other's leaf, its rows need not be looked at one by one.
      if (next.kind === "removed") counts.removed += this.#from?.stepOverLeaf(this.#to) ?? 0;
      if (next.kind === "added") counts.added += this.#to?.stepOverLeaf(this.#from) ?? 0;
      if (rows % ROWS_AT_ONCE === 0) yield this.#pagesRead();
    }
    yield this.#pagesRead();
  }

  /** Every row that differs, in order; `place` of what was passed without a difference, after some rows. */
  *differences(): Generator<RowDifference | { passed: RowCell }> {
    for (let rows = 1; ; rows++) {
      const next = this.#step();
      if (!next) return;
      const { kind, from, to } = next;
      if (kind) yield { kind, from, to };
      const passed = from ?? to;
      if (rows % ROWS_AT_ONCE === 0 && passed) yield { passed };
    }
  }

  /** The next key: what became of its row, null where nothing did. Null at the end of both. */
  #step(): Step | null {
    if (this.#pending) {
      const step = this.#pending;
      this.#pending = null;
      return step;
    }
    const from = this.#from?.current ?? null;
    const to = this.#to?.current ?? null;
    if (!from && !to) return null;
    const order = !from ? 1 : !to ? -1 : compare(this.#order, from, to);
    if (order <= 0) this.#from?.advance();
    if (order >= 0) this.#to?.advance();
    if (order < 0) return { kind: "removed", from: from?.cell ?? null, to: null };
    if (order > 0) return { kind: "added", from: null, to: to?.cell ?? null };
    const pair = { from: from?.cell ?? null, to: to?.cell ?? null };
    const isSame = pair.from && pair.to && this.#comparison?.isSame(pair.from, pair.to);
    if (!isSame && pair.from && pair.to && this.#names && !this.#names.isSameName(pair.from, pair.to)) {
      this.#pending = { kind: "added", from: null, to: pair.to };
      return { kind: "removed", from: pair.from, to: null };
    }
    return { kind: isSame ? null : "changed", ...pair };
  }

  #pagesRead(): number {
    return (this.#from?.cells.takePagesRead() ?? 0) + (this.#to?.cells.takePagesRead() ?? 0);
  }
}

/** One of the two tables, with the row that it stands at. */
class Side {
  readonly cells: RowCells;
  current: Place | null = null;
  readonly #order: KeyOrder | null;

  constructor(
    { state, root }: TableSide,
    order: KeyOrder | null,
    isShared: (page: number) => boolean,
    after: After | null,
  ) {
    this.#order = order;
    const skips: Skips = after ? { page: isShared, upTo: upTo(order, after) } : { page: isShared };
    this.cells = new RowCells(state, root, order ? "index" : "rowid", skips);
    this.advance();
  }

  advance(): void {
    const before = this.current;
    const cell = this.cells.next();
    this.current = cell && { cell, key: this.#order?.keyOf(cell) ?? null };
    if (before && this.current && compare(this.#order, before, this.current) >= 0) {
      const { page } = this.current.cell.payload;
      throw this.#order ? new UnknownOrder() : damagedPage(page, "its rows are not in order");
    }
  }

  /** The rows of the current leaf, from the current row on, when all of them come before where `other` stands. */
  stepOverLeaf(other: Side | null): number {
    if (this.#order || !this.current) return 0;
    const bound = other?.current?.cell.rowid ?? null;
    if (bound !== null && this.current.cell.rowid >= bound) return 0;
    const more = this.cells.stepOverLeaf(bound);
    if (more === 0) return 0;
    this.advance();
    return more + 1;
  }
}

function compare(order: KeyOrder | null, one: Place, other: Place): number {
  if (order && one.key && other.key) return order.compare(one.key, other.key);
  const [a, b] = [one.cell.rowid, other.cell.rowid];
  return a < b ? -1 : a > b ? 1 : 0;
}

function upTo(order: KeyOrder | null, after: After): NonNullable<Skips["upTo"]> {
  return {
    rowid: (bound) => "rowid" in after && bound <= after.rowid,
    cell: (cell) => order !== null && "key" in after && order.compare(order.keyOf(cell), after.key) <= 0,
  };
}
