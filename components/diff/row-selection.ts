import type { DatabaseDiff, DiffKind, DiffRow } from "../../lib/domain/diff.ts";

/** What can be given back: a row that is gone, or the former values of one that changed. */
export type GivenKind = Exclude<DiffKind, "added">;
export const GIVEN_KINDS: readonly GivenKind[] = ["removed", "changed"];

/** The rows of one table that were ticked: all of a kind, or single ones by key. */
export type TableSelection = { kinds: ReadonlySet<GivenKind>; rows: ReadonlyMap<string, GivenKind> };
/** By table; a table without a ticked row is not in it. */
export type RowSelection = ReadonlyMap<string, TableSelection>;

export const NO_ROWS: RowSelection = new Map();
const EMPTY: TableSelection = { kinds: new Set(), rows: new Map() };

export const selectionOf = (selection: RowSelection, table: string) => selection.get(table) ?? EMPTY;

function replace(selection: RowSelection, table: string, next: TableSelection): RowSelection {
  const changed = new Map(selection);
  if (next.kinds.size === 0 && next.rows.size === 0) changed.delete(table);
  else changed.set(table, next);
  return changed;
}

export function isRowSelected({ kinds, rows }: TableSelection, row: DiffRow): boolean {
  return row.kind !== "added" && (kinds.has(row.kind) || rows.has(row.key));
}

/** Ticks or unticks all rows of a kind; single ones of it are part of that. */
export function selectKind(selection: RowSelection, table: string, kind: GivenKind, isOn: boolean): RowSelection {
  const { kinds, rows } = selectionOf(selection, table);
  const next = new Set(kinds);
  if (isOn) next.add(kind);
  else next.delete(kind);
  return replace(selection, table, { kinds: next, rows: new Map([...rows].filter(([, one]) => one !== kind)) });
}

/**
 * Ticks or unticks one row. Taking one out of all of its kind leaves the others ticked one by one, which takes that all of
 * them are known: `ofKind` are their keys, null while some are not loaded, and then nothing changes.
 */
export function selectRow(
  selection: RowSelection,
  table: string,
  row: DiffRow,
  isOn: boolean,
  ofKind: readonly string[] | null,
): RowSelection {
  const { kind, key } = row;
  if (kind === "added") return selection;
  const { kinds, rows } = selectionOf(selection, table);
  const next = new Map(rows);
  if (!kinds.has(kind)) {
    if (isOn) next.set(key, kind);
    else next.delete(key);
    return replace(selection, table, { kinds, rows: next });
  }
  if (isOn || ofKind === null) return selection;
  for (const one of ofKind) if (one !== key) next.set(one, kind);
  return replace(selection, table, { kinds: new Set([...kinds].filter((one) => one !== kind)), rows: next });
}

/** How many rows are ticked in how many tables; all of a kind counts as the difference says. */
export function countSelected(selection: RowSelection, diff: DatabaseDiff | null): { rows: number; tables: number } {
  let rows = 0;
  for (const [table, { kinds, rows: single }] of selection) {
    const counts = diff?.tables.find(({ name }) => name === table);
    rows += single.size;
    for (const kind of kinds) rows += counts?.[kind] ?? 0;
  }
  return { rows, tables: selection.size };
}
