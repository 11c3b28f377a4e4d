import { damagedPage } from "./damaged-page.ts";
import type { DatabaseState } from "./database-state.ts";
import { Payload } from "./payload.ts";
import type { TreeKind, TreePage } from "./tree-page.ts";
import type { VarInteger } from "./varint.ts";

/** One row as it lies in its tree. `rowid` is 0 in trees that are ordered by their values. */
export type RowCell = { rowid: VarInteger; payload: Payload };

/** What a walk leaves out. Both are asked in the order of the keys. */
export type Skips = {
  /** Pages whose rows are left out: leaves, and in trees of entries the cells of interior pages too. */
  page?(page: number): boolean;
  /** Whether all rows up to and with this one are left out. It must hold for a beginning of the order, and for nothing else. */
  upTo?: { rowid(bound: VarInteger): boolean; cell(cell: RowCell): boolean };
};

type Frame = { page: TreePage; index: number; isSkipped: boolean };
/** Deeper than any tree of 2^32 pages can be: then it goes in circles. */
const DEEPEST = 64;

/** The rows of one tree in the order of their keys, one after the other; in memory is one page of each level. */
export class RowCells {
  readonly #state: DatabaseState;
  readonly #kind: TreeKind;
  readonly #skips: Skips;
  readonly #path: Frame[] = [];
  /** Levels of interior pages above the leaves. All leaves of a tree are on one level. */
  readonly #depth: number;
  #isPastStart: boolean;
  #unreported = 0;

  constructor(state: DatabaseState, root: number, kind: TreeKind, skips: Skips = {}) {
    this.#state = state;
    this.#kind = kind;
    this.#skips = skips;
    this.#isPastStart = !skips.upTo;
    this.#depth = depthOf(state, root);
    this.#enter(root, 0);
  }

  /** Pages read since the last time it was asked. */
  takePagesRead(): number {
    const pages = this.#unreported;
    this.#unreported = 0;
    return pages;
  }

  next(): RowCell | null {
    for (let frame = this.#path.at(-1); frame; frame = this.#path.at(-1)) {
      const cell = frame.page.isLeaf ? this.#nextOfLeaf(frame) : this.#nextOfInterior(frame);
      if (cell && this.#isWanted(cell)) return cell;
    }
    return null;
  }

  /**
   * Of rows: how many from the one that `next` would give on are left on its leaf, if all of them are before `bound` (null:
   * there is no bound); they are stepped over. 0 when that cannot be told at once.
   */
  stepOverLeaf(bound: VarInteger | null): number {
    const frame = this.#path.at(-1);
    if (!frame?.page.isLeaf || frame.isSkipped || this.#kind !== "rowid" || !this.#isPastStart) return 0;
    const count = frame.page.cellCount - frame.index;
    if (count <= 0 || (bound !== null && frame.page.rowid(frame.page.cellCount - 1) >= bound)) return 0;
    frame.index = frame.page.cellCount;
    return count;
  }

  #nextOfLeaf(frame: Frame): RowCell | null {
    if (frame.isSkipped || frame.index >= frame.page.cellCount) {
      this.#path.pop();
      return null;
    }
    return this.#cellOf(frame.page, frame.index++);
  }

  /** Even steps go down to a child, in trees of entries the odd ones give the cell behind it. */
  #nextOfInterior(frame: Frame): RowCell | null {
    this.#stepOverLeftOut(frame);
    const { page, index } = frame;
    frame.index++;
    if (this.#kind === "rowid") {
      if (index >= page.childCount) this.#path.pop();
      else if (!this.#endsBeforeStart(page, index)) this.#enter(page.child(index), this.#path.length);
      return null;
    }
    if (index >= page.cellCount * 2 + 1) {
      this.#path.pop();
      return null;
    }
    const nth = index >> 1;
    if (index % 2 === 1) return frame.isSkipped ? null : this.#cellOf(page, nth);
    if (!this.#endsBeforeStart(page, nth)) this.#enter(page.child(nth), this.#path.length);
    return null;
  }

  /** Leaves that are left out, one behind the other: nearly all of a large tree. */
  #stepOverLeftOut(frame: Frame): void {
    const { page, isSkipped } = frame;
    const isLeftOut = this.#skips.page;
    if (!isLeftOut || this.#path.length !== this.#depth) return;
    const { childCount } = page;
    if (this.#kind === "rowid") {
      while (frame.index < childCount && isLeftOut(page.child(frame.index))) frame.index++;
    } else if (isSkipped && frame.index % 2 === 0) {
      while (frame.index < childCount * 2 - 1 && isLeftOut(page.child(frame.index >> 1))) frame.index += 2;
    }
  }

  #endsBeforeStart(page: TreePage, child: number): boolean {
    const { upTo } = this.#skips;
    if (!upTo || this.#isPastStart || child >= page.cellCount) return false;
    if (this.#kind === "index") return upTo.cell(this.#cellOf(page, child));
    const bound = page.boundOf(child);
    return bound !== null && upTo.rowid(bound);
  }

  #isWanted(cell: RowCell): boolean {
    if (this.#isPastStart) return true;
    const { upTo } = this.#skips;
    const isBefore = upTo && (this.#kind === "rowid" ? upTo.rowid(cell.rowid) : upTo.cell(cell));
    if (!isBefore) this.#isPastStart = true;
    return !isBefore;
  }

  #enter(number: number, level: number): void {
    if (level > DEEPEST) throw damagedPage(number, "the tree goes in circles");
    const isSkipped = this.#skips.page?.(number) ?? false;
    // A leaf whose rows are left out need not even be read.
    if (isSkipped && level === this.#depth && level > 0) return;
    const page = this.#state.treePage(number);
    this.#unreported++;
    if (page.kind !== this.#kind) throw damagedPage(number, "it belongs to a tree of another kind");
    if (page.isLeaf !== (level === this.#depth)) throw damagedPage(number, "its tree is deeper on one side");
    this.#path.push({ page, index: 0, isSkipped });
  }

  #cellOf(page: TreePage, index: number): RowCell {
    const place = page.cell(index);
    return { rowid: place.rowid, payload: new Payload(this.#state, page, place) };
  }
}

/** How many levels of interior pages a tree has. */
export function depthOf(state: DatabaseState, root: number): number {
  let page = state.treePage(root);
  for (let depth = 0; ; depth++) {
    if (page.isLeaf) return depth;
    if (depth > DEEPEST) throw damagedPage(root, "the tree goes in circles");
    page = state.treePage(page.child(0));
  }
}
