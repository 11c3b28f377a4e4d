import { isSamePayload } from "./payload.ts";
import { isSameValue, readRecord, type StoredValue } from "./record.ts";
import type { RowCell } from "./row-cells.ts";
import type { LayoutColumn, TableLayout } from "./table-layout.ts";

/** A row's values in the order of its table's columns. */
export function readRow({ columns }: TableLayout, { rowid, payload }: RowCell): StoredValue[] {
  const record = readRecord(payload);
  return columns.map((column): StoredValue => {
    if (column.isRowid) return { type: "integer", value: rowid };
    const value = record[column.storedAt] ?? column.default;
    return column.isReal && value.type === "integer" ? { type: "real", value: Number(value.value) } : value;
  });
}

/** Compares two rows of one key by the columns that both tables have. */
export class RowComparison {
  readonly #from: TableLayout;
  readonly #to: TableLayout;
  /** Places of one column in both. */
  readonly #pairs: [from: number, to: number][] = [];
  /** The same bytes mean the same row. */
  readonly #isSameStorage: boolean;

  constructor(from: TableLayout, to: TableLayout) {
    this.#from = from;
    this.#to = to;
    const places = new Map(to.columns.map(({ name }, index) => [name.toLowerCase(), index]));
    for (const [index, { name }] of from.columns.entries()) {
      const other = places.get(name.toLowerCase());
      if (other !== undefined) this.#pairs.push([index, other]);
    }
    this.#isSameStorage =
      from.columns.length === to.columns.length &&
      from.columns.every((column, index) => isSameColumn(column, to.columns[index]));
  }

  isSame(from: RowCell, to: RowCell): boolean {
    if (this.#isSameStorage && isSamePayload(from.payload, to.payload)) return true;
    const before = readRow(this.#from, from);
    const after = readRow(this.#to, to);
    return this.#pairs.every(([one, other]) => isSameValue(before[one] as StoredValue, after[other] as StoredValue));
  }
}

function isSameColumn(one: LayoutColumn, other: LayoutColumn | undefined): boolean {
  return (
    other !== undefined &&
    one.name.toLowerCase() === other.name.toLowerCase() &&
    one.isReal === other.isReal &&
    one.isRowid === other.isRowid &&
    one.storedAt === other.storedAt &&
    isSameValue(one.default, other.default)
  );
}
