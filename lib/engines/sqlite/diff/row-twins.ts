import type { DiffKind } from "../../../domain/diff.ts";
import { NamedRows } from "./named-rows.ts";
import { type RowCell, RowCells } from "./row-cells.ts";
import { type DifferenceCounts, TableMerge } from "./table-merge.ts";
import type { TablePair, TableSide } from "./table-pair.ts";
import { RowComparison } from "./table-row.ts";
import type { VarInteger } from "./varint.ts";

/** A row that has the same name in both states and another rowid: it was taken away and put in again, as by REPLACE. */
export type Twin = { fromRowid: VarInteger; toRowid: VarInteger; isSame: boolean };
export type Twins = { byFrom: ReadonlyMap<VarInteger, Twin>; byTo: ReadonlyMap<VarInteger, Twin> };

/** So many names are kept while their twins are looked for. */
const MOST_NAMES = 300_000;

/**
 * Finds the rows that the merge by rowid tells as removed and as added although they have one name. Null where there can be none,
 * `too-many` where more rows were both removed and added than names can be kept.
 */
export function* findTwins(
  pair: TablePair,
  isShared: (page: number) => boolean,
  { removed, added }: DifferenceCounts,
): Generator<void, Twins | "too-many" | null> {
  const names = NamedRows.of(pair);
  const { from, to } = pair;
  if (!names || !from || !to || removed === 0 || added === 0) return null;
  if (Math.min(removed, added) > MOST_NAMES) return "too-many";
  const fewer: DiffKind = removed <= added ? "removed" : "added";
  const known = new Map<string, VarInteger>();
  for (const found of new TableMerge(pair, isShared).differences()) {
    if ("passed" in found) yield;
    else if (found.kind === fewer) {
      const cell = found.from ?? found.to;
      if (cell) known.set(names.nameOf(fewer === "removed" ? "from" : "to", cell), cell.rowid);
    }
  }
  const comparison = new RowComparison(from.layout, to.layout);
  const byFrom = new Map<VarInteger, Twin>();
  const byTo = new Map<VarInteger, Twin>();
  const other: DiffKind = fewer === "removed" ? "added" : "removed";
  for (const found of new TableMerge(pair, isShared).differences()) {
    if ("passed" in found) {
      yield;
      continue;
    }
    const cell = found.kind === other ? (found.from ?? found.to) : null;
    const twin = cell && known.get(names.nameOf(other === "removed" ? "from" : "to", cell));
    if (!cell || twin === undefined || twin === null) continue;
    const [fromRowid, toRowid] = other === "removed" ? [cell.rowid, twin] : [twin, cell.rowid];
    const one = other === "removed" ? cell : rowAt(from, fromRowid);
    const two = other === "removed" ? rowAt(to, toRowid) : cell;
    const pairing = { fromRowid, toRowid, isSame: one !== null && two !== null && comparison.isSame(one, two) };
    byFrom.set(fromRowid, pairing);
    byTo.set(toRowid, pairing);
  }
  return { byFrom, byTo };
}

/** One row by its rowid. */
export function rowAt({ state, root }: TableSide, rowid: VarInteger): RowCell | null {
  const upTo = { rowid: (bound: VarInteger) => bound < rowid, cell: () => false };
  const cell = new RowCells(state, root, "rowid", { upTo }).next();
  return cell?.rowid === rowid ? cell : null;
}
