import type { DiffCell, DiffColumn, DiffKind, DiffRow, DiffRows } from "../../../domain/diff.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { DatabaseComparison } from "./database-comparison.ts";
import { toDiffCell } from "./diff-cell.ts";
import { KeyOrder } from "./key-order.ts";
import { NamedRows } from "./named-rows.ts";
import { readRecord } from "./record.ts";
import type { RowCell } from "./row-cells.ts";
import { formatRowKey, keyValues, parseRowKey, storedValues } from "./row-key.ts";
import { rowAt, type Twins } from "./row-twins.ts";
import { type After, type RowDifference, TableMerge } from "./table-merge.ts";
import type { TablePair, TableSide } from "./table-pair.ts";
import { readRow } from "./table-row.ts";

export type DiffRowsQuery = { table: string; kinds: readonly DiffKind[]; after: string | null; limit: number };

/** An answer ends early when it has become this long, or has taken so long to find: `next` goes on from there. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_MS = 3_000;

/**
 * Rows of one table that differ, in the order of their keys, behind the row `after`. To be asked once the comparison is complete;
 * pauses now and then. Throws `not_found` for a table that neither state has, `invalid_input` for one that is not compared.
 */
export function* differencePage(
  comparison: DatabaseComparison,
  { table, kinds, after, limit }: DiffRowsQuery,
  now: () => number = () => performance.now(),
): Generator<void, DiffRows> {
  const pair = requirePair(comparison, table);
  const columns = columnsOf(pair);
  const merge = new TableMerge(pair, comparison.isShared(pair), after === null ? null : asAfter(pair, after));
  const rows: DiffRow[] = [];
  let bytes = 0;
  const endMs = now() + MOST_MS;
  const twins = comparison.twinsOf(pair);
  let last = null as RowCell | null;
  for (const found of merge.differences()) {
    if ("passed" in found) {
      if (now() > endMs) return { columns, rows, next: placeOf(pair, found.passed) };
      yield;
      continue;
    }
    const difference = matched(pair, twins, found);
    if (!difference || !kinds.includes(difference.kind)) continue;
    const cell = found.from ?? found.to;
    // One rowid that two rows have had is never torn apart: the continuation is a rowid.
    const isNext = cell?.rowid !== last?.rowid || pair.from?.layout.isWithoutRowid;
    if (isNext && (rows.length >= limit || bytes > MOST_BYTES)) {
      return { columns, rows, next: last && placeOf(pair, last) };
    }
    const row = toRow(pair, columns, difference);
    bytes += JSON.stringify(row).length;
    rows.push(row);
    last = cell;
  }
  return { columns, rows, next: null };
}

/** Null for what is no difference: the same row under another rowid, and the second half of one that is told already. */
function matched(pair: TablePair, twins: Twins | null, found: RowDifference): RowDifference | null {
  const { kind, from, to } = found;
  if (kind === "added" && to && twins?.byTo.has(to.rowid)) return null;
  const twin = kind === "removed" && from ? twins?.byFrom.get(from.rowid) : undefined;
  if (!twin || !pair.to) return found;
  return twin.isSame ? null : { kind: "changed", from, to: rowAt(pair.to, twin.toRowid) };
}

function requirePair(comparison: DatabaseComparison, table: string): TablePair {
  const pair = comparison.pair(table);
  if (pair) return pair;
  const refusal = comparison.refusal(table);
  if (refusal !== null) {
    throw new LastgoodError("invalid_input", `The rows of ${table} are not compared. ${refusal}`, {
      field: "table",
      hint: "Look at both moments with SQL.",
    });
  }
  throw new LastgoodError("not_found", `Neither moment has a table ${table.slice(0, 64)}.`, {
    field: "table",
    hint: "The difference lists the tables.",
  });
}

/** Those of `to`, then those that only `from` has. */
function columnsOf({ from, to }: TablePair): DiffColumn[] {
  const columns = [...(to?.layout.columns ?? []), ...(from?.layout.columns ?? [])];
  const seen = new Set<string>();
  return columns.flatMap(({ name, type, isKey }) => {
    if (seen.has(name.toLowerCase())) return [];
    seen.add(name.toLowerCase());
    return [{ name, type, key: isKey }];
  });
}

function toRow(pair: TablePair, columns: readonly DiffColumn[], difference: RowDifference): DiffRow {
  const { kind, from, to } = difference;
  return {
    key: keyOf(pair, difference),
    kind,
    before: from && pair.from && cellsOf(pair.from, columns, from),
    after: to && pair.to && cellsOf(pair.to, columns, to),
  };
}

function cellsOf({ layout, state }: TableSide, columns: readonly DiffColumn[], cell: RowCell): DiffCell[] {
  const values = readRow(layout, cell);
  const places = new Map(layout.columns.map(({ name }, index) => [name.toLowerCase(), index]));
  return columns.map(({ name }) => {
    const value = values[places.get(name.toLowerCase()) ?? -1];
    return value ? toDiffCell(value, state.encoding) : null;
  });
}

/** What names the row. */
function keyOf(pair: TablePair, { from, to }: RowDifference): string {
  const names = NamedRows.of(pair);
  const cell = from ?? to;
  if (!cell) return "";
  return names ? names.nameOf(from ? "from" : "to", cell) : placeOf(pair, cell);
}

/** Where the row lies in its tree, to go on behind it. */
function placeOf(pair: TablePair, cell: RowCell): string {
  const side = pair.from ?? pair.to;
  if (!side?.layout.isWithoutRowid) return formatRowKey({ rowid: cell.rowid });
  const values = readRecord(cell.payload, side.layout.key.length);
  return formatRowKey({ values: keyValues(values, side.state.encoding) });
}

function asAfter(pair: TablePair, text: string): After {
  const side = pair.from ?? pair.to;
  const key = parseRowKey(text);
  if ("rowid" in key && !side?.layout.isWithoutRowid) return key;
  if ("values" in key && side?.layout.isWithoutRowid && key.values.length === side.layout.key.length) {
    const order = new KeyOrder(side.layout.key, side.state.encoding);
    return { key: order.ordered(storedValues(key.values, side.state.encoding)) };
  }
  throw new LastgoodError("invalid_input", "This continuation belongs to another table.", {
    field: "after",
    hint: "Pass `next` of the answer before, for the same table.",
  });
}
